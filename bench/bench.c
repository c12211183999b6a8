/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a hook's call takes: one line for each call
 * (sample.h) for bench/report to make tables of. All cases are called in turn, so that whatever else the
 * machine does falls on each alike; the n-th line of each case belongs to the same turn. All
 * happens in a mount namespace of our own.
 */
#include <err.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "macro.h"
#include "sample.h"

typedef enum Container {
	CONTAINER_IDLE, /* one for all calls; the hook leaves it as it is */
	CONTAINER_DONE, /* one for all calls, set up before */
	CONTAINER_NEW,	/* another one for each call */
} Container;

typedef struct Case {
	const char *name, *program;
	const char *bundle; /* see add_bundles() */
	Container container;
	Mounts mounts;
	pid_t pid; /* of the one container for all calls */
} Case;

#define SYSTEMD "oci-systemd-hook"
#define REGISTER "oci-register-machine"

static Case cases[] = {
	{"true", "bench/true", "engine-sh", CONTAINER_IDLE, MOUNTS_NONE, 0},
	{"floor", "bench/floor", "engine-sh", CONTAINER_IDLE, MOUNTS_NONE, 0},
	{"kernel", "bench/kernel-floor", "engine-init", CONTAINER_NEW, MOUNTS_NONE, 0},
	{"not ours", SYSTEMD, "engine-sh", CONTAINER_IDLE, MOUNTS_NONE, 0},
	{"register not ours", REGISTER, "engine-sh", CONTAINER_IDLE, MOUNTS_NONE, 0},
	{"second call", SYSTEMD, "engine-done", CONTAINER_DONE, MOUNTS_NONE, 0},
	{"second call, engine's mounts", SYSTEMD, "engine-done", CONTAINER_DONE, MOUNTS_ENGINE, 0},
	{"set-up", SYSTEMD, "engine-init", CONTAINER_NEW, MOUNTS_NONE, 0},
	{"set-up, engine's mounts", SYSTEMD, "engine-init", CONTAINER_NEW, MOUNTS_ENGINE, 0},
	{"least floor", "bench/floor", "least-sh", CONTAINER_IDLE, MOUNTS_NONE, 0},
	{"least set-up", SYSTEMD, "least-init", CONTAINER_NEW, MOUNTS_NONE, 0},
	{"predecessor", NULL, "least-init", CONTAINER_NEW, MOUNTS_NONE, 0},
};

static Host host;
static const char *build_dir, *config_path, *label = "", *only, *predecessor;
static int n_calls = 100;

static void write_state(const char *bundle, pid_t pid, const char *id)
{
	char path[BENCH_PATH_MAX];
	FILE *file = fopen("state", "w");

	host_bundle_path(&host, bundle, path);
	if (!file ||
	    fprintf(file,
		    "{\"ociVersion\":\"1.2.1\",\"id\":\"%s\",\"status\":\"created\","
		    "\"pid\":%d,\"bundle\":\"%s\"}",
		    id, pid, path) < 0 ||
	    fclose(file) != 0)
		err(EXIT_FAILURE, "state");
}

/* call() - one call of a case's program, with one line about it */
static void call(const Case *c, pid_t container, const char *id, bool is_counted)
{
	char program[BENCH_PATH_MAX];
	char *argv[] = {program, NULL};
	Sample sample;

	if (c->program)
		(void) snprintf(program, sizeof(program), "%s/%s", build_dir, c->program);
	else
		(void) snprintf(program, sizeof(program), "%s", predecessor);
	write_state(c->bundle, container, id);
	sample = sample_call(argv, "state");
	if (is_counted)
		sample_print(label, c->name, &sample);
}

/* make_id() - the id of a container, of its pid */
static const char *make_id(pid_t pid)
{
	static char id[65];

	(void) snprintf(id, sizeof(id), "%08x%056x", (unsigned int) pid, 0xbeU);
	return id;
}

static bool is_wanted(const Case *c)
{
	/* the kernel floor knows cgroup v2 only */
	if (host.is_hybrid && strcmp(c->name, "kernel") == 0)
		return false;
	if (!c->program && !predecessor)
		return false;
	return !only || strcmp(c->name, only) == 0;
}

static void measure(void)
{
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		Case *c = &cases[i];

		if (c->container == CONTAINER_NEW || !is_wanted(c))
			continue;
		c->pid = host_start_container(&host, c->bundle, c->mounts);
		if (c->container == CONTAINER_DONE)
			call(c, c->pid, make_id(c->pid), /* is_counted= */ false);
	}
	for (int n = 0; n < n_calls; n++)
		for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
			const Case *c = &cases[i];
			pid_t pid;

			if (!is_wanted(c))
				continue;
			if (c->container != CONTAINER_NEW) {
				call(c, c->pid, make_id(c->pid), /* is_counted= */ true);
				continue;
			}
			pid = host_start_container(&host, c->bundle, c->mounts);
			call(c, pid, make_id(pid), /* is_counted= */ true);
			host_stop_container(pid);
			host_forget_container(&host, c->bundle, make_id(pid));
		}
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (cases[i].pid > 0)
			host_stop_container(cases[i].pid);
}

static void add_bundles(void)
{
	json_t *engine = json_load_file(config_path, 0, NULL);
	json_t *least = json_pack("{s:s, s:{}, s:{}, s:[]}", "ociVersion", "1.2.1", "process",
				  "linux", "mounts");

	json_t *annotations = json_object_get(engine, "annotations"), *value;
	const char *key;
	void *next;

	if (!engine || !least)
		errx(EXIT_FAILURE, "cannot read %s", config_path);
	/* whether a container is ours is a matter of its command here */
	json_object_foreach_safe(
		annotations, next, key,
		value) if (strncmp(key, "io.containers.", strlen("io.containers.")) == 0)(void)
		json_object_del(annotations, key);
	host_add_bundle(&host, "engine-sh", engine, "/bin/sh");
	host_add_bundle(&host, "engine-done", engine, "/sbin/init");
	host_add_bundle(&host, "engine-init", engine, "/sbin/init");
	host_add_bundle(&host, "least-sh", least, "/bin/sh");
	host_add_bundle(&host, "least-init", least, "/sbin/init");
	json_decref(engine);
	json_decref(least);
}

static const char usage_text[] = "usage: bench [OPTION...] BUILD-DIRECTORY CONFIG.JSON\n"
				 "  --label=TEXT   first word of each line\n"
				 "  --calls=N      of each case\n"
				 "  --case=NAME    only this one\n"
				 "  --mounts=N     more on the host\n"
				 "  --volumes=N    of each container\n"
				 "  --files=N      in the image's /run\n"
				 "  --hybrid       a host with cgroup v1 and v2\n"
				 "  --predecessor=PROGRAM  sets up, too\n";

static void parse_options(int argc, char *argv[])
{
	static const struct option options[] = {
		{"label", required_argument, NULL, 'l'},
		{"calls", required_argument, NULL, 'c'},
		{"case", required_argument, NULL, 'o'},
		{"mounts", required_argument, NULL, 'm'},
		{"volumes", required_argument, NULL, 'v'},
		{"files", required_argument, NULL, 'f'},
		{"hybrid", no_argument, NULL, 'h'},
		{"predecessor", required_argument, NULL, 'p'},
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (option) {
		case 'l':
			label = optarg;
			break;
		case 'c':
			n_calls = atoi(optarg);
			break;
		case 'o':
			only = optarg;
			break;
		case 'm':
			host.mounts = atoi(optarg);
			break;
		case 'v':
			host.volumes = atoi(optarg);
			break;
		case 'f':
			host.files = atoi(optarg);
			break;
		case 'p':
			predecessor = optarg;
			break;
		case 'h':
			host.is_hybrid = true;
			break;
		default:
			errx(EXIT_FAILURE, "%s", usage_text);
		}
	if (argc - optind != 2)
		errx(EXIT_FAILURE, "%s", usage_text);
	build_dir = realpath(argv[optind], NULL);
	config_path = realpath(argv[optind + 1], NULL);
	if (!build_dir || !config_path)
		err(EXIT_FAILURE, "%s %s", argv[optind], argv[optind + 1]);
}

int main(int argc, char *argv[])
{
	parse_options(argc, argv);
	host_make(&host);
	add_bundles();
	measure();
	host_remove(&host);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
