/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COPY_UP_BYTES_MAX (32 * 1024 * 1024)
#define COPY_UP_ENTRIES_MAX 10000

/* A mount that was met on the way; it is to be put into the copy. */
typedef struct KeptMount {
	char *path; /* relative to the directory copied */
	int fd;	    /* a mount of it, with all below it, not attached */
} KeptMount;

typedef struct CopyUp {
	const char *const *skip; /* paths relative to the directory copied; ends with NULL */
	uint64_t bytes, entries; /* copied so far */
	KeptMount *kept;
	size_t n_kept;
	char *stopped_at; /* where a limit was reached, else NULL */
	int stopped_by; /* negative errno: -E2BIG for the limits, else why the copy could not go on
			 */
} CopyUp;

int copy_up(int source_fd, int dest_fd, CopyUp *copy);
int copy_up_keep(CopyUp *copy, int dir_fd, const char *name, const char *path);
int copy_up_make_place(int dir_fd, const char *name, bool is_directory);
void copy_up_done(CopyUp *copy);
