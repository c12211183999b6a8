/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of a hook for a container of an image that somebody else wrote, and what it changed.
 *
 *	hostile-call ID BUNDLE CGROUP USER private|host|stopped PREPARE HOOK [OPTION...]
 *
 * The container is a process in that cgroup, with a mount and (private) a cgroup namespace, its root
 * file system bound on itself and /proc mounted in it, as runtimes leave it; the shell command PREPARE
 * makes what else is mounted. Its root is USER, in a user namespace if that is not 0. All around it
 * is the host, one small file system. `stopped` is poststop.
 *
 * Says, a line each: `exit N`, `signal N` or `hangs`; `mounts N`, how many there are more in the
 * container; `journal same` or `changed`; `says TEXT` for each line of the hook; `fault TEXT` for
 * each that is not as it was: of the host whatever the hook did, of the container and its journal
 * directory if it failed.
 */
#include "hostile-call.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile-container.h"
#include "hostile-state.h"

#define TIME_LIMIT_MS 10000

static _Noreturn void be_hook(const Call *call, pid_t pid, int output_fd, char *argv[])
{
	int fd = check(memfd_create("state", MFD_CLOEXEC), "memfd_create");
	char process[32] = "";

	if (pid > 0)
		(void) snprintf(process, sizeof(process), ",\"pid\":%d", pid);
	(void) dprintf(
		fd,
		"{\"ociVersion\":\"1.0.2\",\"id\":\"%s\",\"status\":\"%s\",\"bundle\":\"%s\"%s}",
		call->id, pid > 0 ? "creating" : "stopped", call->bundle, process);
	(void) lseek(fd, 0, SEEK_SET);
	check(dup2(fd, STDIN_FILENO), "dup2");
	check(dup2(output_fd, STDOUT_FILENO), "dup2");
	check(dup2(output_fd, STDERR_FILENO), "dup2");
	(void) execv(argv[0], argv);
	fail(argv[0]);
}

/* run_hook() - call it, and say how it ended; returns whether all is to be as before */
static bool run_hook(const Call *call, pid_t pid, int output_fd, char *argv[])
{
	pid_t hook = check(fork(), "fork");
	struct pollfd poll_fd = {.events = POLLIN};
	bool hangs;
	int wait;

	if (hook == 0)
		be_hook(call, pid, output_fd, argv);
	poll_fd.fd = check((int) syscall(SYS_pidfd_open, hook, 0), "pidfd_open");
	hangs = poll(&poll_fd, 1, TIME_LIMIT_MS) == 0;
	if (hangs)
		(void) kill(hook, SIGKILL);
	check(waitpid(hook, &wait, 0), "waitpid");
	if (hangs)
		(void) puts("hangs");
	else if (WIFSIGNALED(wait))
		(void) printf("signal %d\n", WTERMSIG(wait));
	else
		(void) printf("exit %d\n", WEXITSTATUS(wait));
	return !hangs && WIFEXITED(wait) && WEXITSTATUS(wait) != 0;
}

static void report_output(int fd)
{
	FILE *file = fdopen(fd, "r");
	char line[4096];

	while (fgets(line, sizeof(line), file))
		(void) printf("says %.*s\n", (int) strcspn(line, "\n"), line);
}

int main(int argc, char *argv[])
{
	State before = {}, after = {};
	pid_t pid = 0;
	bool has_failed;
	int output[2];
	Call call;

	if (argc < 8)
		return 125;
	call = (Call){.id = argv[1],
		      .bundle = argv[2],
		      .cgroup = argv[3],
		      .user = (uid_t) atoi(argv[4]),
		      .has_cgroup_namespace = strcmp(argv[5], "private") == 0,
		      .prepare = argv[6]};
	/* a pipe: a file gets no text that a container chose */
	check(pipe2(output, O_CLOEXEC), "pipe2");
	check(fcntl(output[0], F_SETFL, O_NONBLOCK), "fcntl");
	if (strcmp(argv[5], "stopped") != 0)
		pid = container_start(&call);

	state_look(&call, pid, &before);
	has_failed = run_hook(&call, pid, output[1], argv + 7);
	state_look(&call, pid, &after);
	(void) printf("mounts %zd\n", (ssize_t) (after.n_mounts - before.n_mounts));
	(void) puts(strcmp(before.journal, after.journal) == 0 ? "journal same"
							       : "journal changed");
	report_output(output[0]);
	state_compare(before.host, after.host, "the host");
	state_report_strays(&call, before.container, after.container);
	if (call.user)
		state_report_foreign(&call, before.container, after.container);
	if (pid > 0) {
		if (has_failed) {
			state_compare(before.container, after.container, "the container");
			state_compare(before.journal, after.journal, "the journal");
		}
		(void) kill(pid, SIGKILL);
		(void) waitpid(pid, NULL, 0);
	}
	return 0;
}
