/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a hooks file, by the rules of the engines' common loader and not of its manual
 * page, oci-hooks(5): unknown keys are ignored, letters may be of any case, null is as good as
 * absent, and patterns are those of Go.
 */
#include "hook-schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "go-regex.h"
#include "macro.h"

#define LIST_END NULL

static bool is_type(const json_t *value, json_type type)
{
	return json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value));
}

/* need() - a member of a type, which may be absent; false if the loader refuses it */
static bool need(HookCheck *check, HookFile *file, const json_t *value, json_type type,
		 const char *place, const char *what)
{
	if (!value || is_type(value, type))
		return true;
	hook_refuse(check, file, "hook-type", "%s is not %s", place, what);
	return false;
}

/* need_strings() - an array or object of strings; null in it is an empty one to Go */
static bool need_strings(HookCheck *check, HookFile *file, json_t *value, json_type type,
			 const char *place)
{
	const char *what = type == JSON_ARRAY ? "a list of strings" : "an object of strings";
	bool is_good = true;
	const char *key;
	json_t *item;
	size_t i;

	if (!need(check, file, value, type, place, what))
		return false;
	json_array_foreach (value, i, item)
		is_good = is_good && (json_is_string(item) || json_is_null(item));
	json_object_foreach (value, key, item)
		is_good = is_good && (json_is_string(item) || json_is_null(item));
	if (!is_good)
		hook_refuse(check, file, "hook-type", "%s is not %s", place, what);
	return is_good;
}

/* check_keys() - keys that the loader ignores: a hook that is misspelt never runs, or runs otherwise */
static void check_keys(HookCheck *check, json_t *object, const char *place,
		       const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		bool is_known = false;

		for (size_t i = 0; known[i]; i++)
			is_known = is_known || strcasecmp(key, known[i]) == 0;
		if (!is_known)
			report_add(check->report, LEVEL_WARNING, "hook-unknown-key", check->path,
				   "Is it misspelt? See oci-hooks(5).",
				   "%s\"%.64s\" is no key that engines know, and ignored", place,
				   key);
	}
}

static void check_regex(HookCheck *check, HookFile *file, const char *place, const char *pattern)
{
	const char *reason = "";

	switch (go_regex_check(pattern ?: "", &reason)) {
	case GO_REGEX_BROKEN:
		hook_refuse(check, file, "hook-regex", "%s: the pattern '%.128s' %s", place,
			    pattern, reason);
		break;
	case GO_REGEX_UNSURE:
		report_add(check->report, LEVEL_NOTE, "hook-regex-not-judged", check->path,
			   "Try it with the engine.",
			   "%s: whether Go compiles the pattern '%.128s' is not judged here", place,
			   pattern);
		break;
	case GO_REGEX_GOOD:
		break;
	}
}

static void check_regexes(HookCheck *check, HookFile *file, const char *place, json_t *patterns)
{
	const char *key;
	json_t *item;
	size_t i;

	json_array_foreach (patterns, i, item)
		check_regex(check, file, place, json_string_value(item));
	json_object_foreach (patterns, key, item) {
		check_regex(check, file, place, key);
		check_regex(check, file, place, json_string_value(item));
	}
}

/* check_program() - false if the loader refuses or passes over the file for it */
static void check_program(HookCheck *check, HookFile *file)
{
	struct stat st;
	int error;

	if (!file->program || !*file->program) {
		hook_refuse(check, file, "hook-no-program", "names no program (hook.path)");
		return;
	}
	if (*file->program != '/') {
		file->verdict = HOOK_UNKNOWN;
		report_add(
			check->report, LEVEL_ERROR, "hook-relative-program", check->path,
			"Write its full path.",
			"'%.256s' is a relative path, with which the runtime fails the container",
			file->program);
		return;
	}
	error = stat(file->program, &st) < 0 ? errno : 0;
	if (error == ENOENT) {
		file->verdict = HOOK_SKIPPED;
		check->is_hidden = true;
		report_add(check->report, LEVEL_ERROR, "hook-program-missing", check->path,
			   "Install the program, or remove the file.",
			   "'%.256s' does not exist; engines pass the hook over without a word",
			   file->program);
		return;
	}
	if (error != 0) {
		file->verdict = HOOK_UNKNOWN;
		report_add(check->report, LEVEL_WARNING, "hook-program-unseen", check->path,
			   "Try again as root.", "'%.256s' cannot be looked at: %s", file->program,
			   strerror(error));
		return;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		report_add(check->report, LEVEL_ERROR, "hook-program-not-executable", check->path,
			   "Make it an executable file: each container that matches fails.",
			   "'%.256s' is not an executable file", file->program);
}

static void check_stages(HookCheck *check, HookFile *file, json_t *stages)
{
	static const char *const known[] = {"createRuntime", "createContainer", "startContainer",
					    "prestart",	     "poststart",	"poststop"};
	json_t *item;
	size_t i;

	if (!stages) {
		hook_refuse(check, file, "hook-stage", "has no \"stages\"");
		return;
	}
	if (json_array_size(stages) == 0)
		report_add(check->report, LEVEL_ERROR, "hook-never-runs", check->path,
			   "Name the stages, createRuntime for example.",
			   "\"stages\" is empty: the hook never runs");
	json_array_foreach (stages, i, item) {
		const char *stage = json_string_value(item) ?: "";
		bool is_known = false;

		for (size_t k = 0; k < ELEMENTSOF(known); k++)
			is_known = is_known || strcmp(stage, known[k]) == 0;
		if (strcmp(stage, "precreate") == 0)
			report_add(
				check->report, LEVEL_ERROR, "hook-precreate", check->path,
				"Keep it in a directory that podman alone is told of.",
				"the stage precreate is known to podman run alone: CRI-O does not "
				"start, and podman build fails as root where it reads the "
				"directory");
		else if (!is_known)
			hook_refuse(check, file, "hook-stage", "'%.64s' is not a stage", stage);
	}
}

static void never_runs(HookCheck *check, const char *why)
{
	report_add(check->report, LEVEL_ERROR, "hook-never-runs", check->path,
		   "Say when it is to run; if it is a mask for another file, keep it.",
		   "%s: the hook never runs", why);
}

/* is_mask() - the documented way to switch a hook of an earlier directory off */
static bool is_mask(const json_t *when)
{
	return json_is_false(hook_file_member(when, "always"));
}

/* check_new() - schema 1.0.0 */
static void check_new(HookCheck *check, HookFile *file)
{
	static const char *const file_keys[] = {"version", "hook", "when", "stages", LIST_END};
	static const char *const hook_keys[] = {"path", "args", "env", "timeout", LIST_END};
	static const char *const when_keys[] = {"always", "annotations", "commands",
						"hasBindMounts", LIST_END};
	json_t *hook = hook_file_member(file->json, "hook");
	json_t *when = hook_file_member(file->json, "when");
	json_t *stages = hook_file_member(file->json, "stages");
	json_t *annotations, *commands;
	bool is_good;

	is_good = need(check, file, hook, JSON_OBJECT, "\"hook\"", "an object");
	is_good &= need(check, file, when, JSON_OBJECT, "\"when\"", "an object");
	is_good &= need_strings(check, file, stages, JSON_ARRAY, "\"stages\"");
	if (!is_good)
		return;
	annotations = hook_file_member(when, "annotations");
	commands = hook_file_member(when, "commands");
	is_good = need(check, file, hook_file_member(hook, "path"), JSON_STRING, "hook.path",
		       "a string");
	is_good &=
		need_strings(check, file, hook_file_member(hook, "args"), JSON_ARRAY, "hook.args");
	is_good &= need_strings(check, file, hook_file_member(hook, "env"), JSON_ARRAY, "hook.env");
	is_good &= need(check, file, hook_file_member(hook, "timeout"), JSON_INTEGER,
			"hook.timeout", "a whole number");
	is_good &= need(check, file, hook_file_member(when, "always"), JSON_TRUE, "when.always",
			"true or false");
	is_good &= need(check, file, hook_file_member(when, "hasBindMounts"), JSON_TRUE,
			"when.hasBindMounts", "true or false");
	is_good &= need_strings(check, file, annotations, JSON_OBJECT, "when.annotations");
	is_good &= need_strings(check, file, commands, JSON_ARRAY, "when.commands");
	check_keys(check, file->json, "", file_keys);
	check_keys(check, hook, "hook: ", hook_keys);
	check_keys(check, when, "when: ", when_keys);
	if (!is_good)
		return;

	file->program = json_string_value(hook_file_member(hook, "path"));
	check_program(check, file);
	check_regexes(check, file, "when.annotations", annotations);
	check_regexes(check, file, "when.commands", commands);
	check_stages(check, file, stages);
	if (is_mask(when))
		report_add(check->report, LEVEL_NOTE, "hook-mask", check->path, NULL,
			   "when.always is false: masks a file of the same name in an earlier "
			   "directory");
	else if (json_is_false(hook_file_member(when, "hasBindMounts")))
		never_runs(check, "when.hasBindMounts is false, which does not mean \"has none\"");
	else if (!hook_file_member(when, "always") && !hook_file_member(when, "hasBindMounts") &&
		 json_object_size(annotations) == 0 && json_array_size(commands) == 0)
		never_runs(check, "\"when\" has no condition that engines know");
}

/* either() - one of two names of a key of schema 0.1.0, both of which are refused */
static json_t *either(HookCheck *check, HookFile *file, const char *name, const char *other)
{
	json_t *value = hook_file_member(file->json, name);
	json_t *other_value = hook_file_member(file->json, other);

	if (value && other_value)
		hook_refuse(check, file, "hook-old-schema", "has both \"%s\" and \"%s\"", name,
			    other);
	if (!need_strings(check, file, value ?: other_value, JSON_ARRAY, name))
		return NULL;
	return value ?: other_value;
}

/* check_old() - schema 0.1.0, of which any condition will do */
static void check_old(HookCheck *check, HookFile *file)
{
	static const char *const keys[] = {
		"version", "hook",	  "arguments",	"stages",	 "stage", "cmds",
		"cmd",	   "annotations", "annotation", "hasbindmounts", LIST_END};
	json_t *hook = hook_file_member(file->json, "hook");
	json_t *stages, *commands, *annotations;
	const char *name;

	file->is_old = true;
	check_keys(check, file->json, "", keys);
	if (!need(check, file, hook, JSON_STRING, "\"hook\"", "a string, as schema 0.1.0 has it") ||
	    !need_strings(check, file, hook_file_member(file->json, "arguments"), JSON_ARRAY,
			  "arguments") ||
	    !need(check, file, hook_file_member(file->json, "hasbindmounts"), JSON_TRUE,
		  "hasbindmounts", "true or false"))
		return;
	stages = either(check, file, "stages", "stage");
	commands = either(check, file, "cmds", "cmd");
	annotations = either(check, file, "annotations", "annotation");
	if (file->verdict != HOOK_LOADED)
		return;
	file->program = json_string_value(hook);
	if (file->program && stages) /* the reader asks for both, before it looks for the program */
		check_program(check, file);
	else if (!file->program)
		hook_refuse(check, file, "hook-no-program", "names no program (hook)");
	check_regexes(check, file, "cmds", commands);
	check_regexes(check, file, "annotations", annotations);
	check_stages(check, file, stages);
	if (json_array_size(commands) == 0 && !annotations &&
	    !json_is_true(hook_file_member(file->json, "hasbindmounts")))
		never_runs(check, "there is no condition that engines know");

	name = file->program ? strrchr(file->program, '/') : NULL;
	if (name &&
	    (strcmp(name, "/oci-systemd-hook") == 0 || strcmp(name, "/oci-register-machine") == 0))
		report_add(check->report, LEVEL_WARNING, "leftover-json", check->path,
			   "Remove it; `" HOOKSDIR "` has the files of this package.",
			   "is of a predecessor of these hooks, or calls one in its old way");
	else
		report_add(check->report, LEVEL_WARNING, "hook-old-schema", check->path,
			   "Write it in schema 1.0.0, see oci-hooks(5).",
			   "is of schema 0.1.0, which engines call deprecated");
}

/**
 * hook_schema_check() - judge what is in a file of hooks
 * @check: how, and where to report to
 * @file: the file, its JSON loaded; gets program and verdict
 */
void hook_schema_check(HookCheck *check, HookFile *file)
{
	const json_t *version;
	const char *text;

	if (!json_is_object(file->json)) {
		hook_refuse(check, file, "hook-type", "is not a JSON object");
		return;
	}
	version = hook_file_member(file->json, "version");
	if (!need(check, file, version, JSON_STRING, "\"version\"", "a string"))
		return;
	text = json_string_value(version) ?: "";
	if (strcmp(text, "1.0.0") == 0)
		check_new(check, file);
	else if (!*text || strcmp(text, "0.1.0") == 0)
		check_old(check, file);
	else
		hook_refuse(check, file, "hook-version",
			    "version '%.32s' is none that engines know", text);
}
