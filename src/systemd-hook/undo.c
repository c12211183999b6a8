/* SPDX-License-Identifier: Apache-2.0 */
/* A record of mounts and files made, so that a step that fails half-way leaves nothing behind. */
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "log.h"

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
 */
void undo_add_mount(Undo *undo, int fd)
{
	UndoEntry *entry = &undo->entries[undo->n_entries++];

	*entry = (UndoEntry){.fd = fd};
	(void) fd_get_mount(fd, &entry->mount_id, NULL);
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
	UndoEntry entry = {.fd = -1, .is_directory = is_directory};
	int r;

	r = undo_reserve(undo);
	if (r >= 0) {
		entry.name = strdup(name);
		entry.fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
		r = !entry.name ? -ENOMEM : entry.fd < 0 ? -errno : 0;
	}
	if (r < 0) {
		(void) unlinkat(dir_fd, name, is_directory ? AT_REMOVEDIR : 0);
		free(entry.name);
		(void) close_fd(entry.fd);
		return r;
	}
	undo->entries[undo->n_entries++] = entry;
	return 0;
}

/** undo_has_mount() - whether a mount is one of those recorded */
bool undo_has_mount(const Undo *undo, uint64_t mount_id)
{
	for (size_t i = 0; i < undo->n_entries; i++)
		if (!undo->entries[i].name && undo->entries[i].mount_id == mount_id)
			return true;
	return false;
}

static void release(UndoEntry *entry)
{
	(void) close_fd(entry->fd);
	free(entry->name);
}

static int take_back(const UndoEntry *entry)
{
	if (entry->name) {
		if (unlinkat(entry->fd, entry->name, entry->is_directory ? AT_REMOVEDIR : 0) < 0)
			return -errno;
		return 0;
	}
	/* umount2(2) takes no descriptor: go to the mount's root and unmount where we are */
	if (fchdir(entry->fd) < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	return 0;
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
		r = take_back(entry);
		if (r < 0)
			(void) log_debug_errno(r, "Failed to take back %s: %m",
					       entry->name ?: "a mount");
		release(entry);
	}
	if (moved)
		(void) !chdir("/");
}

/** undo_done() - forget what was recorded; it stays done */
void undo_done(Undo *undo)
{
	while (undo->n_entries > 0)
		release(&undo->entries[--undo->n_entries]);
	free(undo->entries);
	*undo = (Undo){};
}
