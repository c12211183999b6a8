/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file of a hooks directory, as the engines' common loader reads it: is it there, and is it JSON
 * at all? Its members are hook-schema.c's.
 */
#include "hook-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "fs-util.h"
#include "hook-schema.h"

#define FILE_SIZE_MAX (1024 * 1024)
#define SUFFIX ".json"

/** hook_file_done() - release what a file holds */
void hook_file_done(HookFile *file)
{
	json_decref(file->json);
	*file = (HookFile){};
}

/**
 * hook_file_member() - a member, as Go finds it: in any case of letters, the last one; null is none
 *
 * Return: the member, borrowed, or NULL.
 */
json_t *hook_file_member(const json_t *object, const char *key)
{
	json_t *value, *found = NULL;
	const char *name;

	json_object_foreach ((json_t *) object, name, value)
		if (strcasecmp(name, key) == 0)
			found = value;
	return json_is_null(found) ? NULL : found;
}

/**
 * hook_refuse() - report what makes the engines refuse a file
 * @check: how it is looked at
 * @file: the file, gets its verdict
 * @id: the word for programs
 * @text: printf format
 */
void hook_refuse(HookCheck *check, HookFile *file, const char *id, const char *text, ...)
{
	char plain[512];
	va_list arguments;

	va_start(arguments, text);
	(void) vsnprintf(plain, sizeof(plain), text, arguments);
	va_end(arguments);
	file->verdict = check->is_hidden ? HOOK_HIDDEN : HOOK_REFUSED;
	report_add(check->report, LEVEL_ERROR, id, check->path,
		   check->is_hidden
			   ? "Correct it: only the missing program of this or an earlier file "
			     "hides it from the engine."
			   : "Correct or remove it: until then podman starts no container, and "
			     "CRI-O itself does not start.",
		   "%s", plain);
}

/* is_unreadable_here() - what Go takes, or may take, and jansson does not */
static bool is_unreadable_here(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_out_of_memory:
	case json_error_stack_overflow:
	case json_error_invalid_utf8:
	case json_error_null_character:
	case json_error_numeric_overflow:
		return true;
	default:
		/* half of a surrogate pair */
		return strncmp(error->text, "invalid Unicode", strlen("invalid Unicode")) == 0;
	}
}

static void parse(HookCheck *check, const char *text, size_t size, HookFile *file)
{
	json_error_t error;

	file->json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!file->json && json_error_code(&error) == json_error_duplicate_key) {
		report_add(check->report, LEVEL_WARNING, "hook-duplicate-key", check->path,
			   "Leave one of them: engines take the last.", "line %d, column %d: %s",
			   error.line, error.column, error.text);
		file->json = json_loadb(text, size, 0, &error);
	}
	if (file->json)
		return;
	if (is_unreadable_here(&error)) {
		file->verdict = HOOK_UNKNOWN;
		report_add(check->report, LEVEL_WARNING, "hook-not-judged", check->path,
			   "Write it in plain UTF-8 with ordinary numbers.",
			   "line %d, column %d: %s, which engines may read but this program cannot",
			   error.line, error.column, error.text);
		return;
	}
	hook_refuse(check, file, "hook-syntax", "line %d, column %d: %s", error.line, error.column,
		    error.text);
}

/* open_file() - open a file by its name, and say what is in the way */
static int open_file(HookCheck *check, int dir_fd, const char *name, HookFile *file)
{
	cleanup_close int path_fd = -1;
	struct stat st;
	int fd;

	path_fd = openat(dir_fd, name, O_PATH | O_CLOEXEC);
	if (path_fd < 0 && errno == ENOENT) {
		file->verdict = HOOK_ABSENT;
		report_add(check->report, LEVEL_WARNING, "hook-dangling", check->path,
			   "Remove the link, or put its file back.",
			   "is a link to nothing, which engines pass over without a word");
		return -ENOENT;
	}
	if (path_fd >= 0 && fstat(path_fd, &st) >= 0 && S_ISDIR(st.st_mode)) {
		hook_refuse(check, file, "hook-not-a-file", "is a directory");
		return -EISDIR;
	}
	if (path_fd >= 0 && S_ISCHR(st.st_mode)) {
		hook_refuse(check, file, "hook-null-mask",
			    "is a device such as /dev/null, which does not mask a hook but is "
			    "an empty file; a mask is valid JSON whose \"when\" never matches");
		return -ENODEV;
	}
	fd = path_fd < 0 ? -errno : fd_open_regular(path_fd);
	if (fd < 0) {
		file->verdict = HOOK_UNKNOWN;
		report_add(check->report, LEVEL_WARNING, "hook-unreadable", check->path,
			   "Look at its type and mode; try again as root.", "cannot be read: %s",
			   strerror(-fd));
	}
	return fd;
}

/* has_suffix() - whether engines take a name for one of theirs; says so where the case of letters decides */
static bool has_suffix(HookCheck *check, const char *name)
{
	const char *suffix = strrchr(name, '.');

	if (!suffix || strcasecmp(suffix, SUFFIX) != 0)
		return false;
	if (strcmp(suffix, SUFFIX) == 0)
		return true;
	report_add(check->report, LEVEL_WARNING, "hook-name", check->path, "Rename it.",
		   "is passed over: only names that end in " SUFFIX " are read");
	return false;
}

/**
 * hook_file_check() - judge one file of a hooks directory
 * @check: how, and where to report to
 * @dir_fd: the directory
 * @name: the file's name
 * @ret: what is known of it; release with hook_file_done()
 */
void hook_file_check(HookCheck *check, int dir_fd, const char *name, HookFile *ret)
{
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	size_t size;
	int r;

	*ret = (HookFile){.verdict = HOOK_ABSENT};
	if (!has_suffix(check, name))
		return;
	fd = open_file(check, dir_fd, name, ret);
	if (fd < 0)
		return;
	ret->verdict = HOOK_LOADED;
	r = read_limited(fd, FILE_SIZE_MAX, &text, &size);
	if (r < 0) {
		ret->verdict = HOOK_UNKNOWN;
		report_add(check->report, LEVEL_WARNING, "hook-unreadable", check->path,
			   "Is it a file of hooks?", "cannot be read: %s", strerror(-r));
		return;
	}
	if (size == 0) {
		hook_refuse(check, ret, "hook-syntax", "is empty");
		return;
	}
	parse(check, text, size, ret);
	if (ret->json)
		hook_schema_check(check, ret);
}
