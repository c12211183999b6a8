/* SPDX-License-Identifier: Apache-2.0 */
/* What both ways of talking to machined share. */
#include "machined-transport.h"

#include <stdarg.h>
#include <stdio.h>

/** machined_entry_done() - release what an entry holds */
void machined_entry_done(MachinedEntry *entry)
{
	free(entry->root_directory);
	*entry = (MachinedEntry){};
}

/**
 * machined_reason() - keep in words why a call failed
 * @machined: the conversation
 * @error: negative errno to return
 * @format: as printf(3); what is too long is cut
 *
 * Return: @error.
 */
int machined_reason(Machined *machined, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void) vsnprintf(machined->reason, sizeof(machined->reason), format, arguments);
	va_end(arguments);
	return error;
}
