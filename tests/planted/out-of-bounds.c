/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte written behind the end of an allocation.
 *
 * cppcheck: arrayIndexOutOfBounds
 * valgrind: Invalid write
 * asan: heap-buffer-overflow
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	char *text = malloc(4);

	if (!text)
		return EXIT_FAILURE;
	for (int i = 0; i <= 4; i++)
		text[i] = 'x';
	(void) printf("%.4s\n", text);
	free(text);
	return EXIT_SUCCESS;
}
