/* SPDX-License-Identifier: Apache-2.0 */
/* The container's journal, mounted from the host (systemd-nspawn(1), --link-journal=). */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "fs-util.h"
#include "journal-directory.h"
#include "journald-limit.h"
#include "mount-unit.h"
#include "parse-util.h"
#include "paths.h"
#include "target.h"
#include "tmpfs.h"

/*
 * lower_limit() - take the image's limit, or journald's own for the host's file system, where that
 * is lower than ours
 */
static int lower_limit(Apply *apply)
{
	uint64_t ours, theirs;
	struct statvfs fs;
	int r;

	r = parse_size(apply->journal_max_use, &ours, /* ret_percent= */ NULL);
	if (r < 0)
		return r;
	r = journald_limit_find(apply->root_fd, &theirs);
	if (r < 0)
		return r;
	if (theirs == JOURNALD_NO_LIMIT) {
		if (fstatvfs(apply->journal_fd, &fs) < 0)
			return -errno;
		theirs = journald_default_limit((uint64_t) fs.f_frsize * fs.f_blocks);
	}
	if (theirs < ours) {
		(void) snprintf(apply->journal_limit, sizeof(apply->journal_limit), "%" PRIu64,
				theirs);
		apply->journal_max_use = apply->journal_limit;
	}
	return 0;
}

/**
 * journal_prepare() - find or make the host's journal directory, and a mount of it
 * @apply: the set-up; gets the mount, or that there is to be none
 *
 * To be called on the host, before the container's mount namespace is entered.
 *
 * Return: 0, or a negative errno as journal_directory_open() has it.
 */
int journal_prepare(Apply *apply)
{
	int r;

	r = journal_directory_open(apply);
	if (r < 0) {
		apply->journal_is_not_kept = journal_is_not_kept(r);
		return r;
	}
	r = lower_limit(apply);
	if (r < 0)
		return r;

	apply->journal_mount_fd = target_clone(
		apply->journal_fd, "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0);
	return MIN(apply->journal_mount_fd, 0);
}

/*
 * open_place() - open the directory to mount on, made if missing
 *
 * On a root file system that is read-only, it is made in a tmpfs on the directory above.
 */
static int open_place(Apply *apply, const char *path)
{
	cleanup_close int parent_fd = -1, tmpfs_fd = -1;
	int fd, r;

	fd = target_open_directory(apply, path);
	if (fd != -EROFS)
		return fd;
	parent_fd = open_in_root(apply->root_fd, PATH_JOURNAL, O_PATH | O_DIRECTORY);
	if (parent_fd < 0)
		return -EROFS;
	r = target_may_make(apply, parent_fd);
	if (r < 0)
		return r;
	tmpfs_fd = tmpfs_new(apply, "mode=0755,size=1m,nr_inodes=1k",
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (tmpfs_fd < 0)
		return tmpfs_fd;
	r = target_attach(apply, tmpfs_fd, parent_fd, /* is_ours= */ true);
	return r < 0 ? r : target_open_directory(apply, path);
}

/*
 * keep() - keep systemd from unmounting the journal, and the tmpfs that may be on the directory
 * above
 */
static int keep(Apply *apply, int fd)
{
	cleanup_close int parent_fd = -1;
	bool is_mount = false;
	int r;

	r = mount_unit_keep(apply, fd);
	if (r < 0)
		return r;
	parent_fd = open_in_root(apply->root_fd, PATH_JOURNAL, O_PATH);
	if (parent_fd < 0)
		return parent_fd;
	r = fd_get_mount(parent_fd, /* ret_mount_id= */ NULL, &is_mount);
	return r < 0 || !is_mount ? r : mount_unit_keep(apply, parent_fd);
}

/**
 * journal_mount() - mount the host's journal directory in the container, and ask its journald to be
 * modest
 *
 * Return: 0, or a negative errno.
 */
int journal_mount(Apply *apply, const PlanStep *step)
{
	cleanup_free char *drop_in = NULL;
	cleanup_close int fd = -1;
	int r;

	if (apply->journal_mount_fd < 0)
		return apply->journal_mount_fd;

	if (asprintf(&drop_in, "# made by oci-systemd-hook\n[Journal]\nSystemMaxUse=%s\n",
		     apply->journal_max_use) < 0) {
		drop_in = NULL;
		return -ENOMEM;
	}
	r = target_write_file(apply, PATH_JOURNALD_DIR, DROP_IN_NAME, drop_in);
	if (r < 0 && r != -EXDEV) { /* on a volume the limit is left out */
		apply->failed_at = PATH_JOURNALD_DIR;
		return r;
	}

	fd = open_place(apply, step->path);
	if (fd < 0)
		return fd;
	r = keep(apply, fd);
	if (r < 0)
		return r;
	r = target_attach(apply, apply->journal_mount_fd, fd, /* is_ours= */ false);
	return r < 0 ? r : journal_directory_publish(apply);
}
