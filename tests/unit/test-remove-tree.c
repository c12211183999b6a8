/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of what the container's root made: all of it, and nothing else. */
#include "systemd-hook/remove-tree.h"

#include <sys/resource.h>

#include "cleanup.h"
#include "input.h"
#include "namespace.h"
#include "tap.h"

static void assert_empty(int fd)
{
	cleanup_dir DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	ASSERT(dir);
	while ((entry = readdir(dir)))
		ASSERT(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
}

static void test_all_kinds(void)
{
	cleanup_close int top_fd = input_directory(), fd = -1, outside_fd = -1;

	ASSERT_SYS(mkdirat(top_fd, "outside", 0755));
	outside_fd = openat(top_fd, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	input_write_file(outside_fd, "file", "stays", 0444);
	ASSERT_SYS(mkdirat(top_fd, "tree", 0755));
	fd = openat(top_fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	input_write_file(fd, "system.journal", "x", 0400);
	input_write_file(fd, "odd \n name", "", 0);
	ASSERT_SYS(symlinkat("../outside", fd, "link"));
	ASSERT_SYS(symlinkat("nowhere", fd, "dangling"));
	ASSERT_SYS(linkat(outside_fd, "file", fd, "hard-link", 0));
	ASSERT_SYS(mkfifoat(fd, "fifo", 0600));
	ASSERT_SYS(mkdirat(fd, "empty", 0755));
	ASSERT_SYS(mkdirat(fd, "full", 0755));
	ASSERT_SYS(symlinkat("../../outside", fd, "full/link"));

	ASSERT_OK(remove_tree(fd, 0));
	assert_empty(fd);
	ASSERT_OK(remove_tree(fd, 0));
	ASSERT_SYS(faccessat(outside_fd, "file", F_OK, 0));
}

/* However deep, with few descriptors; and names like those that removal itself gives */
static void test_deep(void)
{
	cleanup_close int top_fd = input_directory();
	struct rlimit limit;

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 512;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_SYS(mkdirat(top_fd, "raised-0", 0755));
	ASSERT_SYS(mkdirat(top_fd, "raised-2", 0755));
	for (int tree = 0; tree < 2; tree++) {
		int fd = dup(top_fd);

		for (int depth = 0; depth < 1000; depth++) {
			int below;

			ASSERT_SYS(mkdirat(fd, tree ? "deep" : "d", 0755));
			below = openat(fd, tree ? "deep" : "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			ASSERT_SYS(below);
			input_write_file(below, "file", "", 0444);
			(void) close(fd);
			fd = below;
		}
		(void) close(fd);
	}
	ASSERT_OK(remove_tree(top_fd, 0));
	assert_empty(top_fd);
}

static void test_mount_stays(void)
{
	cleanup_close int before_fd = input_directory(), fd = -1;

	(void) before_fd;
	namespace_enter(input_directory_path);
	ASSERT_SYS(mkdir("volume", 0755));
	ASSERT_SYS(mount("tmpfs", "volume", "tmpfs", 0, "size=64k"));
	ASSERT_SYS(mkdir("volume/stays", 0755));
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(remove_tree(fd, 0), -EXDEV);
	ASSERT_SYS(access("volume/stays", F_OK));
	ASSERT_SYS(umount2("volume", MNT_DETACH));
}

/* whose device is that of what is to be removed */
static void test_bind_mount_stays(void)
{
	cleanup_close int before_fd = input_directory(), fd = -1;

	(void) before_fd;
	namespace_enter(input_directory_path);
	ASSERT_SYS(mkdir("other", 0755));
	ASSERT_SYS(mkdir("other/stays", 0755));
	ASSERT_SYS(mkdir("tree", 0755));
	ASSERT_SYS(mkdir("tree/volume", 0755));
	ASSERT_SYS(mount("other", "tree/volume", NULL, MS_BIND, NULL));
	fd = open("tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_EQ(remove_tree(fd, 0), -EXDEV);
	ASSERT_SYS(access("other/stays", F_OK));
	ASSERT_SYS(umount2("tree/volume", MNT_DETACH));
}

static void test_fails(void)
{
	cleanup_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_EQ(remove_tree(fd, 0), -ENOTDIR);
	ASSERT_EQ(remove_tree(-1, 0), -EBADF);
}

TAP_MAIN(TAP(test_all_kinds), TAP(test_deep), TAP(test_mount_stays), TAP(test_bind_mount_stays),
	 TAP(test_fails))
