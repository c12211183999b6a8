/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options by statmount(2) are those of /proc/self/mountinfo. */
#include "systemd-hook/statmount.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"
#include "macro.h"
#include "tap.h"

/* options_in_table() - the last field of the line that begins with the mount's id */
static char *options_in_table(int fd)
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
			return strdup(strrchr(line, ' ') + 1);
	return NULL;
}

static void test_same_as_table(void)
{
	static const char *const paths[] = {"/proc", "/sys", "/dev", "/sys/fs/cgroup", "/"};

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		cleanup_free char *options = NULL, *expected = NULL;
		cleanup_close int fd = -1;
		int r;

		fd = open(paths[i], O_PATH | O_CLOEXEC);
		ASSERT(fd >= 0);
		r = statmount_options(fd, &options);
		if (r == -ENOSYS)
			tap_skip("kernel: statmount(2) is missing");
		expected = options_in_table(fd);
		ASSERT(expected);
		/* the table begins with rw or ro, which is no option of the file system's own */
		if (strchr(expected, ',')) {
			if (r == -ENODATA)
				tap_skip("kernel: STATMOUNT_MNT_OPTS is missing");
			ASSERT_OK(r);
			ASSERT_STREQ(options, strchr(expected, ',') + 1);
		} else if (r != -ENODATA) { /* else before Linux 6.13 */
			ASSERT_OK(r);
			ASSERT_STREQ(options, "");
		}
	}
}

static void test_no_mount(void)
{
	char *options = NULL;

	ASSERT(statmount_options(-1, &options) < 0);
	ASSERT(!options);
}

TAP_MAIN(TAP(test_same_as_table), TAP(test_no_mount))
