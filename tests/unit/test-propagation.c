/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts are shared, and with whom: by the mount table's text, and as the kernel says. */
#include "systemd-hook/propagation.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "macro.h"
#include "tap.h"

static const char table[] = "21 1 0:20 / / rw,relatime - ext4 /dev/a rw\n"
			    "22 21 0:21 / /a rw shared:7 - tmpfs shared:8 rw\n"
			    "23 21 0:22 / /b\\040shared:9 ro master:7 - tmpfs none rw\n"
			    "24 21 0:23 net:[4026531840] /c rw shared:12 master:7 - nsfs nsfs rw\n"
			    "25 21 0:24 / /d rw master:3 propagate_from:2 - tmpfs a rw,shared:6\n"
			    "222 21 0:25 / /e rw shared:4294967299 - tmpfs a rw";

static void test_table(void)
{
	static const struct {
		uint64_t mount_id, group;
	} mounts[] = {
		{21, 0}, {22, 7}, {23, 0}, {24, 12}, {25, 0}, {222, 4294967299}, {2, 0}, {26, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(mounts); i++)
		ASSERT_EQ(propagation_group_in(table, mounts[i].mount_id), mounts[i].group);
	ASSERT(propagation_has_group(table, 7) && propagation_has_group(table, 12));
	ASSERT(propagation_has_group(table, 4294967299));
	ASSERT(!propagation_has_group(table, 8) && !propagation_has_group(table, 9));
	ASSERT(!propagation_has_group(table, 6) && !propagation_has_group(table, 3));
	ASSERT_EQ(propagation_group_in("", 21), 0);
	ASSERT(!propagation_has_group("", 1));
}

/* group_of() - of what is mounted at a path, as the kernel says; the table says the same */
static uint64_t group_of(const char *path)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	cleanup_close int proc_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	uint64_t group, id;

	ASSERT_SYS(fd);
	ASSERT_SYS(proc_fd);
	ASSERT_OK(propagation_group(fd, proc_fd, &group));
	ASSERT_OK(fd_get_mount(fd, &id, NULL));
	ASSERT_OK(read_file_at(proc_fd, "mountinfo", 16 * 1024 * 1024, &text, NULL));
	ASSERT_EQ(propagation_group_in(text, id), group);
	return group;
}

static void enter_namespace(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		tap_skip("kernel: an ordinary user cannot mount");
	ASSERT_SYS(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_SYS(mount("tmpfs", "/mnt", "tmpfs", 0, "size=64k"));
	ASSERT_SYS(mkdir("/mnt/shared", 0755));
	ASSERT_SYS(mkdir("/mnt/bound", 0755));
	ASSERT_SYS(mount("tmpfs", "/mnt/shared", "tmpfs", 0, "size=64k"));
	ASSERT_SYS(mount(NULL, "/mnt/shared", NULL, MS_SHARED, NULL));
}

/* A bind takes over the group of its source, in a copy of the namespace too */
static void test_reaches(void)
{
	cleanup_close int host_fd = -1;
	uint64_t group, own;

	enter_namespace();
	group = group_of("/mnt/shared");
	ASSERT(group > 0);
	ASSERT_EQ(group_of("/mnt"), 0);
	host_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	ASSERT_SYS(host_fd);
	ASSERT_SYS(unshare(CLONE_NEWNS));
	ASSERT_SYS(mount("/mnt/shared", "/mnt/bound", NULL, MS_BIND, NULL));
	ASSERT_EQ(group_of("/mnt/bound"), group);
	ASSERT_EQ(propagation_reaches(group, host_fd), 1);
	ASSERT_EQ(propagation_reaches(group, host_fd), 1);

	/* what is shared anew has no peer outside, nor has a slave */
	ASSERT_SYS(mount(NULL, "/mnt/bound", NULL, MS_SLAVE, NULL));
	ASSERT_EQ(group_of("/mnt/bound"), 0);
	ASSERT_EQ(propagation_reaches(0, host_fd), 0);
	ASSERT_SYS(mount(NULL, "/mnt/bound", NULL, MS_SHARED, NULL));
	own = group_of("/mnt/bound");
	ASSERT(own > 0 && own != group);
	ASSERT_EQ(propagation_reaches(own, host_fd), 0);
}

/* As the hook sees a mount of the container before it enters */
static void test_other_namespace(void)
{
	cleanup_close int fd = -1, proc_fd = -1, own_ns_fd = -1;
	uint64_t group, id, expected;
	char path[64];
	int pipe_fds[2], status;
	pid_t pid;
	char byte;

	enter_namespace();
	expected = group_of("/mnt/shared");
	own_ns_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	ASSERT_SYS(pipe(pipe_fds));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		(void) close(pipe_fds[0]);
		if (unshare(CLONE_NEWNS) < 0 || write(pipe_fds[1], "", 1) != 1)
			_exit(1);
		(void) pause();
		_exit(0);
	}
	(void) close(pipe_fds[1]);
	ASSERT_EQ(read(pipe_fds[0], &byte, 1), 1);
	(void) snprintf(path, sizeof(path), "/proc/%d", pid);
	proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(proc_fd);
	fd = openat(proc_fd, "root/mnt/shared", O_PATH | O_CLOEXEC);
	ASSERT_SYS(fd);
	ASSERT_OK(fd_get_mount(fd, &id, NULL));
	ASSERT_OK(propagation_group(fd, proc_fd, &group));
	ASSERT_EQ(group, expected);
	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	(void) close(pipe_fds[0]);
}

TAP_MAIN(TAP(test_table), TAP(test_reaches), TAP(test_other_namespace))
