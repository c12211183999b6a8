/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statmount(2) of Linux 6.8: one mount, not the whole table, which grows with all that the host has
 * mounted. Neither glibc nor older kernel headers know it, so what is used of it is written here.
 */
#include "statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"

#define SYS_STATMOUNT 457			   /* the same on all architectures */
#define GET_NAMESPACE_ID _IOR(0xb7, 0x5, uint64_t) /* NS_GET_MNTNS_ID, since 6.11 */
#define WANT_BASIC 0x2U				   /* STATMOUNT_MNT_BASIC */
#define WANT_UNIQUE_ID 0x4000U			   /* STATX_MNT_ID_UNIQUE */
#define WANT_ROOT 0x8U				   /* STATMOUNT_MNT_ROOT */
#define WANT_OPTIONS 0x80U			   /* STATMOUNT_MNT_OPTS, since 6.11 */
#define WANT_SOURCE 0x200U /* STATMOUNT_SB_SOURCE, since 6.13; every mount has one */
#define STRINGS_SIZE_MAX 4096

/* struct mnt_id_req: the first version, and the second where a namespace is named */
typedef struct Request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount_id;
	uint64_t mask;
	uint64_t namespace_id; /* since 6.11 */
} Request;

#define REQUEST_SIZE offsetof(Request, namespace_id)

/* struct statmount: what stands before the strings never changes its size */
typedef struct Answer {
	uint32_t size;
	uint32_t options; /* where in strings */
	uint64_t mask;
	uint8_t others[56];
	uint64_t propagation; /* MS_SHARED, MS_SLAVE … */
	uint64_t peer_group;
	uint8_t masters[16];
	uint32_t root; /* as options */
	uint8_t more[404];
	char strings[STRINGS_SIZE_MAX];
} Answer;

_Static_assert(offsetof(Answer, propagation) == 72 && offsetof(Answer, root) == 104,
	       "statmount(2)");

/* get_unique_id() - the id by which statmount(2) knows the mount of a descriptor */
static int get_unique_id(int fd, uint64_t *ret)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, WANT_UNIQUE_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & WANT_UNIQUE_ID))
		return -ENOSYS;
	*ret = stx.stx_mnt_id;
	return 0;
}

static int copy_string(const Answer *answer, uint32_t at, char **ret)
{
	if (at >= sizeof(answer->strings))
		return -ENODATA;
	*ret = strdup(answer->strings + at);
	return *ret ? 0 : -ENOMEM;
}

/**
 * statmount_read() - root and options of a mount, as /proc/self/mountinfo shows them
 * @fd: something on it
 * @ret_root: the directory of the file system that is its root; to be freed; NULL if not wanted
 * @ret_options: the options of the file system; to be freed
 *
 * No answer about options can mean that there are none, or a kernel that does not know the question.
 * One that tells the source, which is younger, knows it.
 *
 * Return: 0, -ENODATA if that stays open (before Linux 6.13), -ENOSYS before 6.8, -ENOMEM, or
 * another negative errno.
 */
int statmount_read(int fd, char **ret_root, char **ret_options)
{
	Request request = {.size = REQUEST_SIZE, .mask = WANT_OPTIONS | WANT_SOURCE};
	cleanup_free char *options = NULL;
	Answer answer = {};
	int r;

	if (ret_root)
		request.mask |= WANT_ROOT;
	r = get_unique_id(fd, &request.mount_id);
	if (r < 0)
		return r;
	/* the last byte stays ours: a NUL */
	if (syscall(SYS_STATMOUNT, &request, &answer, sizeof(answer) - 1, 0) < 0)
		return -errno;
	if (!(answer.mask & (WANT_OPTIONS | WANT_SOURCE)) ||
	    (ret_root && !(answer.mask & WANT_ROOT)))
		return -ENODATA;

	if (answer.mask & WANT_OPTIONS)
		r = copy_string(&answer, answer.options, &options);
	else
		r = (options = strdup("")) ? 0 : -ENOMEM;
	if (r >= 0 && ret_root)
		r = copy_string(&answer, answer.root, ret_root);
	if (r < 0)
		return r;
	*ret_options = steal_ptr(options);
	return 0;
}

/* get_namespace_id() - the id by which statmount(2) knows the mount namespace of a process */
static int get_namespace_id(int proc_fd, uint64_t *ret)
{
	cleanup_close int fd = openat(proc_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, GET_NAMESPACE_ID, ret) < 0 ? -errno : 0;
}

/**
 * statmount_read_group() - the peer group of a mount
 * @fd: something on it
 * @proc_fd: /proc/PID of a process in whose mount namespace it is
 * @ret: the group's number, 0 if the mount is not shared
 *
 * Return: 0, or a negative errno: -ENOSYS before Linux 6.8, others before 6.11 if the namespace is
 * not ours.
 */
int statmount_read_group(int fd, int proc_fd, uint64_t *ret)
{
	Request request = {.size = REQUEST_SIZE, .mask = WANT_BASIC};
	Answer answer = {};
	long result;
	int r;

	r = get_unique_id(fd, &request.mount_id);
	if (r < 0)
		return r;
	result = syscall(SYS_STATMOUNT, &request, &answer, sizeof(answer) - 1, 0);
	if (result < 0 && errno == ENOENT) {
		request.size = sizeof(request);
		r = get_namespace_id(proc_fd, &request.namespace_id);
		if (r < 0)
			return r;
		result = syscall(SYS_STATMOUNT, &request, &answer, sizeof(answer) - 1, 0);
	}
	if (result < 0)
		return -errno;
	if (!(answer.mask & WANT_BASIC))
		return -ENODATA;
	*ret = answer.propagation & MS_SHARED ? answer.peer_group : 0;
	return 0;
}
