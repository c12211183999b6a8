/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A null pointer that is followed.
 *
 * gcc: -Wanalyzer-null-dereference
 * tidy: clang-analyzer-core.NullDereference
 * cppcheck: nullPointerRedundantCheck
 * valgrind: Invalid read
 * asan: load of null pointer
 */
#include <stdio.h>

static int first(const char *text)
{
	if (!text)
		(void) puts("no text");
	return text[0];
}

int main(int argc, char *argv[])
{
	return first(argc > 1 ? argv[1] : NULL);
}
