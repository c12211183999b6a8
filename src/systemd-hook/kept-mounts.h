/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "oci-config.h"

typedef struct Apply Apply;

typedef struct KeptMount {
	char *path; /* relative to the directory that is to be covered */
	int fd;	    /* its root, wherever it is mounted */
} KeptMount;

/* The user's mounts below a directory that is to be covered by a tmpfs. */
typedef struct KeptMounts {
	int source_fd; /* the directory that is to be covered; -1 if there is none */
	int dest_fd;   /* the tmpfs, borrowed */
	KeptMount *mounts;
	size_t n_mounts;
} KeptMounts;

#define KEPT_MOUNTS_NULL                                                                           \
	{                                                                                          \
		.source_fd = -1, .dest_fd = -1                                                     \
	}

int kept_mounts_add(KeptMounts *kept, int dir_fd, const char *name, const char *path,
		    bool is_directory);
int kept_mounts_add_configured(KeptMounts *kept, const OciConfig *config, int root_fd);
int kept_mounts_move(const KeptMounts *kept, Apply *apply);
void kept_mounts_done(KeptMounts *kept);
