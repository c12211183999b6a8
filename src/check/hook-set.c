/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks directories of an engine, as its loader goes through them: the files of a directory by
 * name, a file of a later directory in the place of one of the same name.
 */
#include "hook-set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

/** hook_set_done() - release what a set holds */
void hook_set_done(HookSet *set)
{
	for (size_t i = 0; i < set->n_hooks; i++) {
		hook_file_done(&set->hooks[i].file);
		free(set->hooks[i].directory);
		free(set->hooks[i].name);
	}
	free(set->hooks);
	*set = (HookSet){};
}

/* replace() - what a new file does to one of the same name in an earlier directory */
static void replace(HookSet *set, Report *report, const char *directory, const char *name,
		    HookVerdict verdict, const char *path)
{
	for (size_t i = 0; i < set->n_hooks; i++) {
		Hook *earlier = &set->hooks[i];

		if (earlier->is_replaced || strcmp(earlier->name, name) != 0 ||
		    strcmp(earlier->directory, directory) == 0 ||
		    earlier->file.verdict != HOOK_LOADED)
			continue;
		if (verdict == HOOK_LOADED) {
			earlier->is_replaced = true;
			report_add(report, LEVEL_NOTE, "hook-replaces", path, NULL,
				   "takes the place of %s/%s", earlier->directory, name);
		} else if (verdict == HOOK_SKIPPED) {
			report_add(report, LEVEL_WARNING, "hook-replaces-not", path,
				   "Let it name a program that exists, /bin/true for a mask.",
				   "does not take the place of %s/%s, as its program is missing",
				   earlier->directory, name);
		}
	}
}

static int add(HookSet *set, HookFile *file, const char *directory, const char *name)
{
	Hook *hooks = realloc(set->hooks, (set->n_hooks + 1) * sizeof(Hook));
	Hook *hook;

	if (!hooks)
		return -ENOMEM;
	set->hooks = hooks;
	hook = &hooks[set->n_hooks];
	*hook = (Hook){.directory = strdup(directory), .name = strdup(name)};
	if (!hook->directory || !hook->name) {
		free(hook->directory);
		free(hook->name);
		return -ENOMEM;
	}
	hook->file = *file;
	*file = (HookFile){};
	set->n_hooks++;
	return 0;
}

/* load_file() - one file; an earlier one of the directory may hide its faults */
static int load_file(HookSet *set, Report *report, int dir_fd, const char *directory,
		     const char *name, HookVerdict *first_fault)
{
	cleanup_hook_file HookFile file = {};
	cleanup_free char *path = NULL;
	HookCheck check = {.report = report, .is_hidden = *first_fault == HOOK_SKIPPED};

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	check.path = path;
	hook_file_check(&check, dir_fd, name, &file);
	/* the loader forgets all faults of a directory whose first one is a missing program */
	if (*first_fault == HOOK_LOADED &&
	    (file.verdict == HOOK_SKIPPED || file.verdict == HOOK_REFUSED))
		*first_fault = file.verdict;
	if (file.verdict == HOOK_ABSENT)
		return 0;
	replace(set, report, directory, name, file.verdict, path);
	return add(set, &file, directory, name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void report_directory(Report *report, Level missing, const char *directory, int error)
{
	if (error == ENOENT)
		report_add(report, missing, "hooks-dir-missing", directory, NULL,
			   "does not exist, which engines do not mind");
	else if (error == ENOTDIR)
		report_add(report, LEVEL_ERROR, "hooks-dir-not-a-directory", directory,
			   "Take it out of hooks_dir: podman starts no container.",
			   "is not a directory");
	else
		report_add(report, LEVEL_WARNING, "hooks-dir-unreadable", directory,
			   "Try again as root.", "cannot be read: %s", strerror(error));
}

static int load_directory(HookSet *set, Report *report, Level missing, const char *directory)
{
	HookVerdict first_fault = HOOK_LOADED;
	cleanup_close int dir_fd = -1;
	struct dirent **entries;
	int n, r = 0;

	dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = dir_fd < 0 ? -1 : scandirat(dir_fd, ".", &entries, NULL, by_bytes);
	if (n < 0) {
		report_directory(report, missing, directory, errno);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		if (r >= 0)
			r = load_file(set, report, dir_fd, directory, entries[i]->d_name,
				      &first_fault);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/**
 * hook_set_load() - load hooks directories, and report what is wrong with them
 * @directories: array of paths, in the engine's order
 * @missing: how bad it is if one is not there; engines do not mind
 * @report: where to
 * @ret: the hooks; release with hook_set_done()
 *
 * Return: 0, or -ENOMEM.
 */
int hook_set_load(const json_t *directories, Level missing, Report *report, HookSet *ret)
{
	cleanup_hook_set HookSet set = {};
	json_t *directory;
	size_t i;
	int r;

	json_array_foreach ((json_t *) directories, i, directory) {
		r = load_directory(&set, report, missing, json_string_value(directory));
		if (r < 0)
			return r;
	}
	*ret = set;
	set = (HookSet){};
	return 0;
}

/**
 * hook_set_next() - the next hook that an engine loads and that calls a program of some name
 * @program: the last part of its path
 * @previous: the one before it; NULL for the first
 *
 * Return: the hook, or NULL.
 */
const Hook *hook_set_next(const HookSet *set, const char *program, const Hook *previous)
{
	for (size_t i = previous ? (size_t) (previous - set->hooks) + 1 : 0; i < set->n_hooks;
	     i++) {
		const Hook *hook = &set->hooks[i];
		const char *name = hook->file.program ? strrchr(hook->file.program, '/') : NULL;

		if (hook->file.verdict == HOOK_LOADED && !hook->is_replaced && name &&
		    strcmp(name + 1, program) == 0)
			return hook;
	}
	return NULL;
}
