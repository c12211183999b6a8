/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engines of this host that read hooks directories, and what concerns us of their configuration:
 * hooks_dir and cgroup_manager in the files that podman (containers.conf(5)) and CRI-O (crio.conf(5))
 * read, in their order. What stands in the command line of a service is not seen.
 */
#include "engines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "run-program.h"
#include "toml.h"

#define DEFAULT_DIRECTORY "/usr/share/containers/oci/hooks.d"
#define OVERRIDE_DIRECTORY "/etc/containers/oci/hooks.d"
#define CONF_SIZE_MAX (1024 * 1024)
#define VERSION_SIZE_MAX 65536

/** engine_done() - release what an engine holds */
void engine_done(Engine *engine)
{
	free(engine->program);
	free(engine->cgroup_manager);
	free(engine->cgroup_manager_file);
	json_decref(engine->directories);
	*engine = (Engine){};
}

/**
 * engine_find_program() - where a program is
 * @name: its name
 *
 * Return: its path, to be freed, or NULL.
 */
char *engine_find_program(const char *name)
{
	static const char *const directories[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin",
						  "/usr/local/sbin"};
	char *path;

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		if (asprintf(&path, "%s/%s", directories[i], name) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/**
 * engine_version() - what a program says to --version
 * @program: its path
 * @ret: the first line, to be freed
 *
 * Return: 0, or a negative errno as run_program() has it.
 */
int engine_version(const char *program, char **ret)
{
	char *const argv[] = {(char *) program, (char *) "--version", NULL};
	int r;

	r = run_program(argv, VERSION_SIZE_MAX, ret);
	if (r >= 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

/* The names of what we read. */
typedef struct Keys {
	const char *hooks_dir, *cgroup_manager;
} Keys;

static int take_hooks_dir(Engine *engine, const TomlList *list)
{
	if (!list->strings)
		return 0;
	if (list->has_append) /* it stays so for the files that follow */
		engine->appends = list->append;
	if (!engine->appends)
		(void) json_array_clear(engine->directories);
	return json_array_extend(engine->directories, list->strings) < 0 ? -ENOMEM : 0;
}

static int take_cgroup_manager(Engine *engine, const char *path, char **manager)
{
	if (!*manager)
		return 0;
	free(engine->cgroup_manager);
	free(engine->cgroup_manager_file);
	engine->cgroup_manager = steal_ptr(*manager);
	engine->cgroup_manager_file = strdup(path);
	return engine->cgroup_manager_file ? 0 : -ENOMEM;
}

/* read_conf() - take from one file what is there */
static int read_conf(Report *report, Engine *engine, const char *path, const Keys *keys)
{
	cleanup_free char *text = NULL, *manager = NULL;
	cleanup_toml_list TomlList list = {};
	int r;

	r = read_file_at(AT_FDCWD, path, CONF_SIZE_MAX, &text, NULL);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	if (r >= 0)
		r = toml_read_list(text, keys->hooks_dir, &list);
	if (r >= 0)
		r = toml_read_string(text, keys->cgroup_manager, &manager);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		report_add(report, LEVEL_WARNING, "conf-unreadable", path,
			   r == -EACCES ? "Try again as root."
					: "Look for hooks_dir in it, and give those directories by "
					  "--hooks-dir.",
			   "cannot be read as far as hooks_dir and cgroup_manager: %s",
			   r == -EINVAL ? "no TOML that this program understands" : strerror(-r));
		return 0;
	}
	r = take_hooks_dir(engine, &list);
	return r < 0 ? r : take_cgroup_manager(engine, path, &manager);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);

	return length >= suffix_length && strcmp(name + length - suffix_length, suffix) == 0;
}

/* read_drop_ins() - the files of a directory whose names have a suffix */
static int read_drop_ins(Report *report, Engine *engine, const char *directory, const Keys *keys,
			 const char *suffix)
{
	struct dirent **entries;
	int n, r = 0;

	n = scandir(directory, &entries, NULL, by_bytes);
	for (int i = 0; i < n; i++) {
		cleanup_free struct dirent *entry = entries[i];
		cleanup_free char *path = NULL;

		if (r < 0 || entry->d_type == DT_DIR || !has_suffix(entry->d_name, suffix))
			continue;
		if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0) {
			path = NULL;
			r = -ENOMEM;
			continue;
		}
		r = read_conf(report, engine, path, keys);
	}
	if (n >= 0)
		free(entries);
	return r;
}

/* read_with_drop_ins() - a file, and those of the directory beside it */
static int read_with_drop_ins(Report *report, Engine *engine, const char *path, const Keys *keys,
			      const char *suffix)
{
	cleanup_free char *directory = NULL;
	int r;

	r = read_conf(report, engine, path, keys);
	if (r < 0)
		return r;
	if (asprintf(&directory, "%s.d", path) < 0) {
		directory = NULL;
		return -ENOMEM;
	}
	return read_drop_ins(report, engine, directory, keys, suffix);
}

/* read_users_conf() - of a rootless podman */
static int read_users_conf(Report *report, Engine *engine, const Keys *keys)
{
	const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	bool has_config_home = config_home && *config_home;
	cleanup_free char *path = NULL;

	if (!has_config_home && !home)
		return 0;
	if (asprintf(&path, "%s%s/containers/containers.conf", has_config_home ? config_home : home,
		     has_config_home ? "" : "/.config") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return read_with_drop_ins(report, engine, path, keys, ".conf");
}

static int read_podman(Report *report, Engine *engine)
{
	static const Keys keys = {"engine.hooks_dir", "engine.cgroup_manager"};
	const char *only = getenv("CONTAINERS_CONF"), *last = getenv("CONTAINERS_CONF_OVERRIDE");
	int r;

	if (only && *only) {
		r = read_conf(report, engine, only, &keys);
	} else {
		r = read_conf(report, engine, "/usr/share/containers/containers.conf", &keys);
		if (r >= 0)
			r = read_with_drop_ins(report, engine, "/etc/containers/containers.conf",
					       &keys, ".conf");
		if (r >= 0 && geteuid() != 0)
			r = read_users_conf(report, engine, &keys);
	}
	if (r >= 0 && last && *last)
		r = read_conf(report, engine, last, &keys);
	/* an empty list is none, and root's podman then takes both */
	if (r >= 0 && json_array_size(engine->directories) == 0 && geteuid() == 0 &&
	    (json_array_append_new(engine->directories, json_string(DEFAULT_DIRECTORY)) < 0 ||
	     json_array_append_new(engine->directories, json_string(OVERRIDE_DIRECTORY)) < 0))
		r = -ENOMEM;
	return r;
}

static int read_crio(Report *report, Engine *engine)
{
	static const Keys keys = {"crio.runtime.hooks_dir", "crio.runtime.cgroup_manager"};

	return read_with_drop_ins(report, engine, "/etc/crio/crio.conf", &keys, "");
}

/**
 * engines_find() - find the engines of this host, and what their configuration says
 * @report: for what cannot be read
 * @engines: gets all of them, those that are not installed too; release each with engine_done()
 *
 * Return: 0, or -ENOMEM.
 */
int engines_find(Report *report, Engine engines[ENGINES_MAX])
{
	static const struct {
		const char *name, *program;
		int (*read)(Report *, Engine *);
	} known[ENGINES_MAX] = {{"podman", "podman", read_podman}, {"CRI-O", "crio", read_crio}};
	int r = 0;

	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		engines[i] = (Engine){.name = known[i].name};
	for (size_t i = 0; i < ELEMENTSOF(known) && r >= 0; i++) {
		engines[i].program = engine_find_program(known[i].program);
		engines[i].directories = json_pack("[s]", DEFAULT_DIRECTORY);
		if (!engines[i].directories)
			return -ENOMEM;
		r = known[i].read(report, &engines[i]);
	}
	return r;
}
