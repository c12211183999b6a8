/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <getopt.h>

/* Both are options of every program, and answered by command_line_parse(). */
#define COMMAND_LINE_HELP 0x7ffe
#define COMMAND_LINE_VERSION 0x7fff

/* What a program understands. */
typedef struct CommandLine {
	const char *program;
	const char *help;
	const struct option *options; /* their val is greater than that of any letter */
	/* take one; the value is in optarg; say what is wrong with it and return a negative errno */
	int (*take)(int option, void *userdata);
} CommandLine;

int command_line_parse(const CommandLine *line, int argc, char *argv[], void *userdata,
		       const char **ret_word);
