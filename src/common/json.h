/* SPDX-License-Identifier: Apache-2.0 */
/* The one includer of jansson.h. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "macro.h"

/* Where in which input something is wrong, and what. */
typedef struct ParseError {
	const char *source; /* "state", or the file's name */
	char place[128];    /* JSON pointer (RFC 6901), or "line L, column C" */
	char reason[160];
} ParseError;

int parse_error(ParseError *reterr, int error, const char *place, const char *reason, ...)
	printf_like(4, 5);

int json_read(int fd, size_t max_size, json_t **ret, ParseError *reterr);
int json_load_text(const char *text, size_t size, json_t **ret, ParseError *reterr);
int json_need(const json_t *value, json_type type, ParseError *reterr, const char *place, ...)
	printf_like(4, 5);
int json_get_string(json_t *object, const char *key, const char **ret, ParseError *reterr,
		    const char *place);
