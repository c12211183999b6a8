/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What one call of a program took. */
typedef struct Sample {
	double time;	 /* microseconds on the clock */
	double cpu_time; /* microseconds of processor time, which other load disturbs less */
	long peak_kib;	 /* resident memory at most; the kernel counts in what the caller had */
} Sample;

double sample_now(void);
Sample sample_call(char *argv[], const char *input);
void sample_print(const char *label, const char *name, const Sample *sample);
