/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An element that is read behind the end of an array.
 *
 * cppcheck: arrayIndexOutOfBounds
 * asan: out of bounds for type
 */
#include <stdio.h>

int main(void)
{
	static const int numbers[4] = {1, 2, 3, 4};
	int sum = 0;

	for (int i = 0; i <= 4; i++)
		sum += numbers[i];
	(void) printf("%d\n", sum);
	return 0;
}
