/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether machined sees the same processes and cgroups as this hook.
 *
 * machined reads the leader's number in its own PID namespace, and finds the leader's unit in its
 * own cgroup namespace. An engine in a container may reach the host's machined, if it has the
 * host's /run. There the number means another process of the host, and `machinectl terminate` would
 * stop that one. So the other end of the socket is looked at before a word is said: it is who
 * listens, which is machined, its bus, or the systemd that made the socket for them.
 */
#include "machined-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "fs-util.h"
#include "unit.h"

#define FILE_SIZE_MAX (64 * 1024)

/* number 1 is the first process of our own PID namespace, whatever /proc shows */
#define FIRST_PROCESS 1

/* read_of_peer() - a file of /proc/PID; NULL if it cannot be told, as with hidepid= */
static char *read_of_peer(pid_t pid, const char *name)
{
	char path[sizeof("/proc/2147483647/cgroup")];
	char *text;

	(void) snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return read_file_at(AT_FDCWD, path, FILE_SIZE_MAX, &text, NULL) < 0 ? NULL : text;
}

/*
 * is_in_inner_pid_namespace() - whether a process that we see has another number of its own
 *
 * `NSpid:` lists its numbers, from the PID namespace of /proc down to that of the process.
 */
static bool is_in_inner_pid_namespace(pid_t pid)
{
	cleanup_free char *status = NULL;
	const char *line;
	int numbers[2];

	if (pid == FIRST_PROCESS)
		return false;
	status = read_of_peer(pid, "status");
	line = status ? strstr(status, "\nNSpid:") : NULL;
	if (!line)
		return false;
	line += strlen("\nNSpid:");
	/* stops at the end of the line: the next one begins with a letter */
	return sscanf(line, "%d %d", &numbers[0], &numbers[1]) == 2;
}

/*
 * is_in_outer_cgroup() - whether a process is above the root of our cgroup namespace
 *
 * Its path is `/..` then, or begins with `/../`.
 */
static int is_in_outer_cgroup(pid_t pid)
{
	cleanup_free char *text = NULL;
	cleanup_unit Unit unit = {};
	int r;

	text = read_of_peer(pid, "cgroup");
	if (!text)
		return false;
	r = unit_from_cgroup(text, /* container_id= */ "", /* is_user= */ false, &unit);
	if (r < 0)
		return r;
	return unit.cgroup &&
	       (strcmp(unit.cgroup, "..") == 0 || strncmp(unit.cgroup, "../", strlen("../")) == 0);
}

/**
 * machined_peer_check() - find out whether processes and cgroups are the same at the other end
 * @machined: the conversation
 * @fd: a socket that is connected to machined or to its bus
 *
 * Return: 0, MACHINED_E_ELSEWHERE with machined->reason, or a negative errno.
 */
int machined_peer_check(Machined *machined, int fd)
{
	struct ucred peer = {};
	socklen_t size = sizeof(peer);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	/* to us a process that we cannot see has the number 0 */
	if (peer.pid <= 0 || is_in_inner_pid_namespace(peer.pid))
		return machined_reason(machined, MACHINED_E_ELSEWHERE,
				       "it is in another PID namespace than this hook");
	r = is_in_outer_cgroup(peer.pid);
	if (r > 0)
		return machined_reason(machined, MACHINED_E_ELSEWHERE,
				       "it is in another cgroup namespace than this hook");
	return r;
}

/**
 * machined_connect() - connect to machined or to its bus, if it sees what we see
 * @machined: the conversation
 * @path: the socket
 * @ret_fd: a non-blocking descriptor
 *
 * Return: 0, MACHINED_E_ABSENT, MACHINED_E_ELSEWHERE with machined->reason, or a negative errno.
 */
int machined_connect(Machined *machined, const char *path, int *ret_fd)
{
	cleanup_close int fd = -1;
	int r;

	machined->reason[0] = '\0';
	fd = deadline_connect(&machined->deadline, path);
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return MACHINED_E_ABSENT;
	if (fd < 0)
		return fd;
	r = machined_peer_check(machined, fd);
	if (r != 0)
		return r;
	*ret_fd = steal_fd(&fd);
	return 0;
}
