/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "json.h"
#include "report.h"

/* An engine that reads hooks directories. */
typedef struct Engine {
	const char *name;
	char *program;	      /* NULL: not installed */
	json_t *directories;  /* array of paths, in its order */
	bool appends;	      /* hooks_dir of a later file adds to it */
	char *cgroup_manager; /* NULL: no file names one */
	char *cgroup_manager_file;
} Engine;

#define ENGINES_MAX 2

int engines_find(Report *report, Engine engines[ENGINES_MAX]);
void engine_done(Engine *engine);
char *engine_find_program(const char *name);
int engine_version(const char *program, char **ret);
