/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "oci-config.h"

/* Whose mount a path is on. */
typedef enum MountOwner {
	MOUNT_ROOTFS, /* the container's root file system */
	MOUNT_TMPFS,  /* a tmpfs of config.json */
	MOUNT_OTHER,  /* a volume of the user, or what config.json does not know: nothing is made
			 there */
} MountOwner;

/* The mounts that config.json knows, as the engine has left them; see mount_owners_load(). */
typedef struct MountOwners {
	uint64_t rootfs_id;
	struct KnownMount {
		uint64_t id;
		MountOwner owner;
		bool becomes_read_only; /* config.json says so; crun does it after the hooks */
	} * mounts;
	size_t n_mounts;
} MountOwners;

int mount_owners_load(const OciConfig *config, int root_fd, MountOwners *ret);
void mount_owners_done(MountOwners *owners);
bool mount_owners_become_read_only(const MountOwners *owners, uint64_t mount_id);
bool mount_owners_know(const MountOwners *owners, uint64_t mount_id);
MountOwner mount_owners_find(const MountOwners *owners, uint64_t mount_id);

#define cleanup_mount_owners cleanup(mount_owners_done)
