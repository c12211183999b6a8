/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"
#include "container-process.h"
#include "observe.h"
#include "plan.h"

/*
 * Of each writable cgroup mount of ours. nodiratime, which is nothing to cgroup2, is the mark by
 * which a second call knows its own mount from one that the engine is still to make read-only.
 */
#define CGROUP_ATTRIBUTES                                                                          \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME)

int cgroup_path_from_text(const char *text, char **ret);
int cgroup_read(const ContainerProcess *process, char **ret, char **ret_own, bool *ret_is_private);
int cgroup_observe(const ContainerProcess *process, Observation *ret);

int cgroup_open_own(const char *cgroup_path);
bool cgroup_is_engines(const OciConfig *config, const char *path);
int cgroup_open_target(Apply *apply, const char *path);
int cgroup_open_mounted(const Apply *apply, const char *path, unsigned long magic);
int cgroup_attach(Apply *apply, const PlanStep *step, int mount_fd);
int cgroup_give_files(Apply *apply, int own_fd, const char *list);

int cgroup_mount_tree(Apply *apply, const PlanStep *step);
int cgroup_mount_own(Apply *apply, const PlanStep *step);
int cgroup_remount(Apply *apply, const PlanStep *step);
int cgroup_guard(Apply *apply, const PlanStep *step);
int cgroup_give(Apply *apply, const PlanStep *step);
