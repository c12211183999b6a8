/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sum that an int cannot hold.
 *
 * asan: signed integer overflow
 */
#include <limits.h>
#include <stdio.h>

int main(int argc, char *argv[])
{
	int number = INT_MAX;

	(void) argv;
	number += argc;
	(void) printf("%d\n", number);
	return 0;
}
