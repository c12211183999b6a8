/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "cleanup.h"
#include "json.h"

/* The options that one file gives to a hook, or why they cannot be told. */
typedef struct PolicySource {
	char *name;   /* path of the file, or "config.json" */
	json_t *args; /* array of strings; NULL: cannot be told */
	char *fault;  /* then why */
} PolicySource;

/* The options of all files that call one hook; those that count more come later. */
typedef struct Policy {
	PolicySource *sources;
	size_t n_sources;
} Policy;

int policy_add_call(Policy *policy, const char *name, json_t *args);
int policy_add_config(Policy *policy, const char *program, const json_t *config);
int policy_add_directories(Policy *policy, const char *program, const char *const directories[2],
			   const int fds[2]);
int policy_collect(const char *program, const json_t *config, Policy *policy);
void policy_done(Policy *policy);

#define cleanup_policy cleanup(policy_done)
