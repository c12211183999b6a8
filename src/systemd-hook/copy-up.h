/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hard-links.h"
#include "kept-mounts.h"

#define COPY_UP_BYTES_MAX (32 * 1024 * 1024)
#define COPY_UP_ENTRIES_MAX 10000

typedef struct CopyUp {
	const char *const *skip; /* paths relative to the directory copied; ends with NULL */
	const char *apart;	 /* such a path that is not even looked into; or NULL */
	bool mounts_only;	 /* nothing is copied, mounts are kept all the same */
	KeptMounts kept;	 /* with the place and owner of the copy filled in */
	HardLinks hard_links;
	uint64_t bytes, entries; /* copied so far */
	char *stopped_at;	 /* where a limit was reached, else NULL */
	int stopped_by;	 /* negative errno: -E2BIG for the limits, else why the copy could not go on
				  */
	bool lost_mount; /* it is a mount that cannot be kept */
} CopyUp;

int copy_up(int source_fd, CopyUp *copy);
void copy_up_done(CopyUp *copy);
