/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root, which in a user namespace is somebody else outside.
 *
 * What is made for the container must be made as its root: a file system that was mounted in the
 * container's user namespace refuses owners that it has no number for (EOVERFLOW), and elsewhere
 * they would be nobody's in there.
 */
#include "container-root.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs-util.h"
#include "id-map.h"

/* the kernel takes 340 ranges */
#define ID_MAP_SIZE_MAX 32768

static int find_id(const ContainerProcess *process, const char *map, uint32_t *ret)
{
	cleanup_free char *text = NULL;
	int r;

	r = read_file_at(process->proc_fd, map, ID_MAP_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	r = id_map_to_outside(text, 0, ret);
	return r == -ENOENT ? -ENXIO : r;
}

/**
 * container_root_find() - find out who the container's root is
 * @process: its first process
 * @ret: its root
 *
 * Of the process, not of config.json, which does not tell where it names a namespace by path.
 *
 * Return: 0, -ENXIO if the container's user namespace has no root, or another negative errno.
 */
int container_root_find(const ContainerProcess *process, ContainerRoot *ret)
{
	struct stat theirs, ours;
	int r;

	*ret = (ContainerRoot){};
	/* ENOENT: a kernel without user namespaces */
	if (stat("/proc/self/ns/user", &ours) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstatat(process->proc_fd, "ns/user", &theirs, 0) < 0)
		return -errno;
	if (theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev)
		return 0;

	ret->is_other = true;
	r = find_id(process, "uid_map", &ret->uid);
	return r < 0 ? r : find_id(process, "gid_map", &ret->gid);
}

/* become() - be the container's root in all that is about files, with these capabilities */
static int become(const ContainerRoot *root, struct __user_cap_header_struct *header,
		  struct __user_cap_data_struct *capabilities)
{
	/* they tell of no failure but by what they find the next time */
	(void) setfsgid(root->gid);
	(void) setfsuid(root->uid);
	if ((gid_t) setfsgid((gid_t) -1) != root->gid || (uid_t) setfsuid((uid_t) -1) != root->uid)
		return -EPERM;
	/* setfsuid(2) has put away those about files */
	return syscall(SYS_capset, header, capabilities) < 0 ? -errno : 0;
}

/**
 * container_root_become() - make files as the container's root from now on
 *
 * All capabilities stay: what is the host's still has to be given away, or taken back. Where it
 * fails, we are who we were.
 *
 * Return: 0, or a negative errno.
 */
int container_root_become(const ContainerRoot *root)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct capabilities[_LINUX_CAPABILITY_U32S_3];
	int r;

	if (!root->is_other)
		return 0;
	if (syscall(SYS_capget, &header, capabilities) < 0)
		return -errno;
	r = become(root, &header, capabilities);
	if (r < 0) {
		/* with the capabilities about files, as setfsuid(2) has it for root */
		(void) setfsgid(0);
		(void) setfsuid(0);
	}
	return r;
}
