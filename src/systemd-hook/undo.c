/* SPDX-License-Identifier: Apache-2.0 */
/* A record of mounts and files made, so that a step that fails half-way leaves nothing behind. */
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "log.h"
#include "mount-attributes.h"

/**
 * undo_open() - open what is needed to take mounts back
 *
 * To be called on the host, before the container's mount namespace is entered.
 *
 * Return: 0, or the negative errno of open(2).
 */
int undo_open(Undo *undo)
{
	undo->proc_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return undo->proc_fd < 0 ? -errno : 0;
}

/**
 * undo_reserve() - make room for one more entry
 *
 * To be called before something is done that must not fail to be recorded.
 *
 * Return: 0, or -ENOMEM.
 */
int undo_reserve(Undo *undo)
{
	UndoEntry *bigger;
	size_t space;

	if (undo->n_entries < undo->space)
		return 0;

	space = undo->space ? 2 * undo->space : 32;
	bigger = reallocarray(undo->entries, space, sizeof(UndoEntry));
	if (!bigger)
		return -ENOMEM;
	undo->entries = bigger;
	undo->space = space;
	return 0;
}

/**
 * undo_add_mount() - record a mount; there must be room for it
 * @fd: its root; taken over
 * @is_ours: whether things may be made in it: not in a volume that was only put elsewhere
 */
void undo_add_mount(Undo *undo, int fd, bool is_ours)
{
	UndoEntry *entry = &undo->entries[undo->n_entries++];

	*entry = (UndoEntry){.fd = fd};
	if (is_ours)
		(void) fd_get_mount(fd, &entry->mount_id, NULL);
}

/**
 * undo_add_attributes() - record what was changed of a mount; there must be room for it
 * @fd: its root; taken over
 * @set: MOUNT_ATTR_… that were set
 * @cleared: MOUNT_ATTR_… that were cleared
 */
void undo_add_attributes(Undo *undo, int fd, uint64_t set, uint64_t cleared)
{
	undo->entries[undo->n_entries++] = (UndoEntry){.fd = fd, .set = set, .cleared = cleared};
}

/**
 * undo_add_moved() - record a mount that is about to be moved; there must be room for it
 * @fd: its root; stays the caller's
 * @back_fd: a directory above the place that it is moved from
 * @path: that place, relative to @back_fd
 *
 * Return: 0, -ENOMEM, or the negative errno of fcntl(2).
 */
int undo_add_moved(Undo *undo, int fd, int back_fd, const char *path)
{
	cleanup_free char *name = strdup(path);
	cleanup_close int mount_fd = -1, dir_fd = -1;

	if (!name)
		return -ENOMEM;
	mount_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (mount_fd < 0)
		return -errno;
	dir_fd = fcntl(back_fd, F_DUPFD_CLOEXEC, 0);
	if (dir_fd < 0)
		return -errno;
	undo->entries[undo->n_entries++] = (UndoEntry){.fd = steal_fd(&mount_fd),
						       .is_moved = true,
						       .back_fd = steal_fd(&dir_fd),
						       .name = steal_ptr(name)};
	return 0;
}

/* add_name() - record something by its name in a directory */
static int add_name(Undo *undo, int dir_fd, const char *name, UndoEntry entry)
{
	int r;

	r = undo_reserve(undo);
	if (r < 0)
		return r;
	entry.name = strdup(name);
	if (!entry.name)
		return -ENOMEM;
	entry.fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	if (entry.fd < 0) {
		r = -errno;
		free(entry.name);
		return r;
	}
	undo->entries[undo->n_entries++] = entry;
	return 0;
}

/**
 * undo_add_made() - record a file or directory that was just made, and remove it again if it cannot
 * be recorded
 * @dir_fd: the directory in which it was made
 * @name: its name there
 * @is_directory: what it is
 *
 * Return: 0, -ENOMEM, or the negative errno of fcntl(2).
 */
int undo_add_made(Undo *undo, int dir_fd, const char *name, bool is_directory)
{
	int r;

	r = add_name(undo, dir_fd, name, (UndoEntry){.is_directory = is_directory});
	if (r < 0)
		(void) unlinkat(dir_fd, name, is_directory ? AT_REMOVEDIR : 0);
	return r;
}

/**
 * undo_add_owner() - record the owner of a file that is about to be given away
 * @dir_fd: the directory that it is in
 * @name: its name there
 * @uid: owner
 * @gid: group
 *
 * Return: 0, -ENOMEM, or the negative errno of fcntl(2).
 */
int undo_add_owner(Undo *undo, int dir_fd, const char *name, uid_t uid, gid_t gid)
{
	return add_name(undo, dir_fd, name, (UndoEntry){.is_owner = true, .uid = uid, .gid = gid});
}

/** undo_has_mount() - whether a mount is one of ours, in which things may be made */
bool undo_has_mount(const Undo *undo, uint64_t mount_id)
{
	for (size_t i = 0; i < undo->n_entries; i++)
		if (undo->entries[i].mount_id == mount_id)
			return true;
	return false;
}

static void release(UndoEntry *entry)
{
	(void) close_fd(entry->fd);
	if (entry->is_moved)
		(void) close_fd(entry->back_fd);
	free(entry->name);
}

static int unmount(const Undo *undo, int fd)
{
	char name[sizeof("fd/2147483647")];

	/* umount2(2) takes no descriptor, but follows the link by which procfs shows one */
	(void) snprintf(name, sizeof(name), "fd/%d", fd);
	if (fchdir(undo->proc_fd) < 0 || umount2(name, MNT_DETACH) < 0)
		return -errno;
	return 0;
}

static int move_back(const UndoEntry *entry)
{
	cleanup_close int fd = open_in_root(entry->back_fd, entry->name, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	return move_mount(entry->fd, "", fd, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

static int take_back(const Undo *undo, const UndoEntry *entry)
{
	int r;

	if (entry->is_moved)
		return move_back(entry);
	if (entry->name && entry->is_owner)
		r = fchownat(entry->fd, entry->name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW);
	else if (entry->name)
		r = unlinkat(entry->fd, entry->name, entry->is_directory ? AT_REMOVEDIR : 0);
	else if (entry->set || entry->cleared)
		return mount_attributes_change(entry->fd, entry->cleared, entry->set);
	else
		return unmount(undo, entry->fd);
	return r < 0 ? -errno : 0;
}

/**
 * undo_back_to() - take back, latest first, what was recorded
 * @mark: how many entries, from the first on, stay
 */
void undo_back_to(Undo *undo, size_t mark)
{
	bool moved = false;
	int r;

	while (undo->n_entries > mark) {
		UndoEntry *entry = &undo->entries[--undo->n_entries];

		moved = moved || !entry->name;
		r = take_back(undo, entry);
		if (r < 0)
			(void) log_debug_errno(r, "Failed to take back %.256s: %m",
					       entry->name ?: "a mount");
		release(entry);
	}
	if (moved)
		(void) !chdir("/");
}

/** undo_forget() - forget the last entry: what it is about was not done */
void undo_forget(Undo *undo)
{
	release(&undo->entries[--undo->n_entries]);
}

/** undo_done() - forget what was recorded; it stays done */
void undo_done(Undo *undo)
{
	while (undo->n_entries > 0)
		release(&undo->entries[--undo->n_entries]);
	free(undo->entries);
	(void) close_fd(undo->proc_fd);
	*undo = (Undo) UNDO_NULL;
}
