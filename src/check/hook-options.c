/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options in `args` of the files of our hooks, as the hooks themselves take them (policy.c), and
 * whether all files of a hook have the same ones.
 *
 * A user chooses by command and annotations which file matches. Where files differ, a hook takes the
 * options of all of them, which no single file shows.
 */
#include "hook-options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

const char *const hook_programs[_HOOKS_MAX] = {
	[HOOK_SYSTEMD] = "oci-systemd-hook",
	[HOOK_REGISTER] = "oci-register-machine",
};

/* take_source() - the options of one file: 1, or 0 if the hook would not take them, or -ENOMEM */
static int take_source(Report *report, size_t which, PolicySource *source, HookOptions *options)
{
	const Policy policy = {source, 1};
	HookOptions before = *options;
	char fault[COMMAND_LINE_FAULT_MAX];
	int r;

	if (source->fault) {
		report_add(report, LEVEL_WARNING, "hook-options-unread", source->name,
			   "Correct the file: the hook warns of it at each start.",
			   "has options that the hook cannot read: %s", source->fault);
		return 0;
	}
	r = which == HOOK_SYSTEMD ? options_take_policy(&options->systemd, &policy, fault)
				  : arguments_take_policy(&options->machine, &policy, fault);
	if (r != -EINVAL)
		return r < 0 ? r : 1;
	*options = before;
	report_add(report, LEVEL_ERROR, "hook-options-refused", source->name,
		   "Correct args in it: no container with systemd starts until then.",
		   "%s refuses its options: %s", hook_programs[which], fault);
	return 0;
}

/**
 * hook_options_take() - add the options of files to those of a hook
 * @report: for files whose options the hook does not take
 * @which: the hook
 * @policy: the files; must stay as long as @options
 * @options: gets them
 *
 * Return: 1, 0 if the hook does not take the options of each file, or -ENOMEM.
 */
int hook_options_take(Report *report, size_t which, const Policy *policy, HookOptions *options)
{
	int r, result = 1;

	for (size_t i = 0; i < policy->n_sources; i++) {
		r = take_source(report, which, &policy->sources[i], options);
		if (r < 0)
			return r;
		result = MIN(result, r);
	}
	return result;
}

/** hook_options_args() - the arguments in a file of hooks, of either schema: borrowed, or NULL */
json_t *hook_options_args(const Hook *hook)
{
	const json_t *json = hook->file.json;

	return hook->file.is_old ? hook_file_member(json, "arguments")
				 : hook_file_member(hook_file_member(json, "hook"), "args");
}

/* The files of one hook, while they are compared. */
typedef struct Comparison {
	Report *report;
	size_t which;
	const Policy *own; /* what the hook finds by itself; NULL: it is not known where files go */
	char *first;	   /* path of the file that others are compared with; NULL: none yet */
	HookOptions options; /* of that file */
	bool is_elsewhere;   /* that file is where the hook does not look, and has options */
} Comparison;

/* has_source() - whether the hook takes the options of a file even if it did not match */
static bool has_source(const Policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->n_sources; i++)
		if (strcmp(policy->sources[i].name, path) == 0)
			return true;
	return false;
}

static void report_difference(const Comparison *comparison, const char *path, const char *elsewhere)
{
	static const char advice[] = "Give all JSON files of the hook the same args.";

	if (elsewhere)
		report_add(comparison->report, LEVEL_ERROR, "hook-options-differ", path, advice,
			   "has other options than %s: %s does not look where %s is, whose "
			   "options hold only for containers that it matches",
			   comparison->first, hook_programs[comparison->which], elsewhere);
	else
		report_add(comparison->report, LEVEL_ERROR, "hook-options-differ", path, advice,
			   "has other options than %s: whichever file matches, the options of "
			   "both hold, and the lowest --journal= of them",
			   comparison->first);
}

/* compare() - one file with the first one */
static int compare(Comparison *comparison, const char *path, json_t *args)
{
	HookOptions options = HOOK_OPTIONS_DEFAULT;
	cleanup_policy Policy policy = {};
	bool is_same, is_elsewhere;
	int r;

	r = policy_add_call(&policy, path, args);
	if (r >= 0)
		r = hook_options_take(comparison->report, comparison->which, &policy, &options);
	if (r <= 0)
		return r;
	is_elsewhere =
		policy.n_sources > 0 && comparison->own && !has_source(comparison->own, path);
	if (!comparison->first) {
		comparison->is_elsewhere = is_elsewhere;
		comparison->options = options;
		comparison->first = strdup(path);
		return comparison->first ? 0 : -ENOMEM;
	}
	is_same = comparison->which == HOOK_SYSTEMD
			  ? options_are_same(&options.systemd, &comparison->options.systemd)
			  : arguments_are_same(&options.machine, &comparison->options.machine);
	if (!is_same)
		report_difference(comparison, path,
				  is_elsewhere		     ? path
				  : comparison->is_elsewhere ? comparison->first
							     : NULL);
	return 0;
}

/* compare_set() - the files that an engine reads; without those that stand in @own */
static int compare_set(Comparison *comparison, const HookSet *set)
{
	const Hook *hook = NULL;
	int r = 0;

	while (r >= 0 && (hook = hook_set_next(set, hook_programs[comparison->which], hook))) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", hook->directory, hook->name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (!comparison->own || !has_source(comparison->own, path))
			r = compare(comparison, path, hook_options_args(hook));
	}
	return r;
}

static int compare_files(Comparison *comparison, const HookSet *set)
{
	const Policy *own = comparison->own;
	int r;

	/* one without options first, if there is one, for the others to be named */
	r = compare_set(comparison, set);
	for (size_t i = 0; own && i < own->n_sources && r >= 0; i++)
		r = own->sources[i].fault
			    ? hook_options_take(comparison->report, comparison->which,
						&(Policy){&own->sources[i], 1},
						&comparison->options)
			    : compare(comparison, own->sources[i].name, own->sources[i].args);
	return r;
}

/**
 * hook_options_compare() - report files of one hook that have different options
 * @report: where to
 * @set: the files that an engine reads
 * @is_deployed: whether it reads them now, so that the hooks' own look at this host counts too
 *
 * Return: 0, or -ENOMEM.
 */
int hook_options_compare(Report *report, const HookSet *set, bool is_deployed)
{
	int r = 0;

	for (size_t i = 0; i < _HOOKS_MAX && r >= 0; i++) {
		cleanup_policy Policy own = {};
		Comparison comparison = {
			.report = report,
			.which = i,
			.own = is_deployed ? &own : NULL,
		};

		if (is_deployed)
			r = policy_collect(hook_programs[i], NULL, &own);
		if (r >= 0)
			r = compare_files(&comparison, set);
		free(comparison.first);
	}
	return r < 0 ? r : 0;
}
