/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in the place of src/common/log.c: put together, for what is wrong with them, and dropped. A
 * fuzzer would fill the journal of this machine with them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"

void log_setup(const char *program)
{
}

void log_set_debug(void)
{
}

void log_set_container(const char *id)
{
}

void log_open(void)
{
}

int log_full(int priority, int error, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	errno = abs(error);
	va_start(arguments, format);
	(void) vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return -abs(error);
}
