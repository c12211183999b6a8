/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cleanup.h"
#include "json.h"
#include "report.h"

/* What an engine makes of a file in a hooks directory. */
typedef enum HookVerdict {
	HOOK_LOADED,  /* whether it ever runs is another question */
	HOOK_SKIPPED, /* its program is missing: passed over without a word */
	HOOK_ABSENT,  /* no file of hooks, or a link to nothing: passed over too */
	HOOK_REFUSED, /* an error, which stops all containers */
	HOOK_HIDDEN,  /* an error that a missing program keeps engines from seeing */
	HOOK_UNKNOWN, /* not to be judged from here */
} HookVerdict;

typedef struct HookFile {
	HookVerdict verdict;
	json_t *json;	     /* NULL: not to be read */
	const char *program; /* hook.path, or NULL; belongs to json */
	bool is_old;	     /* of schema 0.1.0 */
} HookFile;

/* How a file is looked at. */
typedef struct HookCheck {
	Report *report;
	const char *path; /* for messages */
	bool is_hidden;	  /* a missing program keeps engines from refusing what follows */
} HookCheck;

void hook_file_check(HookCheck *check, int dir_fd, const char *name, HookFile *ret);
void hook_file_done(HookFile *file);
json_t *hook_file_member(const json_t *object, const char *key);

#define cleanup_hook_file cleanup(hook_file_done)
