/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For scripts: measure LABEL NAME PROGRAM [ARGUMENT...] calls the program and prints the line about
 * it; without arguments, the clock.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sample.h"

int main(int argc, char *argv[])
{
	Sample sample;

	if (argc < 4) {
		(void) printf("%.0f\n", sample_now());
		return EXIT_SUCCESS;
	}
	sample = sample_call(argv + 3, NULL);
	sample_print(argv[1], argv[2], &sample);
	return EXIT_SUCCESS;
}
