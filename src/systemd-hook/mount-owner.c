/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose mount something is on: by mount id, not by name, so that links of the image and volumes at
 * any depth are seen for what they are.
 */
#include "mount-owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"

/** mount_owners_done() - release what is known */
void mount_owners_done(MountOwners *owners)
{
	free(owners->mounts);
	*owners = (MountOwners){};
}

/**
 * mount_owners_load() - look up which mount each path of config.json leads to
 * @config: the container
 * @root_fd: its root file system
 * @ret: the mounts; release with mount_owners_done()
 *
 * Once, before anything is changed: a later mount of ours would hide what was there.
 *
 * Return: 0, -ENOMEM, or another negative errno (look_up_failed(), statx(2)).
 */
int mount_owners_load(const OciConfig *config, int root_fd, MountOwners *ret)
{
	cleanup_mount_owners MountOwners owners = {};
	int r;

	r = fd_get_mount(root_fd, &owners.rootfs_id, NULL);
	if (r < 0)
		return r;
	owners.mounts = calloc(config->n_mounts + 1, sizeof(*owners.mounts));
	if (!owners.mounts)
		return -ENOMEM;

	for (size_t i = 0; i < config->n_mounts; i++) {
		const OciMount *mount = &config->mounts[i];
		bool is_tmpfs = mount->type && strcmp(mount->type, "tmpfs") == 0 &&
				!oci_mount_is_bind(mount);
		struct KnownMount *known = &owners.mounts[owners.n_mounts];
		cleanup_close int fd = open_in_root(root_fd, mount->path, O_PATH);

		if (look_up_failed(fd))
			return fd;
		if (fd < 0)
			continue;
		r = fd_get_mount(fd, &known->id, NULL);
		if (r < 0)
			return r;
		known->owner = is_tmpfs ? MOUNT_TMPFS : MOUNT_OTHER;
		known->becomes_read_only = oci_mount_is_read_only(mount);
		owners.n_mounts++;
	}
	*ret = owners;
	owners = (MountOwners){};
	return 0;
}

/* find() - the last mount of config.json that leads to a mount, which is on top; NULL if none does */
static const struct KnownMount *find(const MountOwners *owners, uint64_t mount_id)
{
	for (size_t i = owners->n_mounts; i > 0; i--)
		if (owners->mounts[i - 1].id == mount_id)
			return &owners->mounts[i - 1];
	return NULL;
}

/**
 * mount_owners_find() - whose a mount is
 *
 * Where a tmpfs and a later volume lead to the same place, the volume is what is seen there.
 */
MountOwner mount_owners_find(const MountOwners *owners, uint64_t mount_id)
{
	const struct KnownMount *mount;

	if (mount_id == owners->rootfs_id)
		return MOUNT_ROOTFS;
	mount = find(owners, mount_id);
	return mount ? mount->owner : MOUNT_OTHER;
}

/** mount_owners_know() - whether a mount is one of config.json */
bool mount_owners_know(const MountOwners *owners, uint64_t mount_id)
{
	return find(owners, mount_id);
}

/** mount_owners_become_read_only() - whether a mount is read-only in the end, as config.json has it */
bool mount_owners_become_read_only(const MountOwners *owners, uint64_t mount_id)
{
	const struct KnownMount *mount = find(owners, mount_id);

	return mount && mount->becomes_read_only;
}
