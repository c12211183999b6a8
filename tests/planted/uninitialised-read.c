/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision by a number that nobody has set.
 *
 * gcc: -Wanalyzer-use-of-uninitialized-value
 * tidy: clang-analyzer-core.UndefinedBinaryOperatorResult
 * cppcheck: uninitvar
 * valgrind: depends on uninitialised value
 */
#include <stdio.h>

int main(int argc, char *argv[])
{
	int number;

	(void) argv;
	if (argc > 1)
		number = argc;
	if (number > 1)
		(void) puts("more than one");
	return 0;
}
