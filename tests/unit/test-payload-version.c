/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the image's systemd, found in whatever the image has in its place. */
#include "systemd-hook/payload-version.h"

#include "cleanup.h"
#include "input.h"
#include "macro.h"
#include "tap.h"

#define BUFFER 65536

static unsigned int version_of(int root_fd, const char *arg0)
{
	return payload_version(&(OciConfig){.arg0 = arg0}, root_fd);
}

static void write_at(int fd, off_t offset, const char *text)
{
	cleanup_close int file_fd = openat(fd, "init", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	ASSERT_SYS(file_fd);
	ASSERT_EQ(pwrite(file_fd, text, strlen(text), offset), strlen(text));
}

static void test_found(void)
{
	static const off_t offsets[] = {0, 100, BUFFER - 25, BUFFER - 21, BUFFER, 3 * BUFFER - 1};
	cleanup_close int fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(offsets); i++) {
		write_at(fd, offsets[i], "libsystemd-shared-257.so and more");
		ASSERT_EQ(version_of(fd, "/init"), 257);
		ASSERT_SYS(unlinkat(fd, "init", 0));
	}
	/* as distributions call theirs */
	write_at(fd, 10, "libsystemd-shared-252.39-1~deb12u2.so");
	ASSERT_EQ(version_of(fd, "/init"), 252);
}

static void test_not_found(void)
{
	cleanup_close int fd = input_directory();

	ASSERT_EQ(version_of(fd, "/init"), 0);
	ASSERT_EQ(version_of(fd, NULL), 0);
	write_at(fd, 0, "libsystemd-shared-");
	ASSERT_EQ(version_of(fd, "/init"), 0);
	write_at(fd, 0, "libsystemd-shared-main.so is no number");
	ASSERT_EQ(version_of(fd, "/init"), 0);
	ASSERT_SYS(mkfifoat(fd, "fifo", 0755));
	ASSERT_EQ(version_of(fd, "/fifo"), 0);
	ASSERT_SYS(mkdirat(fd, "directory", 0755));
	ASSERT_EQ(version_of(fd, "/directory"), 0);
}

TAP_MAIN(TAP(test_found), TAP(test_not_found))
