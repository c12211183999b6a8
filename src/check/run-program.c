/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host that answer a question: podman, journalctl. By full path, for some seconds. */
#include "run-program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "register-machine-hook/deadline.h"

#define TIMEOUT_USEC (10 * 1000 * 1000)
#define CHUNK 65536

/* spawn() - start a program; its number, or a negative errno */
static pid_t spawn(char *const argv[], int output_fd)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int r;

	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
						     0);
	if (r == 0)
		r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	(void) posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : -r;
}

static int read_until(const Deadline *deadline, int fd, size_t max_size, char **ret)
{
	cleanup_free char *data = NULL;
	size_t size = 0;

	for (;;) {
		char *bigger = realloc(data, size + CHUNK + 1);
		ssize_t n;
		int r;

		if (!bigger)
			return -ENOMEM;
		data = bigger;
		r = deadline_poll(deadline, fd, POLLIN);
		if (r < 0)
			return r;
		n = read(fd, data + size, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size += (size_t) n;
		data[size] = '\0';
		if (n == 0)
			break;
		if (size > max_size)
			return -E2BIG;
	}
	*ret = steal_ptr(data);
	return 0;
}

/**
 * run_program() - run a program of the host and take its output
 * @argv: its full path and arguments
 * @max_size: limit of the output
 * @ret: the output, to be freed
 *
 * Return: 0, -ENOENT if there is no such program, -EPROTO if it did not end with exit status 0,
 * -ETIMEDOUT, -E2BIG, or another negative errno.
 */
int run_program(char *const argv[], size_t max_size, char **ret)
{
	const Deadline deadline = deadline_in(TIMEOUT_USEC);
	cleanup_close int read_fd = -1, write_fd = -1;
	cleanup_free char *output = NULL;
	int fds[2], status, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	read_fd = fds[0];
	write_fd = fds[1];
	pid = spawn(argv, write_fd);
	if (pid < 0)
		return pid;
	write_fd = close_fd(write_fd);
	r = read_until(&deadline, read_fd, max_size, &output);
	if (r < 0)
		(void) kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -EPROTO;
	*ret = steal_ptr(output);
	return 0;
}
