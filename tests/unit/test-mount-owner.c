/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a mount is: the last one of config.json that leads to it, else nobody that we know. */
#include "systemd-hook/mount-owner.h"

#include <fcntl.h>

#include "fs-util.h"
#include "input.h"
#include "macro.h"
#include "tap.h"

static void test_find(void)
{
	struct KnownMount mounts[] = {
		{2, MOUNT_TMPFS, false}, {3, MOUNT_OTHER, true},  {4, MOUNT_TMPFS, true},
		{4, MOUNT_OTHER, false}, {5, MOUNT_OTHER, false}, {5, MOUNT_TMPFS, true},
		{1, MOUNT_OTHER, true},
	};
	const MountOwners owners = {
		.rootfs_id = 1, .mounts = mounts, .n_mounts = ELEMENTSOF(mounts)};
	const MountOwner wanted[] = {MOUNT_OTHER, MOUNT_ROOTFS, MOUNT_TMPFS, MOUNT_OTHER,
				     MOUNT_OTHER, MOUNT_TMPFS,	MOUNT_OTHER};

	for (size_t id = 0; id < ELEMENTSOF(wanted); id++)
		ASSERT_EQ(mount_owners_find(&owners, id), wanted[id]);
	for (size_t id = 0; id < ELEMENTSOF(wanted); id++) {
		ASSERT_EQ(mount_owners_know(&owners, id), id >= 1 && id != 6);
		ASSERT_EQ(mount_owners_become_read_only(&owners, id),
			  id == 1 || id == 3 || id == 5);
	}
}

/* Without a privilege there is one mount only: the root file system, whatever config.json calls it. */
static void test_load(void)
{
	cleanup_close int directory_fd = input_directory();
	cleanup_mount_owners MountOwners owners = {};
	OciMount mounts[] = {
		{.path = (char *) "/run", .type = "tmpfs"},
		{.path = (char *) "/gone", .type = "tmpfs"},
	};
	const OciConfig config = {.mounts = mounts, .n_mounts = ELEMENTSOF(mounts)};
	uint64_t id;

	input_need_openat2();
	ASSERT_SYS(mkdirat(directory_fd, "run", 0755));
	ASSERT_OK(mount_owners_load(&config, directory_fd, &owners));
	ASSERT_OK(fd_get_mount(directory_fd, &id, NULL));
	ASSERT_EQ(owners.n_mounts, 1);
	ASSERT_EQ(owners.mounts[0].id, id);
	ASSERT_EQ(owners.mounts[0].owner, MOUNT_TMPFS);
	ASSERT_EQ(mount_owners_find(&owners, id), MOUNT_ROOTFS);
}

TAP_MAIN(TAP(test_find), TAP(test_load))
