/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "command-line.h"
#include "machine-name.h"
#include "policy.h"

/* The admin's policy: the args of the hook's JSON files. */
typedef struct Arguments {
	MachineNameSources machine_name;
	bool id_from_env;
	bool strict;
	uint64_t timeout_usec;
	bool explain;
	const char *stage; /* of argv; NULL: not given */
} Arguments;

#define ARGUMENTS_DEFAULT                                                                          \
	{                                                                                          \
		.machine_name = {{MACHINE_NAME_FROM_ID}, 1}, .timeout_usec = 2 * 1000 * 1000       \
	}

int arguments_parse(int argc, char *argv[], Arguments *ret);
int arguments_take_policy(Arguments *arguments, const Policy *policy,
			  char ret_fault[COMMAND_LINE_FAULT_MAX]);
bool arguments_are_same(const Arguments *arguments, const Arguments *other);
