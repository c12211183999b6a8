/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#define UNIT_NAME_MAX 255

typedef enum UnitVerdict {
	UNIT_OWN,     /* the unit is this container's, machined may do with it as it likes */
	UNIT_NONE,    /* the cgroup is in no unit: machined cannot register its processes */
	UNIT_FOREIGN, /* others live in the unit too */
} UnitVerdict;

/* The unit that machined would take for a container's, by its leader's cgroup. */
typedef struct Unit {
	UnitVerdict verdict;
	char name[UNIT_NAME_MAX + 1]; /* empty with UNIT_NONE */
	char *cgroup;		      /* path of the cgroup in its hierarchy */
	bool is_unified;	      /* the hierarchy is version 2 */
} Unit;

int unit_from_cgroup(const char *text, const char *container_id, bool is_user, Unit *ret);
void unit_done(Unit *unit);
const char *unit_verdict_to_string(UnitVerdict verdict);

#define cleanup_unit cleanup(unit_done)
