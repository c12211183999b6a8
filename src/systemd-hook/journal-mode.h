/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-config.h"

#define ANNOTATION_JOURNAL "io.containers.systemd-hook.journal"

/* systemd-nspawn(1) --link-journal=, from least to most. */
typedef enum JournalMode {
	JOURNAL_NO,	  /* leave it in the container */
	JOURNAL_AUTO,	  /* only into a directory that is there already */
	JOURNAL_TRY_HOST, /* make the directory, carry on without if that fails */
	JOURNAL_HOST,	  /* make the directory, or fail; keep it after --rm */
} JournalMode;

int journal_mode_from_string(const char *word, JournalMode *ret);
const char *journal_mode_to_string(JournalMode mode);
int journal_mode_choose(const OciConfig *config, const JournalMode *option, JournalMode *ret);
