/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a hook's call takes, compared with its floor.
 *
 *   bench BUILD-DIRECTORY CONFIG.JSON CALLS [MOUNTS]
 *
 * All programs are called in turn, CALLS times, so that whatever else the machine does falls on
 * each alike; ratios of the medians are what counts. A container is a sleeping process in a mount
 * and a cgroup namespace of its own; where a case sets one up, it gets a new one each time. MOUNTS
 * are made on the host first. All this happens in a mount namespace of our own.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json.h"

#define ELSEWHERE "/mnt"
#define CGROUP "/sys/fs/cgroup/oci-hooks-bench"

typedef enum Container {
	CONTAINER_IDLE, /* one for all calls; the hook leaves it as it is */
	CONTAINER_DONE, /* one for all calls, set up before */
	CONTAINER_NEW,	/* another one for each call */
} Container;

typedef struct Case {
	const char *name, *program;
	const char *bundle; /* minimal: the least config.json; engine: a real engine's */
	const char *command;
	Container container;
	const char *floor; /* name of the case to compare with */
	double *times;	   /* microseconds on the clock */
	double *cpu_times; /* microseconds of processor time, which other load disturbs less */
	long peak_kib;	   /* at most: the kernel counts in what the caller had */
} Case;

static Case cases[] = {
#define CASE(n, p, b, c, k, f)                                                                     \
	{                                                                                          \
		.name = (n), .program = (p), .bundle = (b), .command = (c), .container = (k),      \
		.floor = (f)                                                                       \
	}
	CASE("static true", "bench/true", "engine", "/bin/sh", CONTAINER_IDLE, "floor"),
	CASE("floor", "bench/floor", "engine", "/bin/sh", CONTAINER_IDLE, "floor"),
	CASE("floor, least config", "bench/floor", "minimal", "/bin/sh", CONTAINER_IDLE, "floor"),
	CASE("systemd-hook: not ours", "oci-systemd-hook", "engine", "/bin/sh", CONTAINER_IDLE,
	     "floor"),
	CASE("systemd-hook: second call", "oci-systemd-hook", "engine", "/sbin/init",
	     CONTAINER_DONE, "floor"),
	CASE("systemd-hook: set-up", "oci-systemd-hook", "engine", "/sbin/init", CONTAINER_NEW,
	     "floor"),
	CASE("systemd-hook: set-up, least config", "oci-systemd-hook", "minimal", "/sbin/init",
	     CONTAINER_NEW, "floor, least config"),
	CASE("register-machine: not ours", "oci-register-machine", "engine", "/bin/sh",
	     CONTAINER_IDLE, "floor"),
#undef CASE
};

static const char *build_dir;
static char work_dir[] = "/var/tmp/oci-hooks-bench.XXXXXX";

static void in_dir(const char *path)
{
	if (mkdir(path, 0755) < 0 || chdir(path) < 0)
		err(EXIT_FAILURE, "%s", path);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		err(EXIT_FAILURE, "%s", path);
}

/* make_host() - a host of our own: cgroup v2, an empty journal directory, and some mounts */
static void make_host(int mounts)
{
	struct stat st;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		err(EXIT_FAILURE, "mount namespace");
	/* bound, never mounted: the options of cgroup2 belong to the whole machine */
	if (stat("/sys/fs/cgroup/unified", &st) == 0 &&
	    mount("/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL, MS_BIND, NULL) < 0)
		err(EXIT_FAILURE, "cgroup");
	if (mount("tmpfs", "/var/log", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/var/log/journal", 02755) < 0)
		err(EXIT_FAILURE, "/var/log");
	if (mkdir(CGROUP, 0755) < 0)
		err(EXIT_FAILURE, CGROUP);

	if (mount("tmpfs", ELSEWHERE, "tmpfs", 0, NULL) < 0 || chdir(ELSEWHERE) < 0)
		err(EXIT_FAILURE, ELSEWHERE);
	for (int i = 0; i < mounts; i++) {
		char name[16];

		(void) snprintf(name, sizeof(name), "%d", i);
		if (mkdir(name, 0755) < 0 || mount("tmpfs", name, "tmpfs", 0, NULL) < 0)
			err(EXIT_FAILURE, "mount %d", i);
	}
}

/* make_bundle() - an image with a systemd, and a config.json for it */
static void make_bundle(const char *name, json_t *config, const char *command)
{
	static const char *const dirs[] = {"bin", "sbin", "lib", "run",	   "tmp",
					   "etc", "var",  "sys", "sys/fs", "sys/fs/cgroup"};
	char path[256];
	json_t *copy = json_deep_copy(config);

	(void) snprintf(path, sizeof(path), "%s/%s%s", work_dir, name, command + 1);
	for (char *c = path + strlen(work_dir) + 1; *c; c++)
		*c = (char) (*c == '/' ? '-' : *c);
	in_dir(path);
	in_dir("rootfs");
	for (size_t i = 0; i < ELEMENTSOF(dirs); i++)
		if (mkdir(dirs[i], 0755) < 0)
			err(EXIT_FAILURE, "%s", dirs[i]);
	write_text("lib/systemd", "");
	write_text("bin/sh", "");
	write_text("etc/machine-id", "");
	if (chmod("lib/systemd", 0755) < 0 || chmod("bin/sh", 0755) < 0 ||
	    symlink("../lib/systemd", "sbin/init") < 0 || chdir("..") < 0)
		err(EXIT_FAILURE, "bundle");

	(void) json_object_set_new(copy, "root", json_pack("{s:s}", "path", "rootfs"));
	(void) json_object_set_new(json_object_get(copy, "process"), "args",
				   json_pack("[s]", command));
	if (json_dump_file(copy, "config.json", JSON_INDENT(1)) < 0)
		errx(EXIT_FAILURE, "cannot write config.json");
	json_decref(copy);
}

static void bundle_path(const Case *c, char *path, size_t size)
{
	(void) snprintf(path, size, "%s/%s%s", work_dir, c->bundle,
			strcmp(c->command, "/bin/sh") == 0 ? "bin-sh" : "sbin-init");
}

static pid_t start_container(const Case *c)
{
	char path[256], byte;
	int ready[2];
	pid_t pid;

	bundle_path(c, path, sizeof(path));
	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		err(EXIT_FAILURE, "container");
	if (pid == 0) {
		(void) strcat(path, "/rootfs");
		write_text(CGROUP "/cgroup.procs", "0");
		if (unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0 ||
		    mount(path, path, NULL, MS_BIND, NULL) < 0 || write(ready[1], "", 1) != 1)
			_exit(EXIT_FAILURE);
		for (;;)
			(void) pause();
	}
	(void) close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(EXIT_FAILURE, "the container did not start");
	(void) close(ready[0]);
	return pid;
}

static void stop_container(pid_t pid)
{
	(void) kill(pid, SIGKILL);
	(void) waitpid(pid, NULL, 0);
}

static double microseconds(struct timeval time)
{
	return (double) time.tv_sec * 1e6 + (double) time.tv_usec;
}

/* call() - one call of a case's program */
static void call(Case *c, pid_t container, int number, double *ret_time, double *ret_cpu_time)
{
	char program[512], path[256], text[1024];
	char *argv[] = {program, NULL}, *envp[] = {NULL};
	posix_spawn_file_actions_t actions;
	struct timespec from, to;
	struct rusage usage;
	int status;
	pid_t pid;

	(void) snprintf(program, sizeof(program), "%s/%s", build_dir, c->program);
	bundle_path(c, path, sizeof(path));
	(void) snprintf(text, sizeof(text),
			"{\"ociVersion\":\"1.2.1\",\"id\":\"%08x%056x\",\"status\":\"created\","
			"\"pid\":%d,\"bundle\":\"%s\"}",
			number, 0xbe, container, path);
	write_text("state", text);

	(void) posix_spawn_file_actions_init(&actions);
	(void) posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "state", O_RDONLY, 0);
	(void) clock_gettime(CLOCK_MONOTONIC, &from);
	if (posix_spawn(&pid, program, &actions, NULL, argv, envp) != 0)
		errx(EXIT_FAILURE, "cannot run %s", program);
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		errx(EXIT_FAILURE, "%s failed", c->name);
	(void) clock_gettime(CLOCK_MONOTONIC, &to);
	(void) posix_spawn_file_actions_destroy(&actions);

	c->peak_kib = MAX(c->peak_kib, usage.ru_maxrss);
	*ret_time = (double) (to.tv_sec - from.tv_sec) * 1e6 +
		    (double) (to.tv_nsec - from.tv_nsec) / 1e3;
	*ret_cpu_time = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

static void measure(int calls)
{
	pid_t containers[ELEMENTSOF(cases)];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cases[i].times = calloc((size_t) calls, sizeof(double));
		cases[i].cpu_times = calloc((size_t) calls, sizeof(double));
		if (!cases[i].times || !cases[i].cpu_times)
			err(EXIT_FAILURE, "memory");
		containers[i] = start_container(&cases[i]);
		if (cases[i].container == CONTAINER_DONE)
			call(&cases[i], containers[i], 1, cases[i].times, cases[i].cpu_times);
	}
	for (int n = 0; n < calls; n++)
		for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
			bool is_new = cases[i].container == CONTAINER_NEW;
			pid_t pid = is_new ? start_container(&cases[i]) : containers[i];

			call(&cases[i], pid, is_new ? 2 + n * (int) ELEMENTSOF(cases) + (int) i : 1,
			     &cases[i].times[n], &cases[i].cpu_times[n]);
			if (is_new)
				stop_container(pid);
		}
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		stop_container(containers[i]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *times, int calls, double q)
{
	return times[(int) (q * (calls - 1))];
}

static const Case *find(const char *name)
{
	const Case *c = cases;

	while (strcmp(c->name, name) != 0)
		c++;
	return c;
}

static void report(int calls, int mounts)
{
	printf("%-35s %8s %6s %14s %8s %6s %9s\n", "", "median", "floor", "10% - 90%", "CPU",
	       "floor", "peak");
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		qsort(cases[i].times, (size_t) calls, sizeof(double), compare);
		qsort(cases[i].cpu_times, (size_t) calls, sizeof(double), compare);
	}
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const Case *c = &cases[i], *floor = find(c->floor);
		double time = quantile(c->times, calls, 0.5);
		double cpu_time = quantile(c->cpu_times, calls, 0.5);

		printf("%-35s %5.0f us %5.2fx %5.0f - %5.0f us %5.0f us %5.2fx %5ld KiB\n", c->name,
		       time, time / quantile(floor->times, calls, 0.5),
		       quantile(c->times, calls, 0.1), quantile(c->times, calls, 0.9), cpu_time,
		       cpu_time / quantile(floor->cpu_times, calls, 0.5), c->peak_kib);
	}
	printf("%d calls each, in turn; %d more mounts on the host\n\n", calls, mounts);
}

int main(int argc, char *argv[])
{
	json_auto_t *engine = NULL, *minimal = NULL;
	int calls, mounts;

	if (argc < 4)
		errx(EXIT_FAILURE, "usage: bench BUILD-DIRECTORY CONFIG.JSON CALLS [MOUNTS]");
	build_dir = argv[1];
	engine = json_load_file(argv[2], 0, NULL);
	minimal = json_pack("{s:s, s:{}, s:{}}", "ociVersion", "1.2.1", "process", "linux");
	calls = atoi(argv[3]);
	mounts = argc > 4 ? atoi(argv[4]) : 0;
	if (!engine || !minimal || calls < 1 || !mkdtemp(work_dir))
		errx(EXIT_FAILURE, "cannot begin: %s", argv[2]);

	make_host(mounts);
	for (size_t i = 0; i < 4; i++)
		make_bundle(i < 2 ? "engine" : "minimal", i < 2 ? engine : minimal,
			    i % 2 ? "/sbin/init" : "/bin/sh");
	if (chdir(work_dir) < 0)
		err(EXIT_FAILURE, "%s", work_dir);
	measure(calls);
	report(calls, mounts);

	(void) fflush(stdout);
	(void) rmdir(CGROUP);
	return execlp("rm", "rm", "-rf", work_dir, NULL);
}
