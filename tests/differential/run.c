/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one container and prints the facts of it and of its host:
 *
 *	run RUNTIME DESCRIPTION CONFIG [OPTION...]	options of the runtime
 *
 * All mounts are made in a mount namespace that ends with this program: what a hook mounts on the
 * host by mistake is seen, and then gone.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { ARGUMENTS_MAX = 32, TIMEOUT_MS = 30000 };

/* snapshot() - the host's facts to a file, by a child, so that each begins anew */
static void snapshot(const char *path, pid_t container)
{
	pid_t pid;

	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!freopen(path, "we", stdout))
			die(path);
		host_print(container);
		entries_print("source-entry", WORK "/source", NULL, 4);
		(void) fflush(stdout);
		_exit(0);
	}
	(void) waitpid(pid, NULL, 0);
}

static pid_t start(char *const arguments[], int out, const char *errors)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR),
		    said = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void) dup2(null, STDIN_FILENO);
		(void) dup2(out >= 0 ? out : null, STDOUT_FILENO);
		(void) dup2(said, STDERR_FILENO);
		(void) execvp(arguments[0], arguments);
		_exit(127);
	}
	return pid;
}

/* collect() - what the container's process says until its last line; false where that never came */
static bool collect(int fd, const char *path)
{
	FILE *file = fopen(path, "we");
	char buffer[65536];
	size_t kept = 0;
	ssize_t n;

	if (!file)
		die(path);
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (poll(&wait, 1, TIMEOUT_MS) <= 0)
			break;
		n = read(fd, buffer, sizeof(buffer));
		if (n <= 0)
			break;
		kept += fwrite(buffer, 1, (size_t) n, file);
	}
	(void) fclose(file);
	return kept > 0;
}

static void print_failure(const char *path)
{
	char said[1024] = "";
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(said, 1, sizeof(said) - 1, file) : 0;

	for (size_t i = 0; i < n; i++)
		if (said[i] == '\n' || said[i] == '\t')
			said[i] = ' ';
	printf("start\tno: %s\n", said);
	if (file)
		(void) fclose(file);
}

static pid_t container_pid(void)
{
	FILE *file = fopen(WORK "/pid", "re");
	int pid = 0;

	if (!file || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		(void) fclose(file);
	return pid;
}

/* run_container() - true if it started */
static bool run_container(char *const argv[])
{
	char *arguments[ARGUMENTS_MAX] = {argv[1]};
	int ends[2], status = 0, n = 1;
	pid_t pid;

	for (char *const *option = argv + 4; *option && n < ARGUMENTS_MAX - 10; option++)
		arguments[n++] = *option;
	arguments[n++] = (char *) "run";
	arguments[n++] = (char *) "-d";
	arguments[n++] = (char *) "--pid-file";
	arguments[n++] = (char *) WORK "/pid";
	arguments[n++] = (char *) "--bundle";
	arguments[n++] = (char *) WORK;
	arguments[n++] = (char *) CONTAINER;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = start(arguments, ends[1], WORK "/said");
	(void) close(ends[1]);
	(void) collect(ends[0], WORK "/inside");
	(void) close(ends[0]);
	(void) waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void delete_container(const char *runtime)
{
	char *const arguments[] = {(char *) runtime, (char *) "delete", (char *) "-f",
				   (char *) CONTAINER, NULL};

	(void) waitpid(start(arguments, -1, "/dev/null"), NULL, 0);
}

int main(int argc, char *argv[])
{
	if (argc < 4) {
		(void) fputs("usage: run RUNTIME DESCRIPTION CONFIG [OPTION...]\n", stderr);
		return 2;
	}
	/* as systemd has it, but of our own */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		die("mount namespace");
	bundle_make(argv[2], argv[3]);
	peers_read();
	snapshot(WORK "/before", 0);
	if (run_container(argv)) {
		puts("start\t"
		     "yes");
		facts_print(WORK "/inside", "", "");
		snapshot(WORK "/during", container_pid());
		facts_print(WORK "/during", "host-", "during-");
		facts_print(WORK "/during", "", "");
	} else {
		print_failure(WORK "/said");
	}
	delete_container(argv[1]);
	snapshot(WORK "/after", 0);
	(void) facts_differ(WORK "/before", WORK "/after");
	if (access("/sys/fs/cgroup/differential/one", F_OK) == 0)
		puts("left cgroup\t"
		     "yes");
	return 0;
}
