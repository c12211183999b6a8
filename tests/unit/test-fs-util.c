/* SPDX-License-Identifier: Apache-2.0 */
/* Files by descriptor: limits, roots that nothing leads out of, plain paths. */
#include "fs-util.h"

#include <linux/magic.h>

#include "cleanup.h"
#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "path-util.h"
#include "tap.h"

static void test_read_limited(void)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 100000};
	char *text = malloc(100000);

	ASSERT(text);
	memset(text, 'x', 100000);
	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		for (size_t max = sizes[i] ? sizes[i] - 1 : 0; max <= sizes[i] + 1; max++) {
			cleanup_close int fd = input_fd(text, sizes[i]);
			cleanup_free char *data = NULL;
			size_t size = 4711;
			int r = read_limited(fd, max, &data, &size);

			ASSERT_EQ(r, sizes[i] > max ? -E2BIG : 0);
			if (r < 0) {
				ASSERT(!data);
				ASSERT_EQ(size, 4711);
				continue;
			}
			ASSERT_EQ(size, sizes[i]);
			ASSERT_EQ(strlen(data), size);
		}
	}
	free(text);
}

/* Files of procfs have no size; a pipe ends when its writers are gone. */
static void test_read_without_size(void)
{
	cleanup_close int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	cleanup_free char *data = NULL, *piped = NULL;
	size_t size;
	int fds[2];

	ASSERT_OK(read_limited(fd, 4096, &data, &size));
	ASSERT(size > 20);
	ASSERT_EQ(atoi(data), getpid());

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(write(fds[1], "ab\0cd", 5), 5);
	ASSERT_SYS(close(fds[1]));
	ASSERT_OK(read_limited(fds[0], 5, &piped, &size));
	ASSERT_EQ(size, 5);
	ASSERT_EQ(memcmp(piped, "ab\0cd", 6), 0);
	ASSERT_SYS(close(fds[0]));
}

static void interrupt(int signal)
{
	(void) signal;
}

/* A signal in the middle is no end. */
static void test_read_interrupted(void)
{
	const struct sigaction action = {.sa_handler = interrupt};
	cleanup_free char *data = NULL;
	size_t size;
	int fds[2];
	pid_t pid;

	ASSERT_SYS(sigaction(SIGUSR1, &action, NULL));
	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		for (int i = 0; i < 20; i++) {
			(void) usleep(2000);
			(void) kill(getppid(), SIGUSR1);
			(void) !write(fds[1], "x", 1);
		}
		_exit(EXIT_SUCCESS);
	}
	ASSERT_SYS(close(fds[1]));
	ASSERT_OK(read_limited(fds[0], 100, &data, &size));
	ASSERT_EQ(size, 20);
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	ASSERT_SYS(close(fds[0]));
}

static void test_read_file(void)
{
	cleanup_close int directory_fd = input_directory();
	cleanup_free char *data = NULL;
	size_t size = 0;

	input_write_file(directory_fd, "file", "text", 0600);
	ASSERT_SYS(mkfifoat(directory_fd, "fifo", 0600));
	ASSERT_SYS(symlinkat("file", directory_fd, "link"));

	ASSERT_OK(read_file_at(directory_fd, "file", 4, &data, &size));
	ASSERT_STREQ(data, "text");
	ASSERT_EQ(size, 4);
	free(steal_ptr(data));
	ASSERT_OK(read_file_at(directory_fd, "link", 4, &data, /* ret_size= */ NULL));
	free(steal_ptr(data));
	ASSERT_EQ(read_file_at(directory_fd, "file", 3, &data, &size), -E2BIG);
	ASSERT_EQ(read_file_at(directory_fd, "gone", 4, &data, &size), -ENOENT);
	ASSERT_EQ(read_file_at(directory_fd, ".", 4, &data, &size), -EINVAL);
	/* would wait for a writer for ever, would never end */
	ASSERT_EQ(read_file_at(directory_fd, "fifo", 4, &data, &size), -EINVAL);
	ASSERT_EQ(read_file_at(AT_FDCWD, "/dev/zero", 4, &data, &size), -EINVAL);
	ASSERT(!data);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	ASSERT_SYS(fd);
	ASSERT_SYS(fstat(fd, &st));
	return st.st_ino;
}

/* A file system with room for a part of it takes that part; a pipe does so too. */
static void test_write_text(void)
{
	cleanup_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC), read_end = -1, fd = -1;
	char text[2 * 4096 + 1] = "";
	int ends[2];

	ASSERT_EQ(write_text(full, "text"), -ENOSPC);
	ASSERT_EQ(write_text(-1, "text"), -EBADF);

	ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	read_end = ends[0];
	fd = ends[1];
	ASSERT(fcntl(fd, F_SETPIPE_SZ, 4096) > 0);
	memset(text, 'x', sizeof(text) - 1);
	ASSERT_EQ(write_text(fd, text), -ENOSPC);
	ASSERT_EQ(read(read_end, text, sizeof(text)), 4096);
	ASSERT_EQ(write_text(fd, "text"), 0);
	ASSERT_EQ(read(read_end, text, sizeof(text)), 4);
	ASSERT(memcmp(text, "text", 4) == 0);
}

static void test_open_in_root(void)
{
	static const struct {
		const char *path;
		const char *same_as; /* NULL: not to be found */
		int r;
	} cases[] = {
		{"a/file", "a/file", 0},
		{"/a/file", "a/file", 0},
		{"../../../a/file", "a/file", 0},
		{"a/relative", "a/file", 0},
		{"a/absolute", "a/file", 0},
		{"a/out", "a/file", 0},
		{"/", ".", 0},
		{"a/root", ".", 0},
		{"a/host", NULL, -ENOENT},
		{"a/loop", NULL, -ELOOP},
		{"a/magic", NULL, -ELOOP},
		{"gone", NULL, -ENOENT},
		{"", NULL, -ENOENT},
		{"a/file/b", NULL, -ENOTDIR},
	};
	cleanup_close int directory_fd = input_directory(), root_fd = -1;

	input_need_openat2();
	ASSERT_SYS(mkdirat(directory_fd, "root", 0755));
	input_write_file(directory_fd, "file", "outside", 0644);
	root_fd = openat(directory_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(mkdirat(root_fd, "a", 0755));
	input_write_file(root_fd, "a/file", "inside", 0644);
	ASSERT_SYS(symlinkat("file", root_fd, "a/relative"));
	ASSERT_SYS(symlinkat("/a/file", root_fd, "a/absolute"));
	ASSERT_SYS(symlinkat("../../../../../../../../../../a/file", root_fd, "a/out"));
	ASSERT_SYS(symlinkat("/", root_fd, "a/root"));
	ASSERT_SYS(symlinkat("../../file", root_fd, "a/host"));
	ASSERT_SYS(symlinkat("loop", root_fd, "a/loop"));
	/* procfs in a container: /proc/PID/root leads out */
	ASSERT_SYS(mkdirat(root_fd, "proc", 0755));
	namespace_enter(input_directory_path);
	root_fd = close_fd(root_fd);
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(mount("/proc", "root/proc", "none", MS_BIND | MS_REC, ""));
	ASSERT_SYS(symlinkat("/proc/self/root/etc", root_fd, "a/magic"));

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_close int fd = open_in_root(root_fd, cases[i].path, O_PATH);
		cleanup_close int wanted_fd = -1;

		printf("# '%s'\n", cases[i].path);
		if (!cases[i].same_as) {
			ASSERT_EQ(fd, cases[i].r);
			continue;
		}
		wanted_fd = openat(root_fd, cases[i].same_as, O_PATH | O_CLOEXEC);
		ASSERT_EQ(inode_of(fd), inode_of(wanted_fd));
		ASSERT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	ASSERT_SYS(umount2("root/proc", MNT_DETACH));
}

static void test_file_is_at_fault(void)
{
	static const int files[] = {ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES,
				    EPERM,  EINVAL,  E2BIG, EWOULDBLOCK};
	static const int others[] = {ENOMEM, EMFILE, ENFILE, EIO, EINTR, ENODEV};

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		ASSERT(file_is_at_fault(-files[i]));
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		ASSERT(!file_is_at_fault(-others[i]));
	ASSERT(!file_is_at_fault(0) && !file_is_at_fault(3));
}

static void test_look_up_failed(void)
{
	static const int answers[] = {0, 3, -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG};
	static const int failures[] = {-EACCES, -EPERM, -ENOMEM, -EMFILE, -EIO, -ENOSYS, -ESRCH};

	for (size_t i = 0; i < ELEMENTSOF(answers); i++)
		ASSERT(!look_up_failed(answers[i]));
	for (size_t i = 0; i < ELEMENTSOF(failures); i++)
		ASSERT(look_up_failed(failures[i]));
}

static void test_fd_get_path(void)
{
	cleanup_close int directory_fd = input_directory(), fd = -1;
	cleanup_free char *path = NULL;
	char wanted[PATH_MAX];
	char *untouched = (char *) "before";

	input_write_file(directory_fd, "a file", "", 0644);
	ASSERT_SYS(symlinkat("a file", directory_fd, "link"));
	fd = openat(directory_fd, "link", O_PATH | O_CLOEXEC);
	ASSERT_OK(fd_get_path(fd, &path));
	ASSERT(snprintf(wanted, sizeof(wanted), "%s/a file", input_directory_path) > 0);
	ASSERT_STREQ(path, wanted);
	ASSERT_EQ(fd_get_path(/* fd= */ -1, &untouched), -EBADF);
	ASSERT_STREQ(untouched, "before");
}

static void test_fd_get_mount(void)
{
	cleanup_close int directory_fd = input_directory(), inside_fd = -1;
	uint64_t outer_id, inner_id;
	bool is_root;

	namespace_enter(input_directory_path);
	ASSERT_SYS(mkdir("mnt", 0755));
	ASSERT_SYS(mount("tmpfs", "mnt", "tmpfs", 0, "size=64k"));
	ASSERT_SYS(mkdir("mnt/a", 0755));

	ASSERT_OK(fd_get_mount(directory_fd, &outer_id, &is_root));
	ASSERT(!is_root);
	inside_fd = open("mnt", O_PATH | O_CLOEXEC);
	ASSERT_OK(fd_get_mount(inside_fd, &inner_id, &is_root));
	ASSERT(is_root);
	ASSERT(inner_id != outer_id);
	ASSERT_EQ(fd_is_fs_type(inside_fd, TMPFS_MAGIC), 1);
	ASSERT_EQ(fd_is_fs_type(inside_fd, CGROUP2_SUPER_MAGIC), 0);
	ASSERT_EQ(fd_is_fs_type(/* fd= */ -1, TMPFS_MAGIC), -EBADF);
	ASSERT_EQ(fd_get_mount(/* fd= */ -1, NULL, NULL), -EBADF);
	inside_fd = close_fd(inside_fd);

	inside_fd = open("mnt/a", O_PATH | O_CLOEXEC);
	ASSERT_OK(fd_get_mount(inside_fd, &outer_id, &is_root));
	ASSERT(!is_root);
	ASSERT_EQ(outer_id, inner_id);
	ASSERT_OK(fd_get_mount(inside_fd, NULL, NULL));
	inside_fd = close_fd(inside_fd);
	ASSERT_SYS(umount("mnt"));
}

static void test_path_normalize(void)
{
	static const struct {
		const char *path, *wanted;
	} cases[] = {
		{"", "/"},
		{"/", "/"},
		{"//", "/"},
		{".", "/"},
		{"..", "/"},
		{"/../..", "/"},
		{"run", "/run"},
		{"/run", "/run"},
		{"//run//", "/run"},
		{"/run/.", "/run"},
		{"/run/./lock/", "/run/lock"},
		{"/run/..", "/"},
		{"/run/../tmp", "/tmp"},
		{"/a/b/../../../c", "/c"},
		{"/a/..b", "/a/..b"},
		{"/a/.b", "/a/.b"},
		{"/a/b..", "/a/b.."},
		{"/a/...", "/a/..."},
		{"/a b/\n", "/a b/\n"},
		{"/runx", "/runx"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_free char *given = strdup(cases[i].path), *once = NULL, *twice = NULL;

		once = path_normalize(given);
		ASSERT_STREQ(once, cases[i].wanted);
		twice = path_normalize(once);
		ASSERT_STREQ(twice, once);
	}
}

static void test_path_below(void)
{
	static const struct {
		const char *path, *parent, *wanted;
	} cases[] = {
		{"/run", "/run", ""},
		{"/run/lock", "/run", "lock"},
		{"/run/lock/a", "/run", "lock/a"},
		{"/runx", "/run", NULL},
		{"/run", "/runx", NULL},
		{"/run", "/run/lock", NULL},
		{"/tmp", "/run", NULL},
		{"/run", "/", "run"},
		{"/", "/", ""},
		{"/", "/run", NULL},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		ASSERT_STREQ(path_below(cases[i].path, cases[i].parent), cases[i].wanted);
}

/* Whoever owns a file can hold a lease on it, for which open(2) would wait. */
static void test_lease(void)
{
	cleanup_close int directory_fd = input_directory();
	cleanup_free char *text = NULL;
	int lease_fd, path_fd;

	lease_fd = openat(directory_fd, "leased", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	ASSERT_SYS(lease_fd);
	ASSERT(signal(SIGIO, SIG_IGN) != SIG_ERR);
	if (fcntl(lease_fd, F_SETLEASE, F_WRLCK) < 0)
		tap_skip("kernel: no leases on this file system");
	path_fd = openat(directory_fd, "leased", O_PATH | O_CLOEXEC);
	ASSERT_SYS(path_fd);
	(void) alarm(10);
	ASSERT_EQ(fd_open_regular(path_fd), -EWOULDBLOCK);
	ASSERT_EQ(open_regular_at(directory_fd, "leased"), -EWOULDBLOCK);
	ASSERT_EQ(read_file_at(directory_fd, "leased", 10, &text, NULL), -EWOULDBLOCK);
	(void) alarm(0);
	ASSERT_SYS(close(lease_fd));
	ASSERT_SYS(close(path_fd));
}

TAP_MAIN(TAP(test_lease), TAP(test_read_limited), TAP(test_read_without_size),
	 TAP(test_read_interrupted), TAP(test_read_file), TAP(test_write_text),
	 TAP(test_open_in_root), TAP(test_look_up_failed), TAP(test_file_is_at_fault),
	 TAP(test_fd_get_path), TAP(test_fd_get_mount), TAP(test_path_normalize),
	 TAP(test_path_below))
