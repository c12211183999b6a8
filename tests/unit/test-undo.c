/* SPDX-License-Identifier: Apache-2.0 */
/* What was done is taken back, latest first; what is not ours to make things in is known. */
#include "systemd-hook/undo.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "fs-util.h"
#include "input.h"
#include "namespace.h"
#include "tap.h"

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ASSERT_SYS(fd);
	return fd;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* add_mount() - mount a tmpfs, and record it */
static void add_mount(Undo *undo, const char *path, bool is_ours)
{
	ASSERT_SYS(mount("tmpfs", path, "tmpfs", MS_NOEXEC, "size=64k"));
	ASSERT_OK(undo_reserve(undo));
	undo_add_mount(undo, open(path, O_PATH | O_CLOEXEC), is_ours);
}

static void test_made(void)
{
	cleanup_close int fd = input_directory();
	Undo undo = UNDO_NULL;

	ASSERT_SYS(mkdirat(fd, "a", 0755));
	ASSERT_OK(undo_add_made(&undo, fd, "a", /* is_directory= */ true));
	ASSERT_SYS(fchdir(fd));
	for (int i = 0; i < 100; i++) {
		cleanup_close int a_fd = open_directory("a");
		char name[16];

		(void) snprintf(name, sizeof(name), "%d", i);
		ASSERT_SYS(symlinkat("/dev/null", a_fd, name));
		ASSERT_OK(undo_add_made(&undo, a_fd, name, /* is_directory= */ false));
	}
	undo_back_to(&undo, 51);
	ASSERT(exists("a/49") && !exists("a/50"));
	ASSERT_EQ(undo.n_entries, 51);
	undo_back_to(&undo, 51);
	undo_back_to(&undo, 0);
	ASSERT(!exists("a"));
	undo_done(&undo);
}

static void test_owner(void)
{
	cleanup_close int fd = input_directory();
	Undo undo = UNDO_NULL;
	struct stat st;

	input_write_file(fd, "file", "", 0644);
	ASSERT_OK(undo_add_owner(&undo, fd, "file", geteuid(), getegid()));
	if (geteuid() == 0)
		ASSERT_SYS(fchownat(fd, "file", 1, 2, 0));
	undo_back_to(&undo, 0);
	ASSERT_SYS(fstatat(fd, "file", &st, 0));
	ASSERT_EQ(st.st_uid, geteuid());
	ASSERT_EQ(st.st_gid, getegid());
	undo_done(&undo);
}

/* What somebody put there meanwhile is not removed. */
static void test_made_and_filled(void)
{
	cleanup_close int fd = input_directory(), a_fd = -1;
	Undo undo = UNDO_NULL;

	ASSERT_SYS(fchdir(fd));
	ASSERT_SYS(mkdirat(fd, "a", 0755));
	ASSERT_OK(undo_add_made(&undo, fd, "a", /* is_directory= */ true));
	a_fd = open_directory("a");
	input_write_file(a_fd, "file", "", 0644);
	undo_back_to(&undo, 0);
	ASSERT(exists("a/file"));
	undo_done(&undo);
}

static void test_done_stays(void)
{
	cleanup_close int fd = input_directory();
	Undo undo = UNDO_NULL;

	ASSERT_SYS(fchdir(fd));
	ASSERT_SYS(mkdirat(fd, "a", 0755));
	ASSERT_OK(undo_add_made(&undo, fd, "a", /* is_directory= */ true));
	undo_done(&undo);
	ASSERT(exists("a"));
	undo_back_to(&undo, 0);
	ASSERT(exists("a"));
}

/* A descriptor that cannot be kept: what was made goes at once. */
static void test_made_but_not_recorded(void)
{
	cleanup_close int fd = input_directory();
	struct rlimit limit, none = {};
	Undo undo = UNDO_NULL;

	ASSERT_SYS(fchdir(fd));
	ASSERT_SYS(mkdirat(fd, "a", 0755));
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	none.rlim_max = limit.rlim_max;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &none));
	ASSERT_EQ(undo_add_made(&undo, fd, "a", /* is_directory= */ true) < 0, true);
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT(!exists("a"));
	ASSERT_EQ(undo.n_entries, 0);
	undo_done(&undo);
}

static void test_mounts(void)
{
	cleanup_close int first_fd = input_directory();
	Undo undo = UNDO_NULL;

	(void) first_fd;
	namespace_enter(input_directory_path);
	ASSERT_SYS(mkdir("a", 0755));
	ASSERT_SYS(mknod("file", S_IFREG | 0444, 0));
	ASSERT_OK(undo_open(&undo));
	add_mount(&undo, "a", /* is_ours= */ true);
	ASSERT_SYS(mkdir("a/b", 0755));
	add_mount(&undo, "a/b", /* is_ours= */ false);
	ASSERT_SYS(mkdir("a/b/busy", 0755));
	/* a mount on a file, and a mount in use */
	ASSERT_SYS(mount("/dev/null", "file", "none", MS_BIND, ""));
	ASSERT_OK(undo_reserve(&undo));
	undo_add_mount(&undo, open("file", O_PATH | O_CLOEXEC), /* is_ours= */ false);
	ASSERT_SYS(chdir("a/b/busy"));

	undo_back_to(&undo, 2);
	ASSERT_SYS(chdir(input_directory_path));
	ASSERT(exists("a/b/busy"));
	ASSERT(access("file", W_OK) < 0 || geteuid() == 0);
	undo_back_to(&undo, 1);
	ASSERT_SYS(chdir(input_directory_path));
	ASSERT(exists("a/b") && !exists("a/b/busy"));
	undo_back_to(&undo, 0);
	ASSERT_SYS(chdir(input_directory_path));
	ASSERT(exists("a") && !exists("a/b"));
	undo_done(&undo);
}

static void test_ours(void)
{
	cleanup_close int first_fd = input_directory(), ours = -1, volume = -1, other = -1;
	uint64_t id;
	Undo undo = UNDO_NULL;

	(void) first_fd;
	namespace_enter(input_directory_path);
	ASSERT_SYS(mkdir("ours", 0755));
	ASSERT_SYS(mkdir("volume", 0755));
	ASSERT_OK(undo_open(&undo));
	add_mount(&undo, "ours", /* is_ours= */ true);
	add_mount(&undo, "volume", /* is_ours= */ false);
	ours = open_directory("ours");
	volume = open_directory("volume");
	other = open_directory(".");
	ASSERT_OK(undo_add_made(&undo, other, "not-there", /* is_directory= */ false));

	ASSERT_OK(fd_get_mount(ours, &id, NULL));
	ASSERT(undo_has_mount(&undo, id));
	ASSERT_OK(fd_get_mount(volume, &id, NULL));
	ASSERT(!undo_has_mount(&undo, id));
	ASSERT_OK(fd_get_mount(other, &id, NULL));
	ASSERT(!undo_has_mount(&undo, id));
	ASSERT_EQ(undo.n_entries, 3);
	undo_back_to(&undo, 0);
	undo_done(&undo);
}

static void test_attributes(void)
{
	struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_NOEXEC};
	cleanup_close int first_fd = input_directory(), fd = -1;
	struct statfs fs;
	Undo undo = UNDO_NULL;

	(void) first_fd;
	input_need_mount_calls();
	namespace_enter(input_directory_path);
	ASSERT_SYS(mount("tmpfs", ".", "tmpfs", MS_NOEXEC, "size=64k"));
	fd = open(input_directory_path, O_PATH | O_CLOEXEC);
	ASSERT_OK(undo_open(&undo));
	ASSERT_OK(undo_reserve(&undo));
	ASSERT_SYS(mount_setattr(fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)));
	ASSERT_SYS(fstatfs(fd, &fs));
	ASSERT(!(fs.f_flags & ST_NOEXEC));
	undo_add_attributes(&undo, dup(fd), 0, MOUNT_ATTR_NOEXEC);
	undo_back_to(&undo, 0);
	ASSERT_SYS(fstatfs(fd, &fs));
	ASSERT(fs.f_flags & ST_NOEXEC);
	undo_done(&undo);
	ASSERT_SYS(umount2(input_directory_path, MNT_DETACH));
}

TAP_MAIN(TAP(test_made), TAP(test_owner), TAP(test_made_and_filled), TAP(test_done_stays),
	 TAP(test_made_but_not_recorded), TAP(test_mounts), TAP(test_ours), TAP(test_attributes))
