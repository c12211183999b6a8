/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"
#include "cleanup.h"

/* Of a directory on its way out; the name begins with a dot. */
#define JOURNAL_OLD_SUFFIX ".oci-systemd-hook.old"

/* Which container a directory was made for. */
typedef struct JournalOwner {
	char *id;
	const char *bundle; /* in the same memory */
} JournalOwner;

bool journal_is_not_kept(int r);
int journal_directory_open(Apply *apply);
int journal_directory_publish(Apply *apply);
int journal_directory_remove(const OciState *state, const MachineId *id);

int journal_directory_read_owner(int fd, JournalOwner *ret);
void journal_owner_done(JournalOwner *owner);

#define cleanup_journal_owner cleanup(journal_owner_done)
