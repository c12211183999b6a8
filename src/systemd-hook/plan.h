/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "identity.h"
#include "journal-mode.h"
#include "observe.h"
#include "options.h"

typedef enum PlanStepType {
	STEP_TMPFS,		 /* mount a tmpfs, with the image's content copied up */
	STEP_ALLOW_EXEC,	 /* take noexec from the engine's tmpfs */
	STEP_CGROUP_TREE,	 /* show the host's cgroup tree, read-only */
	STEP_CGROUP_OWN,	 /* mount the own cgroup directory, writable */
	STEP_CGROUP_REMOUNT,	 /* the engine's read-only cgroup mount, once more and writable */
	STEP_CGROUP_GUARD,	 /* all but the delegated files of the own cgroup read-only */
	STEP_CGROUP_OWNER,	 /* give the delegated files to the container's root */
	STEP_CGROUP_HIERARCHIES, /* v1: a tmpfs with all hierarchies, those with controllers mounted */
	STEP_CGROUP_SEAL,	 /* v1: that tmpfs read-only */
	STEP_CGROUP_MASK,	 /* v1: cover the release_agent of a hierarchy */
	STEP_RUN_HOST,		 /* /run/host, of systemd's container interface */
	STEP_MACHINE_ID,	 /* bind our id over /etc/machine-id */
	STEP_MASK_COMMIT, /* keep systemd from committing or unmounting the user's machine id */
	STEP_JOURNAL,	  /* bind the host's journal directory */
	_STEP_MAX,
} PlanStepType;

typedef struct PlanStep {
	PlanStepType type;
	bool is_essential;		  /* systemd cannot boot without */
	const char *path;		  /* in the container */
	const CgroupHierarchy *hierarchy; /* v1: which one a step for a cgroup is about */
	const char *
		options; /* of a tmpfs: "size=…", "nr_inodes=…" and "mode=…", separated by commas */
} PlanStep;

typedef struct PlanNote {
	const char *path;
	const char *text;
	bool is_fatal; /* for this container, by --journal=host */
} PlanNote;

#define PLAN_STEPS_MAX 64 /* one may be for each hierarchy */
#define PLAN_NOTES_MAX 8

/* What is to be done, in this order; and what the user should know. */
typedef struct Plan {
	PlanStep steps[PLAN_STEPS_MAX];
	size_t n_steps;
	PlanNote notes[PLAN_NOTES_MAX];
	size_t n_notes;
	bool has_other_id; /* /etc/machine-id will hold another id than ours, or none */

	char run_options[128], lock_options[128], tmp_options[128];
	char journal_path[64];
	char *cgroup_own_path;
} Plan;

/* What the plan is made from; all borrowed. */
typedef struct PlanInput {
	const OciConfig *config;
	const Observation *observation;
	const Options *options;
	const MachineId *id;
	IdentitySource id_source;
	bool id_is_usable; /* not the host's own, not null */
	JournalMode journal;
} PlanInput;

int plan_make(const PlanInput *input, Plan *ret);
void plan_done(Plan *plan);
PlanStep *plan_add_step(Plan *plan, PlanStepType type, const char *path, bool is_essential);
PlanNote *plan_add_note(Plan *plan, const char *path, const char *text);
const PlanStep *plan_find(const Plan *plan, PlanStepType type);
void plan_print(const Plan *plan, FILE *file);

#define cleanup_plan cleanup(plan_done)
