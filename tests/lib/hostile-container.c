/* SPDX-License-Identifier: Apache-2.0 */
/* The container: a process that waits, as runtimes leave it for createRuntime hooks. */
#include "hostile-container.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "macro.h"

static void write_text(const char *path, const char *text)
{
	int fd = check(open(path, O_WRONLY | O_CLOEXEC), path);

	if (dprintf(fd, "%s", text) < 0)
		fail(path);
	(void) close(fd);
}

/* take_back() - the files below a path, which may have wildcards in it, are root's */
static void take_back(const char *path)
{
	glob_t found;

	if (glob(path, GLOB_BRACE | GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			check(lchown(found.gl_pathv[i], 0, 0), found.gl_pathv[i]);
	globfree(&found);
}

/* take_cgroups() - nothing is given away of a cgroup that was just made */
static void take_cgroups(const Call *call)
{
	char path[4096];
	struct stat st;
	glob_t found;

	(void) snprintf(path, sizeof(path), "{" CGROUP_ROOT "," CGROUP_ROOT "/*}%s", call->cgroup);
	if (glob(path, GLOB_BRACE, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++) {
			check(lstat(found.gl_pathv[i], &st), found.gl_pathv[i]);
			(void) snprintf(path, sizeof(path), "%s{,/*}", found.gl_pathv[i]);
			if (st.st_uid != 0)
				take_back(path);
		}
	globfree(&found);
}

/* join_v1() - move a process into the container's cgroup of each v1 hierarchy that the host has */
static void join_v1(const Call *call, pid_t pid)
{
	char path[4096], text[16];
	glob_t found;

	(void) snprintf(text, sizeof(text), "%d", pid);
	(void) snprintf(path, sizeof(path), CGROUP_ROOT "/*%s/tasks", call->cgroup);
	if (glob(path, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			write_text(found.gl_pathv[i], text);
	globfree(&found);
}

/* open_v2() - the container's cgroup of v2, -1 if the host has none */
static int open_v2(const Call *call)
{
	static const char *const roots[] = {CGROUP_ROOT, CGROUP_ROOT "/unified"};
	char path[4096];
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < ELEMENTSOF(roots); i++) {
		(void) snprintf(path, sizeof(path), "%s%s", roots[i], call->cgroup);
		fd = open(path, O_PATH | O_CLOEXEC);
	}
	return fd;
}

/* map_users() - the container's users, from outside */
static void map_users(pid_t pid, uid_t root)
{
	char path[64], map[64];

	(void) snprintf(map, sizeof(map), "0 %u %d", root, USERS_MAX);
	(void) snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_text(path, map);
	(void) snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_text(path, map);
}

/* make_mounts() - its root file system bound on itself, /proc in it, and what else there is to be */
static void make_mounts(const Call *call)
{
	char path[4096], place[2048];
	struct stat st;

	(void) snprintf(place, sizeof(place), "%s/rootfs", call->bundle);
	check(mount(place, place, NULL, MS_BIND, NULL), place);
	check(mount(NULL, place, NULL, MS_PRIVATE, NULL), place);
	(void) snprintf(path, sizeof(path), "%s/proc", place);
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777))
		check(mount("proc", path, "proc", 0, NULL), path);
	if (*call->prepare && (chdir(place) < 0 || system(call->prepare) != 0))
		fail(call->prepare);
}

static _Noreturn void be_container(const Call *call, int settled_fd, int ready_fd)
{
	char c;

	if (read(settled_fd, &c, 1) != 1)
		exit(125);
	if (call->user)
		check(setgid(0) < 0 ? -1 : setuid(0), "setuid");
	check(unshare(CLONE_NEWNS | (call->has_cgroup_namespace ? CLONE_NEWCGROUP : 0)), "unshare");
	make_mounts(call);
	if (write(ready_fd, "", 1) != 1)
		fail("pipe");
	for (;;)
		(void) pause();
}

/**
 * container_start() - start a container
 * @call: what kind
 *
 * In a user namespace it has a process namespace, too: else it could mount no /proc.
 *
 * Return: its process, which is ready.
 */
pid_t container_start(const Call *call)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	int settled[2], ready[2];
	int cgroup_fd = open_v2(call);
	pid_t pid;
	char c;

	take_cgroups(call);
	check(pipe2(settled, O_CLOEXEC), "pipe2");
	check(pipe2(ready, O_CLOEXEC), "pipe2");
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t) cgroup_fd;
	}
	if (call->user)
		args.flags |= CLONE_NEWUSER | CLONE_NEWPID;
	pid = check((pid_t) syscall(SYS_clone3, &args, sizeof(args)), "clone3");
	if (pid == 0)
		be_container(call, settled[0], ready[1]);
	(void) close(ready[1]);
	join_v1(call, pid);
	if (call->user)
		map_users(pid, call->user);
	if (write(settled[1], "", 1) != 1)
		fail("pipe");
	if (read(ready[0], &c, 1) != 1)
		exit(125);
	(void) close(ready[0]);
	(void) close(settled[0]);
	(void) close(settled[1]);
	return pid;
}
