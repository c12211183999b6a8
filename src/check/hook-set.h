/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "cleanup.h"
#include "hook-file.h"

typedef struct Hook {
	HookFile file;
	char *directory;
	char *name;	  /* of the file */
	bool is_replaced; /* by one of the same name in a later directory */
} Hook;

/* What an engine finds in its hooks directories. */
typedef struct HookSet {
	Hook *hooks;
	size_t n_hooks;
} HookSet;

int hook_set_load(const json_t *directories, Level missing, Report *report, HookSet *ret);
void hook_set_done(HookSet *set);
const Hook *hook_set_next(const HookSet *set, const char *program, const Hook *previous);

#define cleanup_hook_set cleanup(hook_set_done)
