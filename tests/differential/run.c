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

/* journal_make() - a place for journals on the host that is this run's alone */
static void journal_make(void)
{
	if (mount("journal", "/var/log/journal", "tmpfs", 0, "mode=2755") < 0)
		die("/var/log/journal");
}

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

/* print_failure() - with the last line that the runtime said */
static void print_failure(const char *path)
{
	char line[1024], said[1024] = "";
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		(void) snprintf(said, sizeof(said), "%s", strstr(line, "msg=") ?: line);
	}
	for (char *tab; (tab = strchr(said, '\t'));)
		*tab = ' ';
	printf("start\t"
	       "no: %s\n",
	       said);
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

/* print_to_file() - runs a command; its output goes to a file */
static int print_to_file(char *const arguments[], const char *path)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = start(arguments, ends[1], WORK "/said");
	(void) close(ends[1]);
	(void) collect(ends[0], path);
	(void) close(ends[0]);
	(void) waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* probe_systemd() - in a container that runs systemd, which has to boot first */
static void probe_systemd(const char *runtime)
{
	const char *const boot[] = {
		runtime,
		"--root",
		WORK "/state",
		"exec",
		CONTAINER,
		"/bin/sh",
		"-c",
		"until [ -S /run/dbus/system_bus_socket ]; do sleep 0.2; done; "
		"printf 'boot\t'; timeout 60 systemctl is-system-running --wait",
		NULL};
	const char *const probe[] = {runtime,	"--root", WORK "/state", "exec",
				     CONTAINER, "/probe", "brief",	 NULL};

	(void) print_to_file((char *const *) boot, WORK "/inside");
	facts_print(WORK "/inside", "", "");
	(void) print_to_file((char *const *) probe, WORK "/inside");
}

/* run_container() - true if it started */
static bool run_container(char *const argv[])
{
	char *arguments[ARGUMENTS_MAX] = {argv[1]};
	int n = 1, status;

	arguments[n++] = (char *) "--root";
	arguments[n++] = (char *) WORK "/state";
	for (char *const *option = argv + 4; *option && n < ARGUMENTS_MAX - 10; option++)
		arguments[n++] = *option;
	arguments[n++] = (char *) "run";
	arguments[n++] = (char *) "-d";
	arguments[n++] = (char *) "--pid-file";
	arguments[n++] = (char *) WORK "/pid";
	arguments[n++] = (char *) "--bundle";
	arguments[n++] = (char *) WORK;
	arguments[n++] = (char *) CONTAINER;

	if (!description_has(argv[2], "payload systemd"))
		return print_to_file(arguments, WORK "/inside") == 0;
	(void) waitpid(start(arguments, -1, WORK "/said"), &status, 0);
	if (status != 0)
		return false;
	probe_systemd(argv[1]);
	return true;
}

static void delete_container(const char *runtime)
{
	char *const arguments[] = {(char *) runtime,
				   (char *) "--root",
				   (char *) WORK "/state",
				   (char *) "delete",
				   (char *) "-f",
				   (char *) CONTAINER,
				   NULL};

	(void) waitpid(start(arguments, -1, "/dev/null"), NULL, 0);
}

/* clean_up() - what the runtime left, which happens where a hook covered the host's cgroups */
static void clean_up(pid_t pid)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	if (pid <= 0 || access(path, F_OK) < 0)
		return;
	puts("left process\t"
	     "yes");
	(void) kill(pid, SIGKILL);
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
	journal_make();
	peers_read();
	snapshot(WORK "/before", 0);
	if (run_container(argv)) {
		puts("start\t"
		     "yes");
		facts_print(WORK "/inside", "", "");
		snapshot(WORK "/during", container_pid());
		facts_print(WORK "/during", "host-", "during-");
	} else {
		print_failure(WORK "/said");
	}
	delete_container(argv[1]);
	snapshot(WORK "/after", 0);
	(void) facts_differ(WORK "/before", WORK "/after");
	clean_up(container_pid());
	return 0;
}
