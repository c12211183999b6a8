/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "oci-config.h"

typedef struct Apply Apply;

typedef struct KeptMount {
	char *path; /* relative to the directory that is to be covered */
	int fd;	    /* a mount of it, with all below it, not attached */
} KeptMount;

/* The user's mounts below a directory that is to be covered by a tmpfs. */
typedef struct KeptMounts {
	int dest_fd; /* the tmpfs, borrowed */
	KeptMount *mounts;
	size_t n_mounts;
} KeptMounts;

int kept_mounts_add(KeptMounts *kept, int dir_fd, const char *name, const char *path,
		    bool is_directory);
int kept_mounts_add_configured(KeptMounts *kept, const OciConfig *config, int root_fd,
			       int source_fd);
int kept_mounts_put_back(const KeptMounts *kept, Apply *apply);
void kept_mounts_done(KeptMounts *kept);
