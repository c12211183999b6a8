/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "identity.h"
#include "undo.h"

#define JOURNAL_NEW_DIRECTORY ".oci-systemd-hook.new"

/* Where a directory is while it is made, below the host's journal directory. */
typedef struct JournalNewName {
	char text[sizeof(JOURNAL_NEW_DIRECTORY "/.4294967295") + sizeof(MachineId)];
} JournalNewName;

int journal_new_make(int parent_fd, const MachineId *id, Undo *undo, JournalNewName *ret_name);
int journal_new_publish(int parent_fd, const JournalNewName *name, const MachineId *id);

int journal_new_lock(int parent_fd, const MachineId *id);
void journal_new_unlock(int parent_fd, const MachineId *id, int fd);
