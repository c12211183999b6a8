/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shift by more bits than there are.
 *
 * tidy: clang-analyzer-core.BitwiseShift
 * cppcheck: shiftTooManyBits
 * asan: shift exponent
 */
#include <stdio.h>

int main(int argc, char *argv[])
{
	(void) argv;
	(void) printf("%d\n", argc << 32);
	return 0;
}
