/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "hook-set.h"
#include "policy.h"
#include "register-machine-hook/arguments.h"
#include "report.h"
#include "systemd-hook/options.h"

/* The hooks, as an index. */
enum {
	HOOK_SYSTEMD,
	HOOK_REGISTER,
	_HOOKS_MAX,
};

extern const char *const hook_programs[_HOOKS_MAX];

/* The options of one hook; only those of that hook are used. */
typedef struct HookOptions {
	Options systemd;
	Arguments machine;
} HookOptions;

#define HOOK_OPTIONS_DEFAULT                                                                       \
	{                                                                                          \
		.systemd = OPTIONS_DEFAULT, .machine = ARGUMENTS_DEFAULT                           \
	}

int hook_options_take(Report *report, size_t which, const Policy *policy, HookOptions *options);
json_t *hook_options_args(const Hook *hook);
int hook_options_compare(Report *report, const HookSet *set, bool is_deployed);
