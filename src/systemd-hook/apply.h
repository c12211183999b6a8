/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "container-process.h"
#include "identity.h"
#include "journal-new.h"
#include "oci-config.h"
#include "plan.h"
#include "tmpfs.h"
#include "undo.h"

typedef struct CgroupMounts CgroupMounts;

/*
 * One set-up of a container: what the steps of a plan share. Everything of the host is opened
 * before the container's mount namespace is entered; from then on there are only descriptors.
 */
typedef struct Apply {
	const OciState *state;
	const OciConfig *config;
	const Observation *observation;
	const Plan *plan;
	const MachineId *id;
	bool id_is_chosen; /* by the user, who may give it to one container after the other */
	JournalMode journal;
	const char *journal_max_use;
	char journal_limit[24]; /* in place of it, where the image's is lower */

	int root_fd;		   /* the container's root file system */
	const char *label;	   /* for mounts and files, NULL where SELinux is off */
	int host_mounts_fd;	   /* /proc/self/mountinfo of the host */
	uint64_t private_mount_id; /* the last mount that was seen not to be shared with the host */
	Undo undo;
	Undo host_undo; /* what STEP_JOURNAL made on the host */

	int cgroup_own_mount_fd;	/* a mount of the container's cgroup */
	int cgroup_tree_mount_fd;	/* a mount of the whole tree */
	CgroupMounts *cgroup_v1_mounts; /* of each hierarchy of the observation */
	char *cgroup_delegate;		/* /sys/kernel/cgroup/delegate */
	int journal_parent_fd;		/* /var/log/journal of the host */
	int journal_fd;			/* the container's directory in it */
	bool journal_is_new;		/* and not to be seen yet */
	bool journal_is_not_kept;	/* by the host, for this user */
	int journal_mount_fd;		/* a mount of it */
	char *os_release;		/* of the host */
	int run_host_fd;		/* /run/host, once it is mounted and has our id */
	Tmpfs tmpfs[3];			/* made and filled, to be mounted */
	size_t n_tmpfs;
	bool is_strict;
	const char *failed_at; /* where a step failed, if not at its own path */

	JournalNewName journal_new_name;
} Apply;

int apply_plan(Apply *apply, const ContainerProcess *process, bool strict);
