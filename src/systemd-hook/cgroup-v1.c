/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroups, on a host with cgroup v1, alone or with v2 beside it (hybrid).
 *
 * As on v2, no cgroup file system is mounted anew, only mounts of the host cloned. Of a hierarchy
 * with controllers the container sees its own cgroup alone, so that no release_agent is there, and
 * finds its limits where programs look for them.
 */
#include "cgroup-v1.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup-hierarchy.h"
#include "cgroup.h"
#include "fs-util.h"
#include "log.h"
#include "paths.h"
#include "target.h"

/* as systemd-nspawn(1) sizes it */
#define TMPFS_OPTIONS "mode=0755,size=4m,nr_inodes=1k"

/* what a v1 cgroup has, and its owner needs; as systemd-nspawn(1) gives it */
#define DELEGATED "cgroup.clone_children\ncgroup.procs\nnotify_on_release\ntasks"

#define READ_ONLY_ATTRIBUTES                                                                       \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY)

static CgroupMounts *mounts_of(const Apply *apply, const CgroupHierarchy *hierarchy)
{
	return &apply->cgroup_v1_mounts[hierarchy - apply->observation->hierarchies];
}

/** cgroup_v1_own_mount() - the prepared mount of the container's cgroup of a hierarchy */
int cgroup_v1_own_mount(const Apply *apply, const CgroupHierarchy *hierarchy)
{
	return mounts_of(apply, hierarchy)->own_fd;
}

static int prepare_step(const PlanStep *step, CgroupMounts *mounts)
{
	const CgroupHierarchy *hierarchy = step->hierarchy;
	int r = 0;

	if (step->type == STEP_CGROUP_OWN)
		r = mounts->own_fd =
			target_clone(hierarchy->own_fd, "", CGROUP_ATTRIBUTES, MOUNT_ATTR_RDONLY);
	if (step->type == STEP_CGROUP_TREE)
		r = mounts->tree_fd = target_clone(hierarchy->root_fd, "", READ_ONLY_ATTRIBUTES, 0);
	/* a device on a mount without devices: cannot be opened at all */
	if (r >= 0 && (step->type == STEP_CGROUP_TREE || step->type == STEP_CGROUP_MASK))
		r = mounts->mask_fd = target_clone(AT_FDCWD, "/dev/null", READ_ONLY_ATTRIBUTES, 0);
	if (r < 0)
		return log_error_errno(r, "Failed to clone mounts for cgroup hierarchy %.256s: %m",
				       hierarchy->name);
	return 0;
}

/* prepare_controllers() - clone those that are only to be seen */
static int prepare_controllers(Apply *apply)
{
	const Observation *seen = apply->observation;

	for (size_t i = 0; i < seen->n_hierarchies; i++) {
		const CgroupHierarchy *hierarchy = &seen->hierarchies[i];
		int *fd = &apply->cgroup_v1_mounts[i].own_fd;

		if (!hierarchy->is_mounted || hierarchy->is_tracking || hierarchy->is_shared)
			continue;
		*fd = target_clone(hierarchy->own_fd, "", READ_ONLY_ATTRIBUTES, 0);
		if (*fd < 0)
			return log_error_errno(
				*fd, "Failed to clone the mount of cgroup hierarchy %.256s: %m",
				hierarchy->name);
	}
	return 0;
}

/**
 * cgroup_v1_prepare() - clone on the host what the plan is to mount; says what failed
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_prepare(Apply *apply)
{
	const Plan *plan = apply->plan;
	const size_t n = apply->observation->n_hierarchies;
	int r = 0;

	apply->cgroup_v1_mounts = calloc(n + 1, sizeof(CgroupMounts));
	if (!apply->cgroup_v1_mounts)
		return log_error_errno(-ENOMEM, "Failed to prepare the cgroup hierarchies: %m");
	for (size_t i = 0; i < n; i++)
		apply->cgroup_v1_mounts[i] = (CgroupMounts){-1, -1, -1};

	if (plan_find(plan, STEP_CGROUP_HIERARCHIES))
		r = prepare_controllers(apply);
	for (size_t i = 0; r >= 0 && i < plan->n_steps; i++)
		if (plan->steps[i].hierarchy)
			r = prepare_step(&plan->steps[i],
					 mounts_of(apply, plan->steps[i].hierarchy));
	return r;
}

/** cgroup_v1_release() - close what was prepared */
void cgroup_v1_release(Apply *apply)
{
	if (!apply->cgroup_v1_mounts)
		return;
	for (size_t i = 0; i < apply->observation->n_hierarchies; i++) {
		(void) close_fd(apply->cgroup_v1_mounts[i].own_fd);
		(void) close_fd(apply->cgroup_v1_mounts[i].tree_fd);
		(void) close_fd(apply->cgroup_v1_mounts[i].mask_fd);
	}
	free(steal_ptr(apply->cgroup_v1_mounts));
}

/* link_controllers() - names for each of several controllers that share a hierarchy */
static int link_controllers(int dir_fd, const CgroupHierarchy *hierarchy)
{
	cleanup_free char *names = strdup(hierarchy->controllers);
	char *rest = names, *name;

	if (!names)
		return -ENOMEM;
	if (hierarchy->is_tracking)
		return 0;
	while ((name = strsep(&rest, ",")))
		if (strcmp(name, hierarchy->name) != 0 &&
		    symlinkat(hierarchy->name, dir_fd, name) < 0)
			return -errno;
	return 0;
}

static int add_hierarchy(Apply *apply, int dir_fd, const CgroupHierarchy *hierarchy)
{
	cleanup_close int fd = -1;

	if (mkdirat(dir_fd, hierarchy->name, 0755) < 0)
		return -errno;
	/* a step of its own is for those that systemd writes in */
	if (hierarchy->is_tracking)
		return 0;
	fd = openat(dir_fd, hierarchy->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return target_attach(apply, mounts_of(apply, hierarchy)->own_fd, fd, /* is_ours= */ false);
}

/**
 * cgroup_v1_mount_hierarchies() - mount a tmpfs with a directory for each hierarchy, and the
 * container's cgroup of each that has controllers, read-only
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_mount_hierarchies(Apply *apply, const PlanStep *step)
{
	const Observation *seen = apply->observation;
	cleanup_close int fd = -1, tmpfs_fd = -1;
	int r;

	fd = cgroup_open_target(apply, step->path);
	if (fd < 0)
		return fd;
	tmpfs_fd = tmpfs_new(apply, TMPFS_OPTIONS,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (tmpfs_fd < 0)
		return tmpfs_fd;
	r = target_attach(apply, tmpfs_fd, fd, /* is_ours= */ true);
	for (size_t i = 0; r >= 0 && i < seen->n_hierarchies; i++) {
		const CgroupHierarchy *hierarchy = &seen->hierarchies[i];

		if (!hierarchy->is_mounted || hierarchy->is_shared)
			continue;
		r = add_hierarchy(apply, tmpfs_fd, hierarchy);
		if (r >= 0)
			r = link_controllers(tmpfs_fd, hierarchy);
	}
	return r;
}

/* mask_agent() - cover the release_agent in the root of a hierarchy */
static int mask_agent(Apply *apply, const CgroupHierarchy *hierarchy, int dir_fd)
{
	cleanup_close int fd = -1;

	fd = openat(dir_fd, CGROUP_RELEASE_AGENT, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return target_attach(apply, mounts_of(apply, hierarchy)->mask_fd, fd, /* is_ours= */ false);
}

/**
 * cgroup_v1_mount_tree() - show a whole hierarchy of the host, read-only, but for its release_agent
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_mount_tree(Apply *apply, const PlanStep *step)
{
	const int tree_fd = mounts_of(apply, step->hierarchy)->tree_fd;
	int r;

	r = cgroup_attach(apply, step, tree_fd);
	return r < 0 ? r : mask_agent(apply, step->hierarchy, tree_fd);
}

/**
 * cgroup_v1_mask() - cover the release_agent of a hierarchy that the engine shows as a whole
 *
 * runc does so with controllers that it knows nothing of, and where the container is therefore in
 * the root: misc.
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_mask(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = cgroup_open_mounted(apply, step->path, CGROUP_SUPER_MAGIC);

	return fd < 0 ? fd : mask_agent(apply, step->hierarchy, fd);
}

/**
 * cgroup_v1_give() - give the own cgroup of a hierarchy to the container's root
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_give(Apply *apply, const PlanStep *step)
{
	const CgroupHierarchy *hierarchy = step->hierarchy;

	return cgroup_give_files(apply, hierarchy->own_fd,
				 hierarchy->is_unified ? apply->cgroup_delegate : DELEGATED);
}

/**
 * cgroup_v1_seal() - make the tmpfs with the hierarchies read-only
 *
 * Return: 0, or a negative errno.
 */
int cgroup_v1_seal(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = cgroup_open_mounted(apply, step->path, TMPFS_MAGIC);

	return fd < 0 ? fd : target_change_attributes(apply, fd, MOUNT_ATTR_RDONLY, 0);
}
