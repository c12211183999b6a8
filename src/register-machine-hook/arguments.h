/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "machine-name.h"

/* The admin's policy: the args of the hook's JSON. */
typedef struct Arguments {
	MachineNameSources machine_name;
	bool id_from_env;
	bool strict;
	uint64_t timeout_usec;
	bool explain;
	const char *stage; /* of argv; NULL: not given */
} Arguments;

int arguments_parse(int argc, char *argv[], Arguments *ret);
