/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed twice.
 *
 * gcc: -Wanalyzer-double-free
 * cppcheck: doubleFree
 * valgrind: Invalid free
 * asan: attempting double-free
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char *text = strdup("text");

	if (!text)
		return EXIT_FAILURE;
	(void) puts(text);
	free(text);
	free(text);
	return EXIT_SUCCESS;
}
