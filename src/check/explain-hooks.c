/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hooks a container was started with, which its config.json tells, and which files of hooks
 * would match it now.
 */
#include "explain-hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "engines.h"
#include "hook-match.h"
#include "hook-set.h"
#include "macro.h"

/* find_at() - path of a hook of config.json at a stage by the last part of it, or NULL */
static const char *find_at(const json_t *config, const char *stage, const char *program)
{
	json_t *hook;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(config, "hooks"), stage), i, hook) {
		const char *path = json_string_value(json_object_get(hook, "path"));
		const char *slash = path ? strrchr(path, '/') : NULL;

		if (slash && strcmp(slash + 1, program) == 0)
			return path;
	}
	return NULL;
}

static const char *find_call(const json_t *config, const char *program)
{
	return find_at(config, "createRuntime", program) ?: find_at(config, "prestart", program);
}

/** hook_call_done() - release what a call holds */
void hook_call_done(HookCall *call)
{
	policy_done(&call->policy);
	*call = (HookCall){};
}

/* explain_file() - whether a file of ours matches now, and why */
static HookMatch explain_file(Report *report, const char *engine, const Hook *hook,
			      const OciConfig *config)
{
	static const char *const words[] = {
		[HOOK_MATCH_NO] = "does not match",
		[HOOK_MATCH_YES] = "matches",
		[HOOK_MATCH_UNSURE] = "may match",
	};
	char path[512], why[512] = "";
	HookMatch match = hook_match(&hook->file, config, why, sizeof(why));

	(void) snprintf(path, sizeof(path), "%s/%s", hook->directory, hook->name);
	report_add(report, LEVEL_NOTE, "hook-match", path, NULL, "%s for %s: %s", words[match],
		   engine, why);
	return match;
}

/* find_ours() - which of our hooks a file is for, or _HOOKS_MAX */
static size_t find_ours(const Hook *hook)
{
	const char *slash = hook->file.program ? strrchr(hook->file.program, '/') : NULL;
	size_t i = 0;

	if (!slash || hook->file.verdict != HOOK_LOADED || hook->is_replaced)
		return _HOOKS_MAX;
	while (i < _HOOKS_MAX && strcmp(slash + 1, hook_programs[i]) != 0)
		i++;
	return i;
}

/* explain_set() - the files of ours that an engine has, and what they will say at the next start */
static int explain_set(Report *report, const char *engine, const HookSet *set,
		       const OciConfig *config, HookCall calls[_HOOKS_MAX])
{
	char path[512];
	int r;

	for (size_t i = 0; i < set->n_hooks; i++) {
		const Hook *hook = &set->hooks[i];
		size_t which = find_ours(hook);

		if (which == _HOOKS_MAX ||
		    explain_file(report, engine, hook, config) != HOOK_MATCH_YES ||
		    calls[which].path)
			continue;
		(void) snprintf(path, sizeof(path), "%s/%s", hook->directory, hook->name);
		r = policy_add_call(&calls[which].policy, path, hook_options_args(hook));
		if (r < 0)
			return r;
	}
	return 0;
}

/* engine_of() - the engine by which a container was made, as its config.json tells; NULL for others */
static const char *engine_of(const OciConfig *config)
{
	const char *manager = oci_config_annotation(config, "io.container.manager");

	if (manager && strcmp(manager, "libpod") == 0)
		return "podman";
	return manager && strcmp(manager, "cri-o") == 0 ? "CRI-O" : NULL;
}

static int explain_files(Report *report, const OciConfig *config, HookCall calls[_HOOKS_MAX])
{
	const char *name = engine_of(config);
	Engine engines[ENGINES_MAX] = {};
	cleanup_report Report silent = {};
	int r;

	if (!name)
		return 0;
	r = report_new("", &silent);
	if (r >= 0)
		r = engines_find(&silent, engines);
	for (size_t i = 0; i < ENGINES_MAX; i++) {
		cleanup_hook_set HookSet set = {};

		if (r >= 0 && strcmp(engines[i].name, name) == 0)
			r = hook_set_load(engines[i].directories, LEVEL_NOTE, &silent, &set);
		if (r >= 0)
			r = explain_set(report, name, &set, config, calls);
		engine_done(&engines[i]);
	}
	if (r >= 0 && !report_is_clean(&silent))
		report_add(report, LEVEL_NOTE, "hooks-dir-faults", name, "oci-hooks-check",
			   "there are faults in its hooks directories or configuration");
	return r;
}

/**
 * explain_hooks() - report on the hooks that a container was started with, and would be now
 * @report: where to
 * @config: the container
 * @is_ours: whether each would do something
 * @calls: gets how each of them is called; release each with hook_call_done()
 *
 * Return: 0, or -ENOMEM.
 */
int explain_hooks(Report *report, const OciConfig *config, const bool is_ours[_HOOKS_MAX],
		  HookCall calls[_HOOKS_MAX])
{
	int r;

	for (size_t i = 0; i < _HOOKS_MAX; i++) {
		calls[i].path = find_call(config->json, hook_programs[i]);
		if (calls[i].path)
			report_add(report, LEVEL_GOOD, "hook-called", hook_programs[i], NULL,
				   "%.512s was called at its last start", calls[i].path);
		else
			report_add(
				report, is_ours[i] ? LEVEL_WARNING : LEVEL_NOTE, "hook-not-called",
				hook_programs[i],
				is_ours[i] ? "Restart it if the hooks came later; else "
					     "oci-hooks-check "
					     "tells what the engine reads."
					   : NULL,
				"was not called at its last start: config.json does not name it");
	}
	r = explain_files(report, config, calls);
	for (size_t i = 0; i < _HOOKS_MAX && r >= 0; i++)
		r = policy_collect(hook_programs[i], config->json, &calls[i].policy);
	return r;
}
