/* SPDX-License-Identifier: Apache-2.0 */
/* The one includer of jansson.h. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "json-filter.h"
#include "macro.h"
#include "parse-error.h"

/* jansson's own spelling of the attribute does not go with the macro cleanup() */
#undef json_auto_t
#define json_auto_t json_t __attribute__((__cleanup__(json_decrefp)))

int json_read(int fd, size_t max_size, const JsonUse *uses, json_t **ret, ParseError *reterr);
int json_load_used(const char *text, size_t size, const JsonUse *uses, json_t **ret,
		   ParseError *reterr);
int json_load_text(const char *text, size_t size, json_t **ret, ParseError *reterr);
const char *json_text(const json_t *value);
int json_need(const json_t *value, json_type type, ParseError *reterr, const char *place, ...)
	printf_like(4, 5);
int json_need_strings(const json_t *array, ParseError *reterr, const char *place);
json_t *json_member(const json_t *object, const char *key);
int json_get_string(json_t *object, const char *key, const char **ret, ParseError *reterr,
		    const char *place);
int json_get_integer(const json_t *value, uint32_t max, uint32_t *ret, ParseError *reterr,
		     const char *place);
