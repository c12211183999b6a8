/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "policy.h"

#define COMMAND_LINE_FAULT_MAX 256

/* One option of a program. --help and --version are every program's, and in no table. */
typedef struct CommandOption {
	const char *name;
	bool *flag; /* becomes true; NULL: the option has a value */
	/* reads the value into @ret; a negative errno: it is refused, for it is not @wanted */
	int (*take)(const char *value, void *ret);
	void *ret;
	const char *wanted;
	bool is_of_call; /* means only the call that it is given to: not taken from a policy */
} CommandOption;

/* What a program understands. */
typedef struct CommandLine {
	const char *program;
	const char *help;
	const CommandOption *options; /* ended by one without a name */
} CommandLine;

int command_line_parse(const CommandLine *line, int argc, char *argv[], const char **ret_word);
int command_line_take_policy(const CommandLine *line, const Policy *policy,
			     char ret_fault[COMMAND_LINE_FAULT_MAX]);
