/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing that was done, and can be taken back. */
typedef struct UndoEntry {
	int fd;		   /* of a mount's root, or of the directory in which something was made */
	uint64_t mount_id; /* of a mount; else 0 */
	char *name;	   /* of what was made; NULL for a mount */
	bool is_directory;
} UndoEntry;

typedef struct Undo {
	UndoEntry *entries;
	size_t n_entries, space;
} Undo;

int undo_reserve(Undo *undo);
void undo_add_mount(Undo *undo, int fd);
int undo_add_made(Undo *undo, int dir_fd, const char *name, bool is_directory);
bool undo_has_mount(const Undo *undo, uint64_t mount_id);
void undo_back_to(Undo *undo, size_t mark);
void undo_done(Undo *undo);
