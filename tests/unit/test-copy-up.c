/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of an image's directory: what is in it, what is not, and where it ends. */
#include "systemd-hook/copy-up.h"

#include <dirent.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "tap.h"

/* Source and destination of a copy, and what becomes of it. */
typedef struct Try {
	int source_fd, dest_fd;
	CopyUp copy;
} Try;

static int open_directory(int fd, const char *name)
{
	int result = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ASSERT_SYS(result);
	return result;
}

static void make(int fd, const char *path)
{
	ASSERT_SYS(mkdirat(fd, path, 0755));
}

static Try try_new(int fd)
{
	Try try = {.copy.kept = KEPT_MOUNTS_NULL};

	make(fd, "source");
	make(fd, "dest");
	try.source_fd = open_directory(fd, "source");
	try.dest_fd = open_directory(fd, "dest");
	try.copy.kept.dest_fd = try.dest_fd;
	return try;
}

static void try_done(Try *try)
{
	(void) close(try->source_fd);
	(void) close(try->dest_fd);
	copy_up_done(&try->copy);
}

static bool exists(const Try *try, const char *path)
{
	struct stat st;

	return fstatat(try->dest_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_content(void)
{
	cleanup_close int fd = input_directory();
	Try try = try_new(fd);
	struct stat before, after;
	char target[32];

	make(try.source_fd, "a");
	make(try.source_fd, "a/b");
	input_write_file(try.source_fd, "a/b/file", "text", 04751);
	ASSERT_SYS(symlinkat("/etc/passwd", try.source_fd, "a/link"));
	ASSERT_SYS(mkfifoat(try.source_fd, "fifo", 0600));
	ASSERT_SYS(fchmodat(try.source_fd, "a/b", 02711, 0));
	ASSERT_SYS(utimensat(try.source_fd, "a/b/file",
			     (struct timespec[]){{.tv_sec = 1000}, {.tv_sec = 2000, .tv_nsec = 3}},
			     0));

	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	ASSERT_SYS(fstatat(try.source_fd, "a/b/file", &before, 0));
	ASSERT_SYS(fstatat(try.dest_fd, "a/b/file", &after, 0));
	ASSERT_EQ(after.st_mode, S_IFREG | 04751);
	ASSERT_EQ(after.st_size, 4);
	ASSERT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	ASSERT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	ASSERT_SYS(fstatat(try.dest_fd, "a/b", &after, 0));
	ASSERT_EQ(after.st_mode, S_IFDIR | 02711);
	ASSERT_EQ(readlinkat(try.dest_fd, "a/link", target, sizeof(target)), 11);
	ASSERT(!exists(&try, "fifo"));
	ASSERT_EQ(try.copy.entries, 5);
	ASSERT_EQ(try.copy.bytes, 15);
	ASSERT(!try.copy.stopped_at && try.copy.kept.n_mounts == 0);
	try_done(&try);
}

/* Two names of a file stay so, wherever they are, and count once. */
static void test_hard_links(void)
{
	cleanup_close int fd = input_directory();
	Try try = try_new(fd);
	struct stat first, second, other;

	make(try.source_fd, "a");
	make(try.source_fd, "b");
	input_write_file(try.source_fd, "a/file", "text", 0640);
	input_write_file(try.source_fd, "a/single", "text", 0640);
	ASSERT_SYS(linkat(try.source_fd, "a/file", try.source_fd, "b/link", 0));
	ASSERT_SYS(linkat(try.source_fd, "a/file", fd, "outside", 0));
	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	ASSERT_SYS(fstatat(try.dest_fd, "a/file", &first, 0));
	ASSERT_SYS(fstatat(try.dest_fd, "b/link", &second, 0));
	ASSERT_SYS(fstatat(try.dest_fd, "a/single", &other, 0));
	ASSERT_EQ(first.st_ino, second.st_ino);
	ASSERT_EQ(first.st_nlink, 2);
	ASSERT_EQ(first.st_mode, S_IFREG | 0640);
	ASSERT_EQ(other.st_nlink, 1);
	ASSERT_EQ(try.copy.bytes, 8);
	try_done(&try);
}

static void test_skip(void)
{
	static const char *const skip[] = {"host", "systemd/container", NULL};
	cleanup_close int fd = input_directory();
	Try try = try_new(fd);

	try.copy.skip = skip;
	try.copy.apart = "lock";
	make(try.source_fd, "host");
	make(try.source_fd, "host/below");
	make(try.source_fd, "hostx");
	make(try.source_fd, "lock");
	make(try.source_fd, "systemd");
	make(try.source_fd, "systemd/container");
	make(try.source_fd, "systemd/host");
	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	ASSERT(!exists(&try, "host") && !exists(&try, "lock"));
	ASSERT(!exists(&try, "systemd/container"));
	ASSERT(exists(&try, "hostx") && exists(&try, "systemd/host"));
	try_done(&try);
}

static void test_mounts_only(void)
{
	cleanup_close int fd = input_directory();
	Try try;

	input_need_mount_calls();
	namespace_enter(input_directory_path);
	(void) close(fd);
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	try = try_new(fd);
	try.copy.mounts_only = true;
	make(try.source_fd, "a");
	make(try.source_fd, "a/volume");
	make(try.source_fd, "a/other");
	input_write_file(try.source_fd, "file", "", 0644);
	input_write_file(try.source_fd, "bound", "", 0644);
	ASSERT_SYS(mount("tmpfs", "source/a/volume", "tmpfs", 0, "size=64k"));
	ASSERT_SYS(mkdir("source/a/volume/inside", 0755));
	ASSERT_SYS(mount("/dev/null", "source/bound", "none", MS_BIND, ""));

	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	ASSERT_EQ(try.copy.kept.n_mounts, 2);
	ASSERT(exists(&try, "a/volume") && exists(&try, "bound"));
	ASSERT(!exists(&try, "a/other") && !exists(&try, "file"));
	ASSERT(!exists(&try, "a/volume/inside"));
	for (size_t i = 0; i < 2; i++) {
		const KeptMount *kept = &try.copy.kept.mounts[i];

		if (strcmp(kept->path, "a/volume") == 0)
			ASSERT_SYS(faccessat(kept->fd, "inside", F_OK, 0));
		else
			ASSERT_STREQ(kept->path, "bound");
	}
	try_done(&try);
	ASSERT_SYS(umount2("source/a/volume", MNT_DETACH));
	ASSERT_SYS(umount2("source/bound", MNT_DETACH));
}

static void test_xattrs(void)
{
	cleanup_close int fd = input_directory(), file_fd = -1;
	Try try = try_new(fd);
	char value[16] = {};

	input_write_file(try.source_fd, "file", "", 0644);
	file_fd = openat(try.source_fd, "file", O_RDONLY | O_CLOEXEC);
	if (fsetxattr(file_fd, "user.note", "image", 5, 0) < 0 && errno == ENOTSUP)
		tap_skip("kernel: no user.* attributes on the file system of /tmp");
	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	(void) close(file_fd);
	file_fd = openat(try.dest_fd, "file", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(fgetxattr(file_fd, "user.note", value, sizeof(value)), 5);
	ASSERT_STREQ(value, "image");
	try_done(&try);
}

/* More names than fit into a page */
static void test_many_xattrs(void)
{
	cleanup_close int fd = input_directory(), file_fd = -1;
	char name[256], value[4];
	Try try;

	namespace_enter(input_directory_path);
	ASSERT_SYS(mount("tmpfs", ".", "tmpfs", 0, "size=1m"));
	(void) close(fd);
	fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	try = try_new(fd);
	input_write_file(try.source_fd, "file", "", 0644);
	file_fd = openat(try.source_fd, "file", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 40; i++) {
		(void) snprintf(name, sizeof(name), "user.%0200d", i);
		if (fsetxattr(file_fd, name, "yes", 3, 0) < 0 && errno == ENOTSUP)
			tap_skip("kernel: no user.* attributes on tmpfs");
	}
	ASSERT_OK(copy_up(try.source_fd, &try.copy));
	(void) close(file_fd);
	file_fd = openat(try.dest_fd, "file", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(fgetxattr(file_fd, name, value, sizeof(value)), 3);
	try_done(&try);
}

static void copy_sparse_file(int fd, off_t size, int result)
{
	cleanup_close int file_fd = -1;
	Try try = try_new(fd);

	input_write_file(try.source_fd, "file", "", 0644);
	file_fd = openat(try.source_fd, "file", O_RDWR | O_CLOEXEC);
	ASSERT_SYS(ftruncate(file_fd, size));
	ASSERT_EQ(copy_up(try.source_fd, &try.copy), result);
	ASSERT_EQ(exists(&try, "file"), result == 0);
	ASSERT_STREQ(try.copy.stopped_at, result == 0 ? NULL : "file");
	ASSERT_EQ(try.copy.bytes, result == 0 ? size : 0);
	try_done(&try);
}

static void test_limit_of_bytes(void)
{
	cleanup_close int fd = input_directory(), fits_fd = -1, over_fd = -1;

	make(fd, "fits");
	make(fd, "over");
	fits_fd = open_directory(fd, "fits");
	over_fd = open_directory(fd, "over");
	copy_sparse_file(fits_fd, COPY_UP_BYTES_MAX, 0);
	copy_sparse_file(over_fd, COPY_UP_BYTES_MAX + 1, -E2BIG);
}

static void test_limit_of_entries(void)
{
	cleanup_close int fd = input_directory();
	Try try = try_new(fd);
	unsigned int n = 0;
	cleanup_dir DIR *dir = NULL;

	for (int i = 0; i <= COPY_UP_ENTRIES_MAX; i++) {
		char name[16];

		(void) snprintf(name, sizeof(name), "%d", i);
		ASSERT_SYS(symlinkat("x", try.source_fd, name));
	}
	ASSERT_EQ(copy_up(try.source_fd, &try.copy), -E2BIG);
	ASSERT_EQ(try.copy.entries, COPY_UP_ENTRIES_MAX);
	ASSERT_EQ(try.copy.stopped_by, -E2BIG);
	dir = fdopendir(dup(try.dest_fd));
	while (readdir(dir))
		n++;
	ASSERT_EQ(n, COPY_UP_ENTRIES_MAX + 2);
	try_done(&try);
}

/* A directory in which the copy ended has its mode all the same. */
static void test_ended_in_order(void)
{
	cleanup_close int fd = input_directory(), file_fd = -1;
	Try try = try_new(fd);
	struct stat st;

	make(try.source_fd, "a");
	input_write_file(try.source_fd, "a/file", "", 0644);
	file_fd = openat(try.source_fd, "a/file", O_RDWR | O_CLOEXEC);
	ASSERT_SYS(ftruncate(file_fd, COPY_UP_BYTES_MAX + 1));
	ASSERT_EQ(copy_up(try.source_fd, &try.copy), -E2BIG);
	ASSERT_STREQ(try.copy.stopped_at, "a/file");
	ASSERT_SYS(fstatat(try.dest_fd, "a", &st, 0));
	ASSERT_EQ(st.st_mode, S_IFDIR | 0755);
	try_done(&try);
}

TAP_MAIN(TAP(test_content), TAP(test_hard_links), TAP(test_skip), TAP(test_mounts_only),
	 TAP(test_xattrs), TAP(test_many_xattrs), TAP(test_limit_of_bytes),
	 TAP(test_limit_of_entries), TAP(test_ended_in_order))
