/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>

#include "macro.h"

/* Where in which input something is wrong, and what. */
typedef struct ParseError {
	const char *source; /* "state", or the file's name */
	char place[128];    /* JSON pointer (RFC 6901), or "line L, column C" */
	char reason[160];
} ParseError;

void parse_error_place(ParseError *reterr, const char *place, ...) printf_like(2, 3);
void parse_error_vplace(ParseError *reterr, const char *place, va_list arguments) printf_like(2, 0);
int parse_error(ParseError *reterr, int error, const char *place, const char *reason, ...)
	printf_like(4, 5);
