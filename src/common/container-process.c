/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process: pinned by a pidfd before anything is believed of /proc/PID. */
#include "container-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs-util.h"

/** container_process_done() - release the descriptors */
void container_process_done(ContainerProcess *process)
{
	process->pidfd = close_fd(process->pidfd);
	process->proc_fd = close_fd(process->proc_fd);
}

/**
 * container_process_is_alive() - whether the pinned process still runs
 *
 * Return: 1, 0 (also if none is pinned), or the negative errno of poll(2).
 */
int container_process_is_alive(const ContainerProcess *process)
{
	struct pollfd poll_fd = {.fd = process->pidfd, .events = POLLIN};

	if (process->pidfd < 0)
		return 0;
	if (poll(&poll_fd, 1, 0) < 0)
		return -errno;
	return !(poll_fd.revents & POLLIN);
}

/*
 * check_proc() - whether /proc and pidfd_open(2) number processes alike
 *
 * The /proc of another PID namespace may be mounted here. /proc/PID is another process then.
 *
 * Return: 0, CONTAINER_PROCESS_E_OTHER_PROC, -ESRCH if the process has ended, or another negative
 * errno.
 */
static int check_proc(const ContainerProcess *process)
{
	char path[sizeof("/proc/self/fdinfo/2147483647")], text[512];
	cleanup_close int fd = -1;
	const char *line;
	ssize_t n;
	int pid;

	(void) snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", process->pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		/* not even we are in there */
		return errno == ENOENT ? CONTAINER_PROCESS_E_OTHER_PROC : -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	line = strstr(text, "\nPid:");
	if (!line || sscanf(line, "\nPid: %d", &pid) != 1)
		return CONTAINER_PROCESS_E_OTHER_PROC;
	/* the kernel says -1 of one that has been waited for */
	if (pid < 0)
		return -ESRCH;
	return pid == process->pid ? 0 : CONTAINER_PROCESS_E_OTHER_PROC;
}

/**
 * container_process_pin() - hold on to a process
 * @pid: its number, as the runtime gave it, greater than 0
 * @ret: the process; release with container_process_done()
 *
 * Return: 0, CONTAINER_PROCESS_E_OTHER_PROC, -ESRCH if there is no such process, or the negative
 * errno of pidfd_open(2), open(2) or read(2).
 */
int container_process_pin(pid_t pid, ContainerProcess *ret)
{
	cleanup_container_process ContainerProcess process = CONTAINER_PROCESS_NULL;
	char path[sizeof("/proc/2147483647")];
	int r;

	process.pid = pid;
	process.pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
	if (process.pidfd < 0)
		/* what the kernel says of 0 and of a thread that is not the process's first */
		return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
	r = check_proc(&process);
	if (r != 0)
		return r;

	(void) snprintf(path, sizeof(path), "/proc/%d", pid);
	process.proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process.proc_fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;

	/* Alive after /proc/PID was opened: so both are the same process. */
	r = container_process_is_alive(&process);
	if (r < 0)
		return r;
	if (r == 0)
		return -ESRCH;

	*ret = process;
	process = (ContainerProcess) CONTAINER_PROCESS_NULL;
	return 0;
}

/**
 * container_process_open_root() - open the container's root file system
 * @process: the container's process, before pivot_root(2)
 * @root_path: root.path of config.json, absolute
 *
 * As seen in the container's mount namespace, where the volumes are mounted; ours need not even
 * show the root file system. No namespace is entered: /proc/PID/root leads there.
 *
 * Return: an O_PATH descriptor, -ESRCH if the process has ended, or another negative errno.
 */
int container_process_open_root(const ContainerProcess *process, const char *root_path)
{
	cleanup_close int host_fd = -1;

	host_fd = openat(process->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host_fd < 0)
		return look_up_failed(-errno) ? -errno : -ESRCH;
	return open_in_root(host_fd, root_path, O_PATH | O_DIRECTORY);
}
