/* SPDX-License-Identifier: Apache-2.0 */
/* What unit tests make their input with: descriptors that read as given, files, bundles. */
#ifndef INPUT_H
#define INPUT_H

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

/* A descriptor that reads as the text. */
__attribute__((unused)) static int input_fd(const char *text, size_t size)
{
	int fd;

	fd = memfd_create("input", MFD_CLOEXEC);
	ASSERT_SYS(fd);
	ASSERT_EQ(write(fd, text, size), size);
	ASSERT_SYS(lseek(fd, 0, SEEK_SET));
	return fd;
}

/* A pipe in the place of a descriptor, and what was written to it since. To a file the hooks say less. */
__attribute__((unused)) static int input_pipe(int fd)
{
	int fds[2];

	ASSERT_SYS(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	ASSERT_SYS(dup2(fds[1], fd));
	ASSERT_SYS(close(fds[1]));
	return fds[0];
}

__attribute__((unused)) static void input_read_pipe(int fd, char *text, size_t size)
{
	ssize_t n = read(fd, text, size - 1);

	ASSERT(n >= 0 || errno == EAGAIN);
	text[n > 0 ? n : 0] = '\0';
}

/* A file of tests/data, opened for reading. */
__attribute__((unused)) static int input_data(const char *name)
{
	const char *source = getenv("TOP_SRCDIR");
	char path[PATH_MAX];
	int fd;

	(void) snprintf(path, sizeof(path), "%s/tests/data/%s", source ? source : "..", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	return fd;
}

__attribute__((unused)) static void input_write_file(int dir_fd, const char *name, const char *text,
						     mode_t mode)
{
	int fd;

	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ASSERT_SYS(fd);
	ASSERT_EQ(write(fd, text, strlen(text)), strlen(text));
	ASSERT_SYS(fchmod(fd, mode));
	ASSERT_SYS(close(fd));
}

/* An old kernel, or bookworm's valgrind, knows none of these calls. */
__attribute__((unused)) static void input_need_pidfd_open(void)
{
	long fd = syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0 && errno == ENOSYS)
		tap_skip("kernel: no pidfd_open");
	(void) close((int) fd);
}

__attribute__((unused)) static void input_need_openat2(void)
{
	static const uint64_t how[3];

	if (syscall(SYS_openat2, AT_FDCWD, "/", how, 0) < 0 && errno == ENOSYS)
		tap_skip("kernel: no openat2");
}

__attribute__((unused)) static void input_need_mount_calls(void)
{
	if (syscall(SYS_open_tree, -1, "", 0) < 0 && errno == ENOSYS)
		tap_skip("kernel: no open_tree");
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) < 0 && errno == ENOSYS)
		tap_skip("kernel: no mount_setattr");
}

static char input_directory_path[PATH_MAX];

/* An empty directory, one a test; input_directory_path is its path. It stays if the test fails. */
__attribute__((unused)) static int input_directory(void)
{
	int fd;

	(void) strcpy(input_directory_path, "/tmp/hook-test.XXXXXX");
	ASSERT(mkdtemp(input_directory_path));
	(void) strcpy(tap_shared->directory, input_directory_path);

	fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(fd);
	return fd;
}

#endif
