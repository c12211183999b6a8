/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "command-line.h"
#include "journal-mode.h"
#include "policy.h"

/* The admin's policy: the args of the hook's JSON files. Strings are argv's or the policy's. */
typedef struct Options {
	bool journal_is_given;
	JournalMode journal;
	const char *journal_max_use; /* as journald.conf(5) SystemMaxUse= writes it */
	const char *run_size;	     /* as tmpfs(5) size= writes it */
	const char *tmp_size;
	bool id_from_env;
	bool strict;
	bool explain;
	const char *stage; /* NULL: not given */
} Options;

#define OPTIONS_DEFAULT                                                                            \
	{                                                                                          \
		.journal = JOURNAL_TRY_HOST, .journal_max_use = "256M", .run_size = "20%",         \
		.tmp_size = "10%"                                                                  \
	}

int options_parse(int argc, char *argv[], Options *ret);
int options_take_policy(Options *options, const Policy *policy,
			char ret_fault[COMMAND_LINE_FAULT_MAX]);
bool options_are_same(const Options *options, const Options *other);
