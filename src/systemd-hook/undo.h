/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One thing that was done, and can be taken back. */
typedef struct UndoEntry {
	int fd;	       /* of a mount's root, or of the directory in which something was made */
	bool is_moved; /* a mount that was at name below back_fd */
	int back_fd;
	uint64_t mount_id;     /* of a mount of ours in which things may be made; else 0 */
	uint64_t set, cleared; /* MOUNT_ATTR_… that were set on the mount, and cleared from it */
	char *name;	       /* of what was made, given away or moved; NULL for another mount */
	bool is_directory;
	bool is_owner; /* it was given away by these: */
	uid_t uid;
	gid_t gid;
} UndoEntry;

typedef struct Undo {
	UndoEntry *entries;
	size_t n_entries, space;
	int proc_fd; /* /proc/self, by which a mount is named for umount2(2) */
} Undo;

#define UNDO_NULL                                                                                  \
	{                                                                                          \
		.proc_fd = -1                                                                      \
	}

int undo_open(Undo *undo);
int undo_reserve(Undo *undo);
void undo_add_mount(Undo *undo, int fd, bool is_ours);
void undo_add_attributes(Undo *undo, int fd, uint64_t set, uint64_t cleared);
int undo_add_moved(Undo *undo, int fd, int back_fd, const char *path);
int undo_add_made(Undo *undo, int dir_fd, const char *name, bool is_directory);
int undo_add_owner(Undo *undo, int dir_fd, const char *name, uid_t uid, gid_t gid);
bool undo_has_mount(const Undo *undo, uint64_t mount_id);
void undo_forget(Undo *undo);
void undo_back_to(Undo *undo, size_t mark);
void undo_done(Undo *undo);
