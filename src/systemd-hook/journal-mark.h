/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "container-home.h"
#include "oci-state.h"

/* Which container a journal directory belongs to: the mark on it. */
typedef struct JournalOwner {
	char *id;
	const char *bundle; /* in the same memory */
	ContainerHome home;
	bool is_rm;	     /* its engine removes it when it ends: the journal goes with it */
	bool is_chosen;	     /* the user chose the id: the journal outlives the container */
	pid_t leader;	     /* of a chosen id: the container's process, 0 if not known */
	uint64_t start_time; /* of that process, proc_pid_stat(5) */
} JournalOwner;

int journal_mark_check(int fd, const OciState *state);
int journal_mark_read(int fd, JournalOwner *ret);
int journal_mark_write(int fd, const JournalOwner *owner);
void journal_owner_done(JournalOwner *owner);

#define cleanup_journal_owner cleanup(journal_owner_done)
