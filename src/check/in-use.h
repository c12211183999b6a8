/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cleanup.h"
#include "json.h"

/* What the processes of the host are in. */
typedef struct InUse {
	json_t *cgroups;  /* set of paths */
	json_t *machines; /* set of machine ids that are part of what is mounted */
	bool is_partial;  /* some process could not be looked at */
} InUse;

int in_use_load(InUse *ret);
void in_use_done(InUse *use);
bool in_use_has(const InUse *use, const char *container_id, const char *machine_id);

#define cleanup_in_use cleanup(in_use_done)
