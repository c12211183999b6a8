/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "macro.h"

#define JSON_DEPTH_MAX 64

/* A member that a program uses. A list of them ends with one without a key. */
typedef struct JsonUse {
	const char *key;	       /* with `*` at its end: any key that begins so */
	const struct JsonUse *members; /* used members of the value, or NULL: all of it */
} JsonUse;

const char *json_too_deep(const char *text, size_t size);
int json_filter(const char *text, size_t size, const JsonUse *uses, char **ret, size_t *ret_size);
