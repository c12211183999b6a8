/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan carried out: first all that is the host's is opened, then the container's mount namespace
 * is entered, then the steps are done by descriptors. What fails is undone; what systemd cannot
 * boot without fails the container.
 */
#include "apply.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "cgroup-v1.h"
#include "cgroup.h"
#include "fs-util.h"
#include "journal.h"
#include "label.h"
#include "log.h"
#include "path-util.h"
#include "paths.h"
#include "privileges.h"
#include "run-host.h"
#include "target.h"

#define SMALL_FILE_MAX 65536

typedef int (*StepFunction)(Apply *apply, const PlanStep *step);

static const struct {
	StepFunction function;
	const char *text;    /* "Failed to …" */
	const char *without; /* what follows if that does not fail the container */
} steps[_STEP_MAX] = {
	[STEP_TMPFS] = {tmpfs_attach, "mount a tmpfs on", NULL},
	[STEP_ALLOW_EXEC] = {tmpfs_allow_exec, "clear noexec of", NULL},
	[STEP_CGROUP_TREE] = {cgroup_mount_tree, "show the cgroup tree on", NULL},
	[STEP_CGROUP_OWN] = {cgroup_mount_own, "mount the container's cgroup on", NULL},
	[STEP_CGROUP_REMOUNT] = {cgroup_remount, "make writable", NULL},
	[STEP_CGROUP_GUARD] = {cgroup_guard, "guard the limits in", NULL},
	[STEP_CGROUP_HIERARCHIES] = {cgroup_v1_mount_hierarchies, "show the cgroup hierarchies on",
				     NULL},
	[STEP_CGROUP_SEAL] = {cgroup_v1_seal, "make read-only", NULL},
	[STEP_CGROUP_MASK] = {cgroup_v1_mask, "cover release_agent in", NULL},
	[STEP_CGROUP_OWNER] = {cgroup_give, "give away the delegated files of", NULL},
	[STEP_RUN_HOST] = {run_host_mount, "mount", NULL},
	[STEP_MACHINE_ID] = {run_host_bind_machine_id, "mount the container's id on",
			     "so systemd-machined knows the container by another id, and the "
			     "journal stays in the container"},
	[STEP_MASK_COMMIT] = {run_host_keep_users_id, "mask", NULL},
	[STEP_JOURNAL] = {journal_mount, "mount the host's journal directory on", NULL},
};

/* reason() - words for an errno that means something special here; else NULL */
static const char *reason(const Apply *apply, const PlanStep *step, int error)
{
	if (error == -EXDEV)
		return "it is on a volume, or would have to be made there";
	if (error == -ESHARED)
		return "what is mounted there would be mounted on the host, too";
	if (error == -EEXIST && step->type == STEP_JOURNAL)
		return "/var/log/journal has a directory of that name that was not made for this "
		       "container";
	if (error == -EADDRINUSE && step->type == STEP_JOURNAL)
		return "another container that runs has this machine-id";
	if (error == -ENOENT && step->type == STEP_JOURNAL && apply->journal_is_not_kept)
		return "the host keeps no persistent journal (/var/log/journal)";
	if (error == -EEXIST || error == -ENOTDIR)
		return "something else is there, or on the way to it";
	if (error == -EACCES && step->type == STEP_CGROUP_OWNER)
		return "SELinux's policy does not let them have the container's label (see "
		       "SELINUX in oci-systemd-hook(1))";
	if (error == -ELOOP)
		return "links lead in a circle, or out through /proc";
	return NULL;
}

static int prepare_cgroup(Apply *apply)
{
	const Plan *plan = apply->plan;
	int r;

	if (plan_find(plan, STEP_CGROUP_GUARD) || plan_find(plan, STEP_CGROUP_OWNER)) {
		r = read_file_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", SMALL_FILE_MAX,
				 &apply->cgroup_delegate, NULL);
		if (r < 0)
			return log_error_errno(r, "Failed to read /sys/kernel/cgroup/delegate: %m");
	}
	if (apply->observation->cgroup_layout == CGROUP_LEGACY)
		return cgroup_v1_prepare(apply);
	if (plan_find(plan, STEP_CGROUP_OWN)) {
		apply->cgroup_own_mount_fd = target_clone(apply->observation->cgroup_own_fd, "",
							  CGROUP_ATTRIBUTES, MOUNT_ATTR_RDONLY);
		if (apply->cgroup_own_mount_fd < 0)
			return log_error_errno(
				apply->cgroup_own_mount_fd,
				"Failed to clone the mount of the container's cgroup: %m");
	}
	if (plan_find(plan, STEP_CGROUP_TREE)) {
		apply->cgroup_tree_mount_fd =
			target_clone(AT_FDCWD, PATH_CGROUP,
				     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
					     MOUNT_ATTR_RDONLY,
				     0);
		if (apply->cgroup_tree_mount_fd < 0)
			return log_error_errno(apply->cgroup_tree_mount_fd,
					       "Failed to clone the mount of " PATH_CGROUP ": %m");
	}
	return 0;
}

/* read_os_release() - what /run/host is to say of the host, which may have nothing to say */
static int read_os_release(Apply *apply)
{
	int r;

	r = read_file_at(AT_FDCWD, "/etc/os-release", SMALL_FILE_MAX, &apply->os_release, NULL);
	if (r == -ENOENT)
		r = read_file_at(AT_FDCWD, "/usr/lib/os-release", SMALL_FILE_MAX,
				 &apply->os_release, NULL);
	if (r >= 0 || r == -ENOENT)
		return 0;
	(void) log_full(apply->is_strict ? LOG_ERR : LOG_WARNING, r,
			"Failed to read the host's os-release%s: %m",
			apply->is_strict ? "" : ", ignoring");
	return apply->is_strict ? r : 0;
}

/* prepare() - open all that is the host's, and load all that may have to be loaded */
static int prepare(Apply *apply)
{
	int r;

	log_open();
	r = undo_open(&apply->undo);
	if (r < 0)
		return log_error_errno(r, "Failed to open /proc/self: %m");
	/* read only where a place turns out to be shared, and needed only there */
	apply->host_mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (apply->host_mounts_fd < 0)
		apply->host_mounts_fd = -errno;
	if (apply->config->mount_label) {
		r = label_init();
		if (r < 0)
			return log_error_errno(
				r, "Failed to load libselinux, which this host needs: %m");
		apply->label = r > 0 ? apply->config->mount_label : NULL;
	}

	r = prepare_cgroup(apply);
	if (r < 0)
		return r;

	if (plan_find(apply->plan, STEP_RUN_HOST)) {
		r = read_os_release(apply);
		if (r < 0)
			return r;
	}

	if (plan_find(apply->plan, STEP_JOURNAL)) {
		r = journal_prepare(apply);
		if (r < 0)
			apply->journal_mount_fd = r;
	}
	return 0;
}

/* tolerate() - say what failed, and decide whether that fails the container */
static int tolerate(const Apply *apply, const PlanStep *step, int r)
{
	const char *why = reason(apply, step, r), *what = steps[step->type].text;
	const char *at = apply->failed_at ?: "", *comma = *at ? ", at " : "";
	/* the user may have chosen the rest of a cgroup's path */
	bool is_cgroup = path_below(step->path, PATH_CGROUP);
	const char *place = is_cgroup ? PATH_CGROUP : step->path;
	const char *own = is_cgroup ? step->path + strlen(PATH_CGROUP) : "";
	bool fatal = step->is_essential || apply->is_strict;
	const char *without = fatal ? "" : steps[step->type].without ?: "ignoring";
	int level = fatal ? LOG_ERR : LOG_WARNING;

	if (!fatal && step->type == STEP_JOURNAL && apply->journal_is_not_kept)
		level = LOG_DEBUG;

	if (why)
		(void) log_full(level, r, "Failed to %s %s%.256s%s%s: %s%s%s", what, place, own,
				comma, at, why, *without ? ", " : "", without);
	else
		(void) log_full(level, r, "Failed to %s %s%.256s%s%s%s%s: %m", what, place, own,
				comma, at, *without ? ", " : "", without);
	return fatal ? r : 0;
}

static int build_tmpfs(Apply *apply)
{
	int r;

	for (size_t i = 0; i < apply->plan->n_steps; i++) {
		const PlanStep *step = &apply->plan->steps[i];

		if (step->type != STEP_TMPFS)
			continue;
		r = tmpfs_build(apply, step);
		if (r < 0)
			return tolerate(apply, step, r);
		if (r > 0 && apply->is_strict)
			return -E2BIG;
	}
	return 0;
}

static int do_steps(Apply *apply)
{
	bool has_id = true;
	int r;

	for (size_t i = 0; i < apply->plan->n_steps; i++) {
		const PlanStep *step = &apply->plan->steps[i];
		size_t mark = apply->undo.n_entries;

		/* journald would write elsewhere */
		if (step->type == STEP_JOURNAL && !has_id) {
			undo_back_to(&apply->host_undo, 0);
			continue;
		}
		apply->failed_at = NULL;
		r = steps[step->type].function(apply, step);
		if (r >= 0)
			continue;
		undo_back_to(&apply->undo, mark);
		has_id &= step->type != STEP_MACHINE_ID;
		if (step->type == STEP_JOURNAL)
			undo_back_to(&apply->host_undo, 0);
		r = tolerate(apply, step, r);
		if (r < 0)
			return r;
	}
	return 0;
}

static int enter(const ContainerProcess *process)
{
	cleanup_close int fd = -1;
	int r;

	fd = openat(process->proc_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return log_error_errno(-errno,
				       "Failed to open the container's mount namespace: %m");
	r = container_process_is_alive(process);
	if (r == 0)
		r = -ESRCH;
	if (r < 0)
		return log_error_errno(r, "The container's process %d has gone: %m", process->pid);
	if (setns(fd, CLONE_NEWNS) < 0)
		return log_error_errno(-errno,
				       "Failed to enter the container's mount namespace: %m");
	return 0;
}

static int become_root(const Apply *apply)
{
	int r;

	r = container_root_become(&apply->observation->root);
	if (r < 0)
		return log_error_errno(r, "Failed to make files as the container's root: %m");
	r = privilege_keep(PRIVILEGES_INSIDE);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	return 0;
}

static void release(Apply *apply)
{
	for (size_t i = 0; i < apply->n_tmpfs; i++)
		tmpfs_done(&apply->tmpfs[i]);
	apply->host_mounts_fd = close_fd(apply->host_mounts_fd);
	apply->run_host_fd = close_fd(apply->run_host_fd);
	apply->journal_mount_fd = close_fd(apply->journal_mount_fd);
	apply->journal_fd = close_fd(apply->journal_fd);
	apply->journal_parent_fd = close_fd(apply->journal_parent_fd);
	apply->cgroup_tree_mount_fd = close_fd(apply->cgroup_tree_mount_fd);
	apply->cgroup_own_mount_fd = close_fd(apply->cgroup_own_mount_fd);
	cgroup_v1_release(apply);
	free(steal_ptr(apply->cgroup_delegate));
	free(steal_ptr(apply->os_release));
	undo_done(&apply->undo);
	undo_done(&apply->host_undo);
}

/**
 * apply_plan() - carry a plan out
 * @apply: the set-up, with the first part of its members filled in
 * @process: the container's process
 * @strict: whether a failure that systemd could live with fails the container
 *
 * Says what failed. Afterwards this process is in the container's mount namespace.
 *
 * Return: 0, or a negative errno; then nothing is left of what was done.
 */
int apply_plan(Apply *apply, const ContainerProcess *process, bool strict)
{
	int r;

	apply->is_strict = strict;
	apply->cgroup_own_mount_fd = apply->cgroup_tree_mount_fd = -1;
	apply->journal_parent_fd = apply->journal_fd = apply->journal_mount_fd = -1;
	apply->run_host_fd = apply->host_mounts_fd = -1;
	apply->undo = apply->host_undo = (Undo) UNDO_NULL;

	r = prepare(apply);
	if (r >= 0)
		r = enter(process);
	if (r >= 0)
		r = become_root(apply);
	if (r >= 0)
		r = build_tmpfs(apply);
	if (r >= 0)
		r = do_steps(apply);
	if (r < 0) {
		undo_back_to(&apply->undo, 0);
		undo_back_to(&apply->host_undo, 0);
	}

	release(apply);
	return r;
}
