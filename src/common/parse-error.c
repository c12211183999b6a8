/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with an input, and where. */
#include "parse-error.h"

#include <stdio.h>
#include <string.h>

/* Print, and show a cut where the text does not fit. */
printf_like(3, 0) static void set_text(char *text, size_t size, const char *format,
				       va_list arguments)
{
	static const char ellipsis[] = "...";
	int n;

	n = vsnprintf(text, size, format, arguments);
	if (n >= 0 && (size_t) n >= size)
		memcpy(text + size - sizeof(ellipsis), ellipsis, sizeof(ellipsis));
}

/** parse_error_vplace() - as parse_error_place(), with the arguments as a list */
void parse_error_vplace(ParseError *reterr, const char *place, va_list arguments)
{
	set_text(reterr->place, sizeof(reterr->place), place, arguments);
}

/**
 * parse_error_place() - say where an error is
 * @reterr: what to fill
 * @place: printf format of a JSON pointer, or of "line L, column C"
 */
void parse_error_place(ParseError *reterr, const char *place, ...)
{
	va_list arguments;

	va_start(arguments, place);
	parse_error_vplace(reterr, place, arguments);
	va_end(arguments);
}

/**
 * parse_error() - fill in a ParseError
 * @reterr: what to fill; its source is left alone
 * @error: negative errno to return
 * @place: where; NULL leaves what is there
 * @reason: printf format
 *
 * Return: @error.
 */
int parse_error(ParseError *reterr, int error, const char *place, const char *reason, ...)
{
	va_list arguments;

	if (place)
		parse_error_place(reterr, "%s", place);
	va_start(arguments, reason);
	set_text(reterr->reason, sizeof(reterr->reason), reason, arguments);
	va_end(arguments);
	return error;
}
