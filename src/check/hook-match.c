/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an engine adds a hook to a container, and by which of its conditions.
 *
 * Patterns are Go's, and are tried with regexec(3) only where they mean the same to it. Which mounts
 * are volumes of the user is the engine's own knowledge.
 */
#include "hook-match.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "go-regex.h"

/* is_common() - whether a pattern that Go takes means the same to regcomp(3) */
static bool is_common(const char *pattern)
{
	static const char *const not_common[] = {"(?", "*?",	   "+?",	"??", "}?",
						 "^*", "[:word:]", "[:ascii:]", "^+", "^?",
						 "()", "(|",	   "||",	"|)"};
	const char *reason;

	if (go_regex_check(pattern, &reason) != GO_REGEX_GOOD || strchr(pattern, '{'))
		return false;
	for (size_t i = 0; i < ELEMENTSOF(not_common); i++)
		if (strstr(pattern, not_common[i]))
			return false;
	if (strchr(pattern, '\\') && strchr(pattern, '['))
		return false;
	for (const char *c = strchr(pattern, '\\'); c; c = strchr(c + 2, '\\'))
		if (!strchr(".^$*+?()|/-", c[1]))
			return false;
	return true;
}

static HookMatch match_pattern(const char *pattern, const char *text)
{
	regex_t regex;
	int r;

	if (!is_common(pattern) || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return HOOK_MATCH_UNSURE;
	r = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return r == 0 ? HOOK_MATCH_YES : HOOK_MATCH_NO;
}

/* match_commands() - any of them will do */
static HookMatch match_commands(json_t *patterns, const char *arg0, const char **ret_pattern)
{
	HookMatch best = HOOK_MATCH_NO;
	json_t *item;
	size_t i;

	json_array_foreach (patterns, i, item) {
		const char *pattern = json_string_value(item) ?: "";
		HookMatch match = match_pattern(pattern, arg0);

		if (match == HOOK_MATCH_NO || best == HOOK_MATCH_YES)
			continue;
		best = match;
		*ret_pattern = pattern;
	}
	return best;
}

/* match_annotation() - any annotation whose key and value both match */
static HookMatch match_annotation(const OciConfig *config, const char *key_pattern,
				  const char *value_pattern)
{
	HookMatch best = HOOK_MATCH_NO;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *) config->annotations, key, value) {
		HookMatch of_key = match_pattern(key_pattern, key);
		HookMatch of_value = match_pattern(value_pattern, json_string_value(value) ?: "");

		if (of_key == HOOK_MATCH_YES && of_value == HOOK_MATCH_YES)
			return HOOK_MATCH_YES;
		if (of_key != HOOK_MATCH_NO && of_value != HOOK_MATCH_NO)
			best = HOOK_MATCH_UNSURE;
	}
	return best;
}

/* match_new() - schema 1.0.0: all conditions that are there */
static HookMatch match_new(json_t *when, const OciConfig *config, char *why, size_t size)
{
	json_t *always = hook_file_member(when, "always");
	json_t *commands = hook_file_member(when, "commands");
	json_t *annotations = hook_file_member(when, "annotations"), *value;
	HookMatch match = json_is_true(always) ? HOOK_MATCH_YES : HOOK_MATCH_NO, one;
	const char *key, *pattern = "";

	if (json_is_false(always)) {
		(void) snprintf(why, size, "\"always\" is false");
		return HOOK_MATCH_NO;
	}
	(void) snprintf(why, size,
			match == HOOK_MATCH_YES ? "\"always\"" : "there is no condition");
	if (hook_file_member(when, "hasBindMounts")) {
		(void) snprintf(why, size,
				"what \"hasBindMounts\" means is the engine's knowledge");
		return HOOK_MATCH_UNSURE;
	}
	json_object_foreach (annotations, key, value) {
		one = match_annotation(config, key, json_string_value(value) ?: "");
		(void) snprintf(why, size, "the annotation '%.64s'", key);
		if (one != HOOK_MATCH_YES)
			return one;
		match = one;
	}
	if (json_array_size(commands) > 0) {
		one = match_commands(commands, config->arg0 ?: "", &pattern);
		(void) snprintf(why, size, "the command '%.64s', %s%.64s", config->arg0 ?: "",
				one == HOOK_MATCH_NO ? "which none of its patterns matches" : "by ",
				one == HOOK_MATCH_NO ? "" : pattern);
		match = one;
	}
	return match;
}

/**
 * hook_match() - whether an engine adds a hook to a container
 * @file: a file that is loaded
 * @config: the container
 * @why: gets the condition that decided
 * @size: room there
 */
HookMatch hook_match(const HookFile *file, const OciConfig *config, char *why, size_t size)
{
	if (!file->is_old)
		return match_new(hook_file_member(file->json, "when"), config, why, size);
	(void) snprintf(why, size, "conditions of schema 0.1.0 are not followed here");
	return HOOK_MATCH_UNSURE;
}
