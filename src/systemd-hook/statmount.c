/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statmount(2) of Linux 6.8: one mount, not the whole table, which grows with all that the host has
 * mounted. Neither glibc nor older kernel headers know it, so what is used of it is written here.
 */
#include "statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"

#define SYS_STATMOUNT 457      /* the same on all architectures */
#define WANT_UNIQUE_ID 0x4000U /* STATX_MNT_ID_UNIQUE */
#define WANT_ROOT 0x8U	       /* STATMOUNT_MNT_ROOT */
#define WANT_OPTIONS 0x80U     /* STATMOUNT_MNT_OPTS, since 6.11 */
#define WANT_SOURCE 0x200U     /* STATMOUNT_SB_SOURCE, since 6.13; every mount has one */
#define STRINGS_SIZE_MAX 4096

/* struct mnt_id_req, first version */
typedef struct Request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount_id;
	uint64_t mask;
} Request;

/* struct statmount: what stands before the strings never changes its size */
typedef struct Answer {
	uint32_t size;
	uint32_t options; /* where in strings */
	uint64_t mask;
	uint8_t others[88];
	uint32_t root; /* likewise */
	uint8_t more[404];
	char strings[STRINGS_SIZE_MAX];
} Answer;

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
	Request request = {.size = sizeof(request), .mask = WANT_OPTIONS | WANT_SOURCE};
	cleanup_free char *options = NULL;
	Answer answer = {};
	struct statx stx;
	int r;

	if (ret_root)
		request.mask |= WANT_ROOT;
	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, WANT_UNIQUE_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & WANT_UNIQUE_ID))
		return -ENOSYS;

	request.mount_id = stx.stx_mnt_id;
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
