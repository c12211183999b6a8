/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "identity.h"
#include "journal-mark.h"

/* Of a directory on its way out; the name begins with a dot. */
#define JOURNAL_OLD_SUFFIX ".oci-systemd-hook.old"

/* The name of a directory on its way out. journald and journalctl ignore it; it keeps its mark. */
typedef struct JournalOldName {
	char text[sizeof(MachineId) + sizeof("." JOURNAL_OLD_SUFFIX)];
} JournalOldName;

/* Whether a container is gone, asked once more when its directory is out of sight. */
typedef bool (*JournalIsGone)(const JournalOwner *owner);

JournalOldName journal_old_name(const char *id);
int journal_remove(int parent_fd, const char *id, int fd, const JournalOwner *owner,
		   JournalIsGone is_gone, unsigned int max_entries);
