/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define FAIL_ALLOCATION_VARIABLE "OCI_HOOKS_FAIL_ALLOCATION"

/* In a file that the test and the program map both; the variable has its path. */
typedef struct FailAllocation {
	unsigned int fail_at;	 /* this allocation, from 1 on; 0 for none */
	unsigned int ever_after; /* and all behind it */
	unsigned int n_calls;	 /* how many there were */
} FailAllocation;
