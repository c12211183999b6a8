/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define CALL_ERRORS_MAX 16

typedef struct CallErrors {
	const char *name;
	long number;
	int errors[CALL_ERRORS_MAX]; /* up to a 0 */
} CallErrors;

const CallErrors *call_errors_find(long number);
