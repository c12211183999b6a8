/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with limits, by jansson: load a document, and ask for members of a certain type. */
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"

#define DEPTH_MAX 64

/**
 * parse_error() - fill in a ParseError
 * @reterr: what to fill; its source is left alone
 * @error: negative errno to return
 * @place: where; NULL leaves what is there
 * @reason: printf format
 *
 * Return: @error.
 */
int parse_error(ParseError *reterr, int error, const char *place, const char *reason, ...)
{
	va_list arguments;

	if (place)
		(void) snprintf(reterr->place, sizeof(reterr->place), "%s", place);
	va_start(arguments, reason);
	(void) vsnprintf(reterr->reason, sizeof(reterr->reason), reason, arguments);
	va_end(arguments);
	return error;
}

/*
 * deepest() - how deep arrays and objects nest in a text, valid JSON or not
 *
 * jansson goes down to 2048 levels, recursively, and cannot be told otherwise at run time.
 */
static size_t deepest(const char *text, size_t size)
{
	size_t depth = 0, most = 0;
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string)
			i += c == '\\';
		else if (c == '{' || c == '[')
			most = MAX(most, ++depth);
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return most;
}

/**
 * json_load_text() - parse a JSON document
 * @text: the document, not necessarily NUL terminated
 * @size: its length in bytes
 * @ret: a new reference
 * @reterr: place and reason, on -EINVAL and -E2BIG
 *
 * Return: 0, -EINVAL if it is not JSON or a key stands twice in one object, -E2BIG if it nests too
 * deep, or -ENOMEM.
 */
int json_load_text(const char *text, size_t size, json_t **ret, ParseError *reterr)
{
	json_error_t error;
	json_t *json;
	size_t depth;

	depth = deepest(text, size);
	if (depth > DEPTH_MAX)
		return parse_error(reterr, -E2BIG, "/", "nests %zu levels deep, the limit is %d",
				   depth, DEPTH_MAX);

	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return -ENOMEM;
		(void) snprintf(reterr->place, sizeof(reterr->place), "line %d, column %d",
				error.line, error.column);
		return parse_error(reterr, -EINVAL, NULL, "%s", error.text);
	}

	*ret = json;
	return 0;
}

/**
 * json_read() - read and parse a JSON document
 * @fd: what to read, to its end
 * @max_size: limit in bytes
 * @ret: a new reference
 * @reterr: place and reason, on -EINVAL and -E2BIG
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM, or the negative errno of read(2).
 */
int json_read(int fd, size_t max_size, json_t **ret, ParseError *reterr)
{
	cleanup_free char *text = NULL;
	size_t size;
	int r;

	r = read_limited(fd, max_size, &text, &size);
	if (r == -E2BIG)
		return parse_error(reterr, r, "/", "is larger than the limit of %zu bytes",
				   max_size);
	if (r < 0)
		return r;
	if (size == 0)
		return parse_error(reterr, -EINVAL, "/", "is empty");

	return json_load_text(text, size, ret, reterr);
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

/**
 * json_need() - check the type of a value
 * @value: the value; NULL if there is none
 * @type: the type it must have; JSON_TRUE stands for both booleans
 * @reterr: place and reason, on -EINVAL
 * @place: printf format of the value's JSON pointer
 *
 * Return: 0, or -EINVAL.
 */
int json_need(const json_t *value, json_type type, ParseError *reterr, const char *place, ...)
{
	va_list arguments;

	if (value && (json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value))))
		return 0;

	va_start(arguments, place);
	(void) vsnprintf(reterr->place, sizeof(reterr->place), place, arguments);
	va_end(arguments);
	if (!value)
		return parse_error(reterr, -EINVAL, NULL, "is missing");
	return parse_error(reterr, -EINVAL, NULL, "is %s, expected %s",
			   type_name(json_typeof(value)), type_name(type));
}

/**
 * json_get_string() - get an optional string member
 * @object: an object, or NULL for an absent one
 * @key: the member's name
 * @ret: the string, as long as @object lives; NULL if the member is absent
 * @reterr: place and reason, on -EINVAL
 * @place: the member's JSON pointer
 *
 * Return: 0, or -EINVAL if it is not a string.
 */
int json_get_string(json_t *object, const char *key, const char **ret, ParseError *reterr,
		    const char *place)
{
	json_t *value = json_object_get(object, key);

	if (value && json_need(value, JSON_STRING, reterr, "%s", place) < 0)
		return -EINVAL;

	*ret = json_string_value(value);
	return 0;
}
