/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single keys of containers.conf or crio.conf, which are TOML (https://toml.io/en/v1.0.0): a list of
 * strings, or a string. No TOML library for C is in the distributions that we build for.
 *
 * Every other value is passed over by its brackets and quotes alone, without a look at what it is.
 * Refused are an inline table around the key, and strings with escapes other than \" and \\.
 */
#include "toml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

#define NAME_MAX_LENGTH 128

/** toml_list_done() - release what a list holds */
void toml_list_done(TomlList *list)
{
	json_decref(list->strings);
	*list = (TomlList){};
}

static const char *skip_comment(const char *text)
{
	return *text == '#' ? text + strcspn(text, "\n") : text;
}

/* skip_space() - blanks, line breaks and comments */
static const char *skip_space(const char *text)
{
	const char *before;

	do {
		before = text;
		text = skip_comment(text + strspn(text, " \t\r\n"));
	} while (text != before);
	return text;
}

/* skip_string() - behind a string of any of the four kinds; NULL if it does not end */
static const char *skip_string(const char *text)
{
	char quote = *text;
	bool is_long = text[1] == quote && text[2] == quote;

	for (text += is_long ? 3 : 1; *text; text++) {
		if (quote == '"' && *text == '\\' && text[1])
			text++;
		else if (!is_long && *text == '\n')
			return NULL;
		else if (*text == quote && !is_long)
			return text + 1;
		else if (*text == quote && text[1] == quote && text[2] == quote)
			return text + 3 + strspn(text + 3, quote == '"' ? "\"" : "'");
	}
	return NULL;
}

/* skip_value() - to the end of the line on which a value ends; NULL if it does not */
static const char *skip_value(const char *text)
{
	unsigned int depth = 0;

	while (*text && (*text != '\n' || depth > 0)) {
		if (*text == '"' || *text == '\'') {
			text = skip_string(text);
			if (!text)
				return NULL;
			continue;
		}
		if (*text == '#') {
			text = skip_comment(text);
			continue;
		}
		depth += *text == '[' || *text == '{';
		if ((*text == ']' || *text == '}') && depth-- == 0)
			return NULL;
		text++;
	}
	return depth == 0 ? text : NULL;
}

/* take_string() - a string on one line, to be freed */
static int take_string(const char **text, char **ret)
{
	const char *end = skip_string(*text), *from = *text + 1;
	char quote = **text, *to;

	if (!end || strncmp(*text, quote == '"' ? "\"\"\"" : "'''", 3) == 0)
		return -EINVAL;
	to = *ret = malloc((size_t) (end - from));
	if (!to)
		return -ENOMEM;
	for (; from < end - 1; from++) {
		if (quote == '"' && *from == '\\') {
			from++;
			if (*from != '"' && *from != '\\')
				return -EINVAL;
		}
		*to++ = *from;
	}
	*to = '\0';
	*text = end;
	return 0;
}

/* take_append() - the {append = true} of containers.conf */
static int take_append(const char **text, TomlList *list)
{
	const char *word = skip_space(*text + 1);

	if (strncmp(word, "append", 6) != 0)
		return -EINVAL;
	word = skip_space(word + 6);
	if (*word != '=')
		return -EINVAL;
	word = skip_space(word + 1);
	list->has_append = true;
	list->append = strncmp(word, "true", 4) == 0;
	if (!list->append && strncmp(word, "false", 5) != 0)
		return -EINVAL;
	word = skip_space(word + (list->append ? 4 : 5));
	if (*word != '}')
		return -EINVAL;
	*text = word + 1;
	return 0;
}

static int take_list(const char **text, void *ret)
{
	TomlList *list = ret;
	int r;

	if (**text != '[')
		return -EINVAL;
	list->strings = json_array();
	if (!list->strings)
		return -ENOMEM;
	for (*text = skip_space(*text + 1); **text != ']'; *text = skip_space(*text)) {
		cleanup_free char *string = NULL;

		if (**text == '{') {
			r = take_append(text, list);
		} else if (**text == '"' || **text == '\'') {
			r = take_string(text, &string);
			if (r >= 0 && json_array_append_new(list->strings, json_string(string)) < 0)
				r = -EINVAL;
		} else {
			r = -EINVAL;
		}
		if (r < 0)
			return r;
		*text = skip_space(*text);
		if (**text == ',')
			(*text)++;
		else if (**text != ']')
			return -EINVAL;
	}
	(*text)++;
	return 0;
}

/* take_name() - a key as a.b, of bare or quoted parts, up to @end */
static int take_name(const char **text, char end, char *name, size_t size)
{
	size_t length = 0;

	for (; **text && **text != end && **text != '\n'; (*text)++)
		if (!strchr(" \t\r\"'", **text)) {
			if (length + 1 >= size)
				return -EINVAL;
			name[length++] = **text;
		}
	name[length] = '\0';
	return **text == end ? 0 : -EINVAL;
}

/* take_table() - a [header]; that of an array of tables has a bracket left in its name */
static int take_table(const char **text, char *table, size_t size)
{
	(*text)++;
	return take_name(text, ']', table, size);
}

/* is_above() - whether an inline table of that name may have the key in it */
static bool is_above(const char *table, const char *name)
{
	size_t length = strlen(table);

	return strncmp(table, name, length) == 0 && name[length] == '.';
}

static int take_word(const char **text, void *ret)
{
	return **text == '"' || **text == '\'' ? take_string(text, ret) : -EINVAL;
}

/* find() - the value of a key, which may stand once */
static int find(const char *text, const char *name, int (*take)(const char **text, void *ret),
		void *ret)
{
	char table[NAME_MAX_LENGTH] = "", key[NAME_MAX_LENGTH], full[2 * NAME_MAX_LENGTH];
	bool is_found = false;
	int r;

	for (text = skip_space(text); *text; text = skip_space(text)) {
		if (*text == '[') {
			r = take_table(&text, table, sizeof(table));
			if (r < 0)
				return r;
			text += strcspn(text, "\n");
			continue;
		}
		r = take_name(&text, '=', key, sizeof(key));
		if (r < 0)
			return r;
		text++;
		text += strspn(text, " \t");
		(void) snprintf(full, sizeof(full), "%s%s%s", table, *table ? "." : "", key);
		if (strcmp(full, name) == 0) {
			r = is_found ? -EINVAL : take(&text, ret);
			if (r < 0)
				return r;
			is_found = true;
		} else if (*text == '{' && is_above(full, name)) {
			return -EINVAL;
		}
		text = skip_value(text);
		if (!text)
			return -EINVAL;
	}
	return 0;
}

/**
 * toml_read_list() - find a list of strings in a TOML document
 * @text: the document
 * @name: table and key, as `crio.runtime.hooks_dir`
 * @ret: the list; release with toml_list_done()
 *
 * Return: 0, also if the key is not there; -EINVAL if the document cannot be read so far, or the
 * value is something else; or -ENOMEM.
 */
int toml_read_list(const char *text, const char *name, TomlList *ret)
{
	cleanup_toml_list TomlList list = {};
	int r;

	r = find(text, name, take_list, &list);
	if (r < 0)
		return r;
	*ret = list;
	list = (TomlList){};
	return 0;
}

/**
 * toml_read_string() - find a string in a TOML document
 * @text: the document
 * @name: table and key
 * @ret: the string, to be freed; NULL if the key is not there
 *
 * Return: as toml_read_list().
 */
int toml_read_string(const char *text, const char *name, char **ret)
{
	cleanup_free char *string = NULL;
	int r;

	r = find(text, name, take_word, &string);
	if (r < 0)
		return r;
	*ret = steal_ptr(string);
	return 0;
}
