/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tmpfs over a directory of the image: made and filled while it is nowhere to be seen, then
 * mounted, then the user's mounts below the directory are put into it. Up to the mounting nothing
 * has to be undone.
 */
#include "tmpfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "apply.h"
#include "fs-util.h"
#include "log.h"
#include "paths.h"
#include "target.h"

/** tmpfs_done() - release a tmpfs; if it is mounted, it stays so */
void tmpfs_done(Tmpfs *tmpfs)
{
	tmpfs->fd = close_fd(tmpfs->fd);
	copy_up_done(&tmpfs->copy);
}

static int set_option(int fd, const char *key, const char *value)
{
	if (fsconfig(fd, FSCONFIG_SET_STRING, key, value, 0) < 0)
		return log_debug_errno(-errno, "tmpfs option %s=%s is refused: %m", key, value);
	return 0;
}

static int set_options(int fd, const char *options)
{
	cleanup_free char *copy = strdup(options);
	char *rest = copy, *option;
	int r;

	if (!copy)
		return -ENOMEM;
	while ((option = strsep(&rest, ","))) {
		char *value = strchr(option, '=');

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		r = set_option(fd, option, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/**
 * tmpfs_new() - make a tmpfs
 * @apply: the set-up: its SELinux label
 * @options: key=value, separated by commas (tmpfs(5))
 * @attributes: MOUNT_ATTR_…
 *
 * It belongs to the container's root, as whom we make files by now (tmpfs(5): uid, gid).
 *
 * Return: a descriptor of its root, not attached, or a negative errno.
 */
int tmpfs_new(const Apply *apply, const char *options, uint64_t attributes)
{
	cleanup_close int fs_fd = -1;
	int fd, r;

	fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (fs_fd < 0)
		return -errno;
	r = set_options(fs_fd, options);
	if (r < 0)
		return r;
	if (apply->label) {
		r = set_option(fs_fd, "context", apply->label);
		if (r < 0)
			return r;
	}
	/* shown in the container's mount table */
	r = set_option(fs_fd, "source", "tmpfs");
	if (r < 0)
		return r;

	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned int) attributes);
	return fd < 0 ? -errno : fd;
}

static void report_copy(const Tmpfs *tmpfs)
{
	const CopyUp *copy = &tmpfs->copy;

	if (copy->stopped_by == -E2BIG)
		log_warning("Copied only %llu bytes in %llu entries of the image's %s, at %.256s a "
			    "limit was reached "
			    "(%d bytes, %d entries), ignoring the rest",
			    (unsigned long long) copy->bytes, (unsigned long long) copy->entries,
			    tmpfs->step->path, copy->stopped_at, COPY_UP_BYTES_MAX,
			    COPY_UP_ENTRIES_MAX);
	else
		(void) log_warning_errno(
			copy->stopped_by,
			"Copied only a part of the image's %s, at %.256s, ignoring the rest: %m",
			tmpfs->step->path, copy->stopped_at);
}

/* has_lock() - whether /run/lock gets a tmpfs of its own */
static bool has_lock(const Plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].type == STEP_TMPFS &&
		    strcmp(plan->steps[i].path, PATH_RUN_LOCK) == 0)
			return true;
	return false;
}

/**
 * tmpfs_keep() - keep the user's mounts below a directory that a tmpfs is to cover, and copy the
 * image's content of it if that is wanted
 * @apply: the set-up
 * @path: the directory
 * @dest_fd: the tmpfs
 * @copy: what is wanted, and what became of it
 *
 * Return: 0, 1 if a part of the content is missing (see @copy), or a negative errno.
 */
int tmpfs_keep(const Apply *apply, const char *path, int dest_fd, CopyUp *copy)
{
	KeptMounts *kept = &copy->kept;
	int r;

	kept->dest_fd = dest_fd;
	kept->source_fd = open_in_root(apply->root_fd, path, O_PATH | O_DIRECTORY);
	if (kept->source_fd == -ENOENT)
		return 0;
	if (kept->source_fd < 0)
		return kept->source_fd;

	if (copy_up(kept->source_fd, copy) >= 0)
		return 0;
	if (!copy->stopped_at)
		return -ENOMEM;
	if (copy->lost_mount)
		return copy->stopped_by;
	r = kept_mounts_add_configured(kept, apply->config, apply->root_fd);
	return r < 0 ? r : 1;
}

/**
 * tmpfs_build() - make the tmpfs of a step and fill it with the image's content
 * @apply: the set-up; gets the tmpfs
 * @step: the step
 *
 * Return: 0, 1 if a part of the content is missing (which is logged), or a negative errno.
 */
int tmpfs_build(Apply *apply, const PlanStep *step)
{
	/* the names by which systemd would learn of a host, from an image */
	static const char *const left_out[] = {"host", "machine-id", "systemd/container", NULL};
	Tmpfs *tmpfs = &apply->tmpfs[apply->n_tmpfs];
	int r;

	*tmpfs = (Tmpfs){.step = step, .fd = -1, .copy.kept = KEPT_MOUNTS_NULL};
	if (strcmp(step->path, PATH_RUN) == 0) {
		tmpfs->copy.skip = left_out;
		tmpfs->copy.apart = has_lock(apply->plan) ? "lock" : NULL;
	}
	tmpfs->fd = tmpfs_new(apply, step->options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (tmpfs->fd < 0)
		return tmpfs->fd;
	apply->n_tmpfs++;

	r = tmpfs_keep(apply, step->path, tmpfs->fd, &tmpfs->copy);
	if (r > 0)
		report_copy(tmpfs);
	return r;
}

/**
 * tmpfs_attach() - mount the tmpfs that was built for a step
 * @apply: the set-up
 * @step: the step
 *
 * Return: 0, or a negative errno.
 */
int tmpfs_attach(Apply *apply, const PlanStep *step)
{
	const Tmpfs *tmpfs = apply->tmpfs;
	cleanup_close int fd = -1;
	int r;

	while (tmpfs->step != step)
		tmpfs++;
	fd = target_open_directory(apply, step->path);
	if (fd < 0)
		return fd;
	r = target_attach(apply, tmpfs->fd, fd, /* is_ours= */ true);
	return r < 0 ? r : kept_mounts_move(&tmpfs->copy.kept, apply);
}

/**
 * tmpfs_allow_exec() - take noexec from the engine's tmpfs
 * @apply: the set-up
 * @step: the step
 *
 * Return: 0, or a negative errno.
 */
int tmpfs_allow_exec(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = open_in_root(apply->root_fd, step->path, O_PATH | O_DIRECTORY);

	return fd < 0 ? fd : target_change_attributes(apply, fd, 0, MOUNT_ATTR_NOEXEC);
}
