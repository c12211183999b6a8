/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The administrator's policy: the options in `args` of every file that calls a hook.
 *
 * One hook has several JSON files, since the conditions in one file are ANDed, and a user chooses by
 * his command and annotations which of them match. If each call had only its own file's options, he
 * would choose the policy too. So every call takes the options of all files, in a fixed order, and
 * it makes no difference which file matched:
 *
 *   1. its own arguments (the caller of this file has them already)
 *   2. config.json: what the engine wrote there, from whatever directory
 *   3. the directory of this package and /etc/containers/oci/hooks.d, by name of the file; one in
 *      /etc takes the place of one of the same name, as it does for the engines
 */
#include "policy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fs-util.h"
#include "macro.h"

#define ADMIN_DIRECTORY "/etc/containers/oci/hooks.d"
#define SUFFIX ".json"
#define FILE_SIZE_MAX (1024 * 1024)
#define FILES_MAX 1000 /* of a directory */

/* A file of a hooks directory. */
typedef struct File {
	char *name;
	int directory; /* index */
} File;

typedef struct FileList {
	File *files;
	size_t n_files;
} FileList;

static void file_list_done(FileList *list)
{
	for (size_t i = 0; i < list->n_files; i++)
		free(list->files[i].name);
	free(list->files);
}

/** policy_done() - release what a policy holds */
void policy_done(Policy *policy)
{
	for (size_t i = 0; i < policy->n_sources; i++) {
		free(policy->sources[i].name);
		free(policy->sources[i].fault);
		json_decref(policy->sources[i].args);
	}
	free(policy->sources);
	*policy = (Policy){};
}

/* add() - either options or a fault */
static int add(Policy *policy, const char *name, json_t *args, const char *fault)
{
	PolicySource *sources =
		realloc(policy->sources, (policy->n_sources + 1) * sizeof(*sources));
	PolicySource source = {.name = strdup(name), .fault = fault ? strdup(fault) : NULL};

	if (sources)
		policy->sources = sources;
	if (!sources || !source.name || (fault && !source.fault)) {
		free(source.name);
		free(source.fault);
		return -ENOMEM;
	}
	source.args = json_incref(args);
	sources[policy->n_sources++] = source;
	return 0;
}

static bool is_program(const json_t *path, const char *program)
{
	const char *text = json_string_value(path), *slash = text ? strrchr(text, '/') : NULL;

	return slash && strcmp(slash + 1, program) == 0;
}

/**
 * policy_add_call() - take the arguments of one call of the hook, if there are options among them
 * @policy: gets them
 * @name: path of the file that has the call
 * @args: its arguments; NULL: none
 *
 * Where argv[0] was forgotten the first option stands in its place, and is meant all the same.
 *
 * Return: 0, or -ENOMEM.
 */
int policy_add_call(Policy *policy, const char *name, json_t *args)
{
	bool has_option = false;
	json_t *item;
	size_t i;

	if (!args)
		return 0;
	if (!json_is_array(args))
		return add(policy, name, NULL, "args is not an array");
	json_array_foreach (args, i, item) {
		if (!json_is_string(item))
			return add(policy, name, NULL, "args is not an array of strings");
		has_option = has_option || *json_string_value(item) == '-';
	}
	return has_option ? add(policy, name, args, NULL) : 0;
}

/*
 * add_hook() - one call, if it is one of the program, by itself or by way of a wrapper that gets its
 * path as an argument, as hooks/record
 */
static int add_hook(Policy *policy, const char *program, const char *name, const json_t *path,
		    json_t *args)
{
	json_auto_t *part = NULL;
	size_t first = 0;

	if (is_program(path, program))
		return policy_add_call(policy, name, args);
	while (first < json_array_size(args) && !is_program(json_array_get(args, first), program))
		first++;
	if (first >= json_array_size(args))
		return 0;
	part = json_array();
	for (; part && first < json_array_size(args); first++)
		if (json_array_append(part, json_array_get(args, first)) < 0)
			return -ENOMEM;
	return part ? policy_add_call(policy, name, part) : -ENOMEM;
}

/**
 * policy_add_config() - take the options of the calls that stand in a config.json
 * @policy: gets them
 * @program: the hook's name
 * @config: the JSON of config.json
 *
 * Return: 0, or -ENOMEM.
 */
int policy_add_config(Policy *policy, const char *program, const json_t *config)
{
	static const char *const stages[] = {"createRuntime", "prestart", "poststop"};
	json_t *hooks = json_object_get(config, "hooks"), *hook;
	size_t i;
	int r;

	for (size_t k = 0; k < ELEMENTSOF(stages); k++)
		json_array_foreach (json_object_get(hooks, stages[k]), i, hook) {
			r = add_hook(policy, program, "config.json", json_object_get(hook, "path"),
				     json_object_get(hook, "args"));
			if (r < 0)
				return r;
		}
	return 0;
}

/* member() - as Go finds it: in any case of letters, the last one; null is none */
static json_t *member(json_t *object, const char *key)
{
	json_t *value, *found = NULL;
	const char *name;

	json_object_foreach (object, name, value)
		if (strcasecmp(name, key) == 0)
			found = value;
	return json_is_null(found) ? NULL : found;
}

/* may_have_options() - false for most files, which need not be parsed then */
static bool may_have_options(const char *text, const char *program)
{
	/* letters and dashes may be written by their numbers */
	return strstr(text, "\\u") || (strstr(text, "--") && strstr(text, program));
}

static int add_text(Policy *policy, const char *program, const char *path, const char *text,
		    size_t size)
{
	json_auto_t *json = NULL;
	ParseError error = {};
	char fault[sizeof(error.place) + sizeof(error.reason) + 2];
	json_t *hook;
	int r;

	if (!may_have_options(text, program))
		return 0;
	r = json_load_text(text, size, &json, &error);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(void) snprintf(fault, sizeof(fault), "%s: %s", error.place, error.reason);
		return add(policy, path, NULL, fault);
	}
	hook = member(json, "hook");
	/* schema 0.1.0 has the path itself there */
	return json_is_string(hook)
		       ? add_hook(policy, program, path, hook, member(json, "arguments"))
		       : add_hook(policy, program, path, member(hook, "path"),
				  member(hook, "args"));
}

static int add_file(Policy *policy, const char *program, const char *directory, int dir_fd,
		    const char *name)
{
	cleanup_free char *text = NULL, *path = NULL;
	size_t size;
	int r;

	r = read_file_at(dir_fd, name, FILE_SIZE_MAX, &text, &size);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return r < 0 ? add(policy, path, NULL, strerror(-r))
		     : add_text(policy, program, path, text, size);
}

/* list() - the names of a directory's files of hooks; -E2BIG if there are too many */
static int list(FileList *files, int directory, int dir_fd)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	size_t n = 0;
	int r;

	r = fd_open_dir(dir_fd, &dir);
	while (r >= 0 && (r = dir_next(dir, &entry)) > 0) {
		const char *suffix = strrchr(entry->d_name, '.');
		File *bigger;

		if (!suffix || strcmp(suffix, SUFFIX) != 0)
			continue;
		if (n++ == FILES_MAX)
			return -E2BIG;
		bigger = realloc(files->files, (files->n_files + 1) * sizeof(File));
		if (!bigger)
			return -ENOMEM;
		files->files = bigger;
		bigger[files->n_files] = (File){strdup(entry->d_name), directory};
		if (!bigger[files->n_files].name)
			return -ENOMEM;
		files->n_files++;
	}
	return r;
}

/* compare() - by name in small letters, as the engines order them; the later directory last */
static int compare(const void *a, const void *b)
{
	const File *file = a, *other = b;
	int r = strcasecmp(file->name, other->name) ?: strcmp(file->name, other->name);

	return r ?: file->directory - other->directory;
}

/**
 * policy_add_directories() - take the options of the files in two hooks directories
 * @policy: gets them
 * @program: the hook's name
 * @directories: their paths, for messages; a file of the second takes the place of one of the first
 * @fds: the directories; -1: is not there
 *
 * Return: 0, or -ENOMEM.
 */
int policy_add_directories(Policy *policy, const char *program, const char *const directories[2],
			   const int fds[2])
{
	__attribute__((__cleanup__(file_list_done))) FileList files = {};
	int r;

	for (int i = 0; i < 2; i++) {
		r = fds[i] < 0 ? 0 : list(&files, i, fds[i]);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			r = add(policy, directories[i], NULL,
				r == -E2BIG ? "has too many files" : strerror(-r));
		if (r < 0)
			return r;
	}
	if (files.n_files > 0)
		qsort(files.files, files.n_files, sizeof(File), compare);
	for (size_t i = 0; i < files.n_files; i++) {
		const File *file = &files.files[i];

		if (i + 1 < files.n_files && strcmp(file->name, file[1].name) == 0)
			continue;
		r = add_file(policy, program, directories[file->directory], fds[file->directory],
			     file->name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* open_directory() - one that is not there has no files */
static int open_directory(Policy *policy, const char *path, int *ret_fd)
{
	*ret_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd >= 0 || errno == ENOENT ? 0 : add(policy, path, NULL, strerror(errno));
}

/**
 * policy_collect() - take the options of all files that call a hook
 * @program: the hook's name
 * @config: the JSON of the container's config.json
 * @policy: gets them, behind what it has; release with policy_done() in any case
 *
 * Return: 0, or -ENOMEM.
 */
int policy_collect(const char *program, const json_t *config, Policy *policy)
{
	static const char *const directories[2] = {HOOKSDIR, ADMIN_DIRECTORY};
	int fds[2] = {-1, -1}, r;

	r = policy_add_config(policy, program, config);
	for (int i = 0; i < 2 && r >= 0; i++)
		r = open_directory(policy, directories[i], &fds[i]);
	if (r >= 0)
		r = policy_add_directories(policy, program, directories, fds);
	fds[0] = close_fd(fds[0]);
	fds[1] = close_fd(fds[1]);
	return r;
}
