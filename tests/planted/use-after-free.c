/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is read after it was freed.
 *
 * gcc: -Wanalyzer-use-after-free
 * cppcheck: deallocret
 * valgrind: Invalid read
 * asan: heap-use-after-free
 */
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char *text = strdup("text");

	if (!text)
		return EXIT_FAILURE;
	free(text);
	return text[0];
}
