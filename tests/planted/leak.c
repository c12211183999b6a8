/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is lost.
 *
 * valgrind: definitely lost
 * asan: LeakSanitizer: detected memory leaks
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lose(void)
{
	char *text = strdup("text");

	if (text)
		(void) puts(text);
}

int main(void)
{
	lose();
	return EXIT_SUCCESS;
}
