/* SPDX-License-Identifier: Apache-2.0 */
/* What stdout and stderr may be, and what is written there of a container's text. */
#include "stream.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "input.h"
#include "tap.h"

static void check(int fd, StreamKind kind)
{
	ASSERT_SYS(fd);
	ASSERT_EQ(stream_kind(fd), kind);
	ASSERT_STREQ(stream_text(fd, "text"), kind == STREAM_READER ? "text" : "[...]");
	ASSERT_SYS(close(fd));
}

static void test_readers(void)
{
	int fds[2];

	ASSERT_SYS(pipe(fds));
	check(fds[0], STREAM_READER);
	check(fds[1], STREAM_READER);
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		ASSERT_SYS(socketpair(AF_UNIX, type, 0, fds));
		check(fds[0], STREAM_READER);
		check(fds[1], STREAM_READER);
	}
	fds[0] = posix_openpt(O_RDWR | O_NOCTTY);
	if (fds[0] < 0 || unlockpt(fds[0]) < 0)
		tap_skip("kernel: no pseudo-terminals");
	check(ioctl(fds[0], TIOCGPTPEER, O_RDWR | O_NOCTTY), STREAM_READER);
	ASSERT_SYS(close(fds[0]));
}

static void test_files(void)
{
	cleanup_close int directory_fd = input_directory();

	input_write_file(directory_fd, "file", "", 0600);
	check(openat(directory_fd, "file", O_WRONLY | O_APPEND), STREAM_FILE);
	check(memfd_create("file", 0), STREAM_FILE);
	check(open("/proc/self/comm", O_WRONLY), STREAM_FILE);
}

static void test_others(void)
{
	cleanup_close int directory_fd = input_directory();

	ASSERT_SYS(mkfifoat(directory_fd, "fifo", 0600));
	check(openat(directory_fd, "fifo", O_RDWR), STREAM_OTHER);
	check(open("/dev/null", O_WRONLY), STREAM_OTHER);
	check(open("/", O_RDONLY | O_DIRECTORY), STREAM_OTHER);
	check(openat(directory_fd, ".", O_PATH), STREAM_OTHER);
	ASSERT_EQ(stream_kind(-1), STREAM_OTHER);
	ASSERT_EQ(stream_kind(900), STREAM_OTHER);
	/* only the node is needed: a device without a driver cannot be opened for more */
	if (mknodat(directory_fd, "disk", S_IFBLK | 0600, makedev(7, 0)) < 0)
		tap_skip("kernel: no device nodes for this user");
	check(openat(directory_fd, "disk", O_PATH), STREAM_OTHER);
}

TAP_MAIN(TAP(test_readers), TAP(test_files), TAP(test_others))
