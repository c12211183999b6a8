/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engines of the host, the hooks that each of them finds, and what lies beside: directories that
 * none of them reads, and what the packages oci-systemd-hook and oci-register-machine, which these
 * hooks succeed, left behind.
 */
#include "host-engines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "decide.h"
#include "engines.h"
#include "fs-util.h"
#include "hook-options.h"
#include "hook-set.h"

#define PROGRAM_SIZE_MAX (32 * 1024 * 1024)
#define PREDECESSORS_CONF "/etc/oci-register-machine.conf"

/* Where hooks may lie that nobody reads. */
static const char *const places[] = {
	"/usr/share/containers/oci/hooks.d",
	"/etc/containers/oci/hooks.d",
	"/usr/local/share/containers/oci/hooks.d",
	"/usr/libexec/oci/hooks.d",
	HOOKSDIR,
};

static void report_program(Report *report, const char *name)
{
	cleanup_free char *program = engine_find_program(name), *version = NULL;
	int r;

	if (!program)
		return;
	r = engine_version(program, &version);
	if (r >= 0)
		report_add(report, LEVEL_GOOD, "program", program, NULL, "%s", version);
	else
		report_add(report, LEVEL_NOTE, "program", program, NULL,
			   "is there; it does not tell its version: %s", strerror(-r));
}

/* is_foreign() - whether a program that has the name of ours is another one: both of ours know this */
static bool is_foreign(const char *program)
{
	cleanup_free char *content = NULL;
	size_t size;

	return read_file_at(AT_FDCWD, program, PROGRAM_SIZE_MAX, &content, &size) >= 0 &&
	       !memmem(content, size, ANNOTATION_SYSTEMD_HOOK, strlen(ANNOTATION_SYSTEMD_HOOK));
}

static bool has_string(const json_t *array, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach ((json_t *) array, i, item)
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	return false;
}

/* check_ours() - whether an engine finds our hooks, and ours they are; each file by itself */
static int check_ours(Report *report, const Engine *engine, const HookSet *set, json_t *reported)
{
	int r = 0;

	for (size_t i = 0; i < _HOOKS_MAX; i++) {
		const Hook *hook = hook_set_next(set, hook_programs[i], NULL);

		if (!hook)
			report_add(report, LEVEL_ERROR, "hook-not-read", hook_programs[i],
				   "Does " HOOKSDIR " have its JSON files, and does hooks_dir of "
				   "the engine's configuration name it?",
				   "%s reads no valid JSON file for it", engine->name);
		for (; hook && r >= 0; hook = hook_set_next(set, hook_programs[i], hook)) {
			if (!is_foreign(hook->file.program)) {
				report_add(report, LEVEL_GOOD, "hook", hook_programs[i], NULL,
					   "%s reads %s/%s", engine->name, hook->directory,
					   hook->name);
				continue;
			}
			report_add(report, LEVEL_ERROR, "leftover-program", hook->file.program,
				   "Remove the package that it came with, and its JSON file.",
				   "is run by %s, but is not the hook of this package",
				   engine->name);
			r = json_array_append_new(reported, json_string(hook->file.program));
		}
	}
	return r < 0 ? -ENOMEM : 0;
}

/* check_cgroup_manager() - where it makes no systemd units, machined cannot register a container */
static void check_cgroup_manager(Report *report, const Engine *engine)
{
	if (engine->cgroup_manager && strcmp(engine->cgroup_manager, "cgroupfs") == 0)
		report_add(report, LEVEL_WARNING, "engine-cgroupfs", engine->cgroup_manager_file,
			   "Set cgroup_manager = \"systemd\", or leave it out.",
			   "cgroup_manager is cgroupfs: containers of %s are in no unit of systemd "
			   "and cannot be registered with systemd-machined",
			   engine->name);
}

/* check_engine() - the hooks of one engine; directories and programs are reported once */
static int check_engine(Report *report, const Engine *engine, json_t *reported)
{
	cleanup_report Report silent = {};
	cleanup_hook_set HookSet set = {};
	json_t *directory;
	bool is_new = false;
	size_t i;
	int r;

	json_array_foreach (engine->directories, i, directory)
		is_new = is_new || !has_string(reported, json_string_value(directory));
	r = report_new("", &silent);
	if (r >= 0)
		r = hook_set_load(engine->directories, LEVEL_NOTE, is_new ? report : &silent, &set);
	if (r >= 0)
		r = hook_options_compare(is_new ? report : &silent, &set, /* is_deployed= */ true);
	if (r < 0)
		return r;
	if (engine->program) {
		check_cgroup_manager(report, engine);
		r = check_ours(report, engine, &set, reported);
		if (r < 0)
			return r;
	}
	return json_array_extend(reported, engine->directories) < 0 ? -ENOMEM : 0;
}

/* count_json() - how many files of hooks a directory has */
static unsigned int count_json(const char *path)
{
	cleanup_close int fd = -1;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	unsigned int count = 0;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fd_open_dir(fd, &dir) < 0)
		return 0;
	while (dir_next(dir, &entry) > 0) {
		const char *suffix = strrchr(entry->d_name, '.');

		count += suffix && strcmp(suffix, ".json") == 0;
	}
	return count;
}

static void check_unread(Report *report, const json_t *reported)
{
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		unsigned int count = count_json(places[i]);
		bool is_twice = false;

		for (size_t k = 0; k < i; k++)
			is_twice = is_twice || strcmp(places[i], places[k]) == 0;
		if (count > 0 && !is_twice && !has_string(reported, places[i]))
			report_add(
				report, LEVEL_WARNING, "hooks-dir-unread", places[i],
				"Name it in hooks_dir (containers.conf, crio.conf), or remove the "
				"files.",
				"has %u JSON file%s, but no engine runs hooks from it (podman "
				"build "
				"of root reads /etc/containers/oci/hooks.d, and nothing else does)",
				count, count == 1 ? "" : "s");
	}
}

static void check_leftovers(Report *report, const json_t *reported)
{
	static const char *const directories[] = {"/usr/libexec/oci/hooks.d",
						  "/usr/local/libexec/oci/hooks.d"};
	char path[128];

	if (access(PREDECESSORS_CONF, F_OK) == 0)
		report_add(report, LEVEL_WARNING, "leftover-conf", PREDECESSORS_CONF, "Remove it.",
			   "is of the predecessor of oci-register-machine; nothing reads it");
	for (size_t i = 0; i < ELEMENTSOF(directories); i++)
		for (size_t k = 0; k < _HOOKS_MAX; k++) {
			(void) snprintf(path, sizeof(path), "%s/%s", directories[i],
					hook_programs[k]);
			if (!has_string(reported, path) && access(path, F_OK) == 0 &&
			    is_foreign(path))
				report_add(report, LEVEL_WARNING, "leftover-program", path,
					   "Remove the package that it came with.",
					   "is not the hook of this package");
		}
}

/**
 * host_check_engines() - report on engines and their hooks directories
 *
 * Return: 0, or -ENOMEM.
 */
int host_check_engines(Report *report)
{
	static const char *const others[] = {"docker", "containerd", "runc", "crun"};
	Engine engines[ENGINES_MAX] = {};
	json_auto_t *reported = json_array();
	bool has_engine = false;
	int r;

	r = reported ? engines_find(report, engines) : -ENOMEM;
	report_program(report, "podman");
	report_program(report, "crio");
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		report_program(report, others[i]);
	for (size_t i = 0; i < ENGINES_MAX; i++)
		has_engine = has_engine || engines[i].program;
	if (!has_engine)
		report_add(
			report, LEVEL_NOTE, "engine", "podman, CRI-O", NULL,
			"neither is installed; the directories that they would read are checked");
	for (size_t i = 0; i < ENGINES_MAX && r >= 0; i++)
		if (engines[i].program || !has_engine)
			r = check_engine(report, &engines[i], reported);
	if (r >= 0) {
		check_unread(report, reported);
		check_leftovers(report, reported);
	}
	for (size_t i = 0; i < ENGINES_MAX; i++)
		engine_done(&engines[i]);
	return r;
}
