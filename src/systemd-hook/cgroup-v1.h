/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"

/* Mounts of one hierarchy, cloned on the host; in the order of the observation. */
struct CgroupMounts {
	int own_fd;  /* of the container's cgroup: writable where systemd keeps its services */
	int tree_fd; /* of the whole, read-only */
	int mask_fd; /* of nothing, to cover its release_agent */
};

int cgroup_v1_prepare(Apply *apply);
void cgroup_v1_release(Apply *apply);
int cgroup_v1_own_mount(const Apply *apply, const CgroupHierarchy *hierarchy);

int cgroup_v1_mount_hierarchies(Apply *apply, const PlanStep *step);
int cgroup_v1_mount_tree(Apply *apply, const PlanStep *step);
int cgroup_v1_give(Apply *apply, const PlanStep *step);
int cgroup_v1_mask(Apply *apply, const PlanStep *step);
int cgroup_v1_seal(Apply *apply, const PlanStep *step);
