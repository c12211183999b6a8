/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options by statmount(2) are those of /proc/self/mountinfo. */
#include "systemd-hook/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "fs-util.h"
#include "macro.h"
#include "tap.h"

/* line_in_table() - the line that begins with the mount's id */
static char *line_in_table(int fd)
{
	cleanup_free char *table = NULL;
	uint64_t id;
	size_t size;
	int table_fd;

	ASSERT_OK(fd_get_mount(fd, &id, NULL));
	table_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	ASSERT(table_fd >= 0);
	ASSERT_OK(read_limited(table_fd, 1024 * 1024, &table, &size));
	ASSERT_OK(close(table_fd));

	for (char *line = strtok(table, "\n"); line; line = strtok(NULL, "\n"))
		if (strtoull(line, NULL, 10) == id)
			return strdup(line);
	return NULL;
}

static void test_same_as_table(void)
{
	static const char *const paths[] = {"/proc", "/sys", "/dev", "/sys/fs/cgroup", "/"};

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		cleanup_free char *root = NULL, *options = NULL, *line = NULL,
				  *expected_root = NULL;
		const char *expected;
		cleanup_close int fd = -1;
		int r;

		fd = open(paths[i], O_PATH | O_CLOEXEC);
		ASSERT(fd >= 0);
		r = statmount_read(fd, &root, &options);
		if (r == -ENOSYS)
			tap_skip("kernel: statmount(2) is missing");
		line = line_in_table(fd);
		ASSERT(line);
		ASSERT_EQ(sscanf(line, "%*s %*s %*s %ms", &expected_root), 1);
		expected = strrchr(line, ' ') + 1;
		/* the table begins with rw or ro, which is no option of the file system's own */
		if (strchr(expected, ',')) {
			if (r == -ENODATA)
				tap_skip("kernel: STATMOUNT_MNT_OPTS is missing");
			ASSERT_OK(r);
			ASSERT_STREQ(options, strchr(expected, ',') + 1);
			ASSERT_STREQ(root, expected_root);
		} else if (r != -ENODATA) { /* else before Linux 6.13 */
			ASSERT_OK(r);
			ASSERT_STREQ(options, "");
		}
	}
}

static void test_root_of_a_bind_mount(void)
{
	cleanup_free char *root = NULL, *options = NULL;
	cleanup_close int fd = -1;
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		tap_skip("kernel: an ordinary user cannot mount");
	ASSERT_SYS(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_SYS(mount("/proc/sys/kernel", "/proc/sys/kernel", NULL, MS_BIND, NULL));
	fd = open("/proc/sys/kernel", O_PATH | O_CLOEXEC);
	ASSERT(fd >= 0);
	r = statmount_read(fd, &root, &options);
	if (r == -ENOSYS || r == -ENODATA)
		tap_skip("kernel: statmount(2) is missing, or tells no options");
	ASSERT_OK(r);
	ASSERT_STREQ(root, "/sys/kernel");
}

static void test_no_mount(void)
{
	char *options = NULL;

	ASSERT(statmount_read(-1, NULL, &options) < 0);
	ASSERT(!options);
}

TAP_MAIN(TAP(test_same_as_table), TAP(test_root_of_a_bind_mount), TAP(test_no_mount))
