/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is run with one fault: its n-th system call or allocation fails, or it is killed
 * there. Calls of its children count, too; while a child runs, its parent waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum FaultKind {
	FAULT_NONE,
	FAULT_ERROR,	   /* a system call fails, and is not made */
	FAULT_KILL,	   /* the program is killed before a system call */
	FAULT_ALLOCATION,  /* an allocation fails */
	FAULT_ALLOCATIONS, /* so do all behind it */
} FaultKind;

typedef struct Fault {
	FaultKind kind;
	unsigned int number; /* from 1 */
	unsigned int which;  /* of the errnos that the call can give (errnos.c), in turn */
} Fault;

typedef struct Outcome {
	bool is_hit;	/* there was such a call or allocation */
	bool in_main;	/* behind the work of the loader */
	bool is_inside; /* in the container's mount namespace */
	bool is_hung;	/* and was ended by us */
	int status;	/* of waitpid(2) */
	char call[32];
	char subject[512];     /* what the call is about: a path */
	int error;	       /* errno of the call */
	unsigned int n_errors; /* how many it can give */
	char messages[4096];   /* what the program wrote to stderr */
} Outcome;

bool fault_is_possible(void);
void fault_run(const char *const argv[], int stdin_fd, const Fault *fault, Outcome *ret);
