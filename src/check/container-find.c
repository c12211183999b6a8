/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which container an operator means: by its bundle, the number of a process, its id or its name. From
 * the state directories of the runtimes, and from podman, which alone knows names and containers that
 * do not run.
 */
#include "container-find.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines.h"
#include "fs-util.h"
#include "json.h"
#include "parse-util.h"
#include "run-program.h"

#define STATE_SIZE_MAX (16 * 1024 * 1024)
#define CGROUP_SIZE_MAX (64 * 1024)
#define ID_LENGTH 64

/** container_done() - release what it holds */
void container_done(Container *container)
{
	free(container->id);
	free(container->bundle);
	*container = (Container){};
}

/* set() - fill in what a source knows; @pid is trusted only as far as it runs */
static int set(Container *container, const char *id, const char *bundle, json_int_t pid)
{
	container->id = strdup(id);
	container->bundle = bundle && *bundle ? strdup(bundle) : NULL;
	container->pid = pid > 0 && pid <= INT32_MAX ? (pid_t) pid : 0;
	return !container->id || (bundle && *bundle && !container->bundle) ? -ENOMEM : 0;
}

static json_t *read_json(const char *path)
{
	cleanup_free char *text = NULL;
	json_t *json = NULL;
	ParseError error;
	size_t size;

	if (read_file_at(AT_FDCWD, path, STATE_SIZE_MAX, &text, &size) >= 0)
		(void) json_load_text(text, size, &json, &error);
	return json;
}

/* read_crun() - DIRECTORY/status */
static int read_crun(const char *directory, const char *id, Container *ret)
{
	cleanup_free char *path = NULL;
	json_auto_t *json = NULL;

	if (asprintf(&path, "%s/%s/status", directory, id) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	json = read_json(path);
	if (!json)
		return -ENOENT;
	return set(ret, id, json_string_value(json_object_get(json, "bundle")),
		   json_integer_value(json_object_get(json, "pid")));
}

/* read_runc() - DIRECTORY/state.json, with the bundle among its labels */
static int read_runc(const char *directory, const char *id, Container *ret)
{
	cleanup_free char *path = NULL;
	json_auto_t *json = NULL;
	const char *bundle = NULL;
	json_t *label;
	size_t i;

	if (asprintf(&path, "%s/%s/state.json", directory, id) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	json = read_json(path);
	if (!json)
		return -ENOENT;
	json_array_foreach (json_object_get(json_object_get(json, "config"), "labels"), i, label)
		if (json_is_string(label) && strncmp(json_string_value(label), "bundle=", 7) == 0)
			bundle = json_string_value(label) + 7;
	return set(ret, id, bundle, json_integer_value(json_object_get(json, "init_process_pid")));
}

static const struct {
	const char *directory; /* after that of the user, where it begins with no slash */
	int (*read)(const char *directory, const char *id, Container *ret);
} runtimes[] = {
	{"/run/crun", read_crun},
	{"/run/runc", read_runc},
	{"/run/docker/runtime-runc/moby", read_runc},
	{"/run/containerd/runc/default", read_runc},
	{"/run/containerd/runc/k8s.io", read_runc},
	{"crun", read_crun},
	{"runc", read_runc},
};

static void directory_of(size_t index, char *path, size_t size)
{
	const char *own = getenv("XDG_RUNTIME_DIR"), *name = runtimes[index].directory;

	(void) snprintf(path, size, "%s%s%s", *name == '/' ? "" : own ?: "/nonexistent",
			*name == '/' ? "" : "/", name);
}

static int find_in_runtimes(const char *id, Container *ret)
{
	char directory[256];
	int r = -ENOENT;

	if (strchr(id, '/') || *id == '.')
		return -ENOENT;
	for (size_t i = 0; i < ELEMENTSOF(runtimes) && r == -ENOENT; i++) {
		directory_of(i, directory, sizeof(directory));
		r = runtimes[i].read(directory, id, ret);
	}
	return r;
}

/* find_process() - the container whose first process this is */
static int find_process(uint64_t pid, Container *ret)
{
	char directory[256];

	for (size_t i = 0; i < ELEMENTSOF(runtimes); i++) {
		cleanup_close int fd = -1;
		cleanup_dir DIR *dir = NULL;
		struct dirent *entry;

		directory_of(i, directory, sizeof(directory));
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fd_open_dir(fd, &dir) < 0)
			continue;
		while (dir_next(dir, &entry) > 0) {
			cleanup_container Container container = {};

			if (runtimes[i].read(directory, entry->d_name, &container) < 0 ||
			    (uint64_t) container.pid != pid)
				continue;
			*ret = container;
			container = (Container){};
			return 0;
		}
	}
	return -ENOENT;
}

/* find_in_podman() - `podman container inspect`, which answers for stopped containers too */
static int find_in_podman(const char *word, Container *ret)
{
	cleanup_free char *podman = engine_find_program("podman"), *output = NULL;
	char *const argv[] = {podman,	     (char *) "container", (char *) "inspect",
			      (char *) "--", (char *) word,	   NULL};
	json_auto_t *json = NULL;
	const char *id, *path;
	ParseError error;
	json_t *first;
	char *slash;
	int r;

	if (!podman)
		return -ENOENT;
	r = run_program(argv, STATE_SIZE_MAX, &output);
	if (r < 0)
		return r == -EPROTO ? -ENOENT : r;
	r = json_load_text(output, strlen(output), &json, &error);
	if (r < 0)
		return r;
	first = json_array_get(json, 0);
	id = json_string_value(json_object_get(first, "Id"));
	path = json_string_value(json_object_get(first, "OCIConfigPath"));
	if (!id)
		return -ENOENT;
	r = set(ret, id, path,
		json_integer_value(json_object_get(json_object_get(first, "State"), "Pid")));
	slash = ret->bundle ? strrchr(ret->bundle, '/') : NULL;
	if (slash)
		*slash = '\0';
	return r;
}

/* find_in_cgroup() - the 64 digits by which engines name containers, in the cgroup of a process */
static int find_in_cgroup(const char *pid, char id[ID_LENGTH + 1])
{
	char path[sizeof("/proc/18446744073709551615/cgroup")];
	cleanup_free char *text = NULL;
	size_t digits = 0;
	int r;

	(void) snprintf(path, sizeof(path), "/proc/%.20s/cgroup", pid);
	r = read_file_at(AT_FDCWD, path, CGROUP_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	for (const char *c = text;; c++) {
		if (isxdigit((unsigned char) *c)) {
			digits++;
			continue;
		}
		if (digits == ID_LENGTH) {
			(void) snprintf(id, ID_LENGTH + 1, "%.*s", ID_LENGTH, c - ID_LENGTH);
			return 0;
		}
		if (!*c)
			return -ENOENT;
		digits = 0;
	}
}

/* find_bundle() - podman and CRI-O: .../ID/userdata; others name the bundle as they like */
static int find_bundle(const char *word, Container *ret)
{
	cleanup_free char *path = realpath(word, NULL), *copy = NULL;
	Container running = {};
	char *name;
	int r;

	if (!path)
		return -errno;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	name = strrchr(copy, '/');
	if (strcmp(name, "/userdata") == 0) {
		*name = '\0';
		name = strrchr(copy, '/') ?: name;
	}
	r = find_in_runtimes(name + 1, &running);
	if (r < 0 && r != -ENOENT)
		return r;
	r = set(ret, name + 1, path,
		running.bundle && strcmp(running.bundle, path) == 0 ? running.pid : 0);
	container_done(&running);
	return r;
}

/**
 * container_find() - find a container
 * @word: its bundle (with a slash), the number of a process in it (of its first one, where its cgroup
 * does not tell the id), its id or its name
 * @ret: the container; release with container_done()
 *
 * Return: 0, -ENOENT if there is none, or another negative errno.
 */
int container_find(const char *word, Container *ret)
{
	cleanup_container Container container = {};
	char id[ID_LENGTH + 1];
	uint64_t number;
	int r;

	if (strchr(word, '/')) {
		r = find_bundle(word, &container);
	} else {
		bool is_number = parse_uint64(word, &number) >= 0;

		if (is_number && find_in_cgroup(word, id) >= 0)
			word = id;
		r = find_in_runtimes(word, &container);
		if (r == -ENOENT && is_number && word != id)
			r = find_process(number, &container);
		if (r == -ENOENT)
			r = find_in_podman(word, &container);
	}
	if (r < 0)
		return r;
	*ret = container;
	container = (Container){};
	return 0;
}
