/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with limits, by jansson: load a document, and ask for members of a certain type. */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"

/* The place of a byte, as jansson counts. */
static void place_of_byte(const char *text, size_t index, ParseError *reterr)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < index; i++) {
		line += text[i] == '\n';
		column = text[i] == '\n' ? 1 : column + 1;
	}
	parse_error_place(reterr, "line %zu, column %zu", line, column);
}

/*
 * check_nul() - refuse NUL bytes
 *
 * jansson refuses them too, but calls the first one the end of the file.
 */
static int check_nul(const char *text, size_t size, ParseError *reterr)
{
	const char *nul = memchr(text, '\0', size);

	if (!nul)
		return 0;
	place_of_byte(text, (size_t) (nul - text), reterr);
	return parse_error(reterr, -EINVAL, NULL, "is a NUL byte");
}

/*
 * check_depth() - refuse a text whose arrays and objects nest too deep, valid JSON or not
 *
 * jansson goes down to 2048 levels, recursively, and cannot be told otherwise at run time.
 */
static int check_depth(const char *text, size_t size, ParseError *reterr)
{
	const char *bracket = json_too_deep(text, size);

	if (!bracket)
		return 0;
	place_of_byte(text, (size_t) (bracket - text), reterr);
	return parse_error(reterr, -E2BIG, NULL, "nests deeper than the limit of %d levels",
			   JSON_DEPTH_MAX);
}

/* Whether memory was refused to the parser that runs now. */
static bool memory_is_out;

/*
 * allocate() - malloc(3) that gives nothing more once it could not give something
 *
 * jansson ignores it when the buffer of a token cannot grow, and goes on with a token that lacks
 * bytes, even the quote that ends it. It allocates once more before it uses a token, so it is
 * stopped there. What is left: a number of 16 digits or more may trip an assertion of its own.
 */
static void *allocate(size_t size)
{
	void *memory = memory_is_out ? NULL : malloc(size);

	if (!memory)
		memory_is_out = true;
	return memory;
}

/* load() - parse; a string may hold a NUL, which json_need() refuses where the string is used */
static json_t *load(const char *text, size_t size, size_t flags, json_error_t *reterr)
{
	json_malloc_t saved_malloc;
	json_free_t saved_free;
	json_t *json;

	json_get_alloc_funcs(&saved_malloc, &saved_free);
	json_set_alloc_funcs(allocate, free);
	memory_is_out = false;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | flags, reterr);
	json_set_alloc_funcs(saved_malloc, saved_free);
	return json;
}

/* cut_excerpt() - drop what jansson's message quotes of the document; line and column say where */
static void cut_excerpt(char *text)
{
	static const char *const heads[] = {" near '", " '\\u"};

	for (size_t i = 0; i < ELEMENTSOF(heads); i++) {
		char *excerpt = strstr(text, heads[i]);

		if (excerpt)
			*excerpt = '\0';
	}
}

/**
 * json_load_text() - parse a JSON document
 * @text: the document, not necessarily NUL terminated
 * @size: its length in bytes
 * @ret: a new reference
 * @reterr: place and reason, on -EINVAL and -E2BIG
 *
 * A number may be larger than jansson's integers are, as the "no limit" of a resource limit
 * (18446744073709551615) is: then all numbers of the document are real ones. json_get_integer()
 * takes both.
 *
 * Return: 0, -EINVAL if it is not JSON or a key stands twice in one object, -E2BIG if it nests too
 * deep, or -ENOMEM.
 */
int json_load_text(const char *text, size_t size, json_t **ret, ParseError *reterr)
{
	json_error_t error = {};
	json_t *json;
	int r;

	r = check_nul(text, size, reterr);
	if (r < 0)
		return r;
	r = check_depth(text, size, reterr);
	if (r < 0)
		return r;

	json = load(text, size, 0, &error);
	if (!json && !memory_is_out && json_error_code(&error) == json_error_numeric_overflow)
		json = load(text, size, JSON_DECODE_INT_AS_REAL, &error);
	if (!json && memory_is_out)
		return -ENOMEM;
	if (!json) {
		parse_error_place(reterr, "line %d, column %d", error.line, error.column);
		cut_excerpt(error.text);
		return parse_error(reterr, -EINVAL, NULL, "%s", error.text);
	}

	*ret = json;
	return 0;
}

/**
 * json_load_used() - parse the used members of a JSON document
 * @text: the document, not necessarily NUL terminated
 * @size: its length in bytes
 * @uses: the used members
 * @ret: a new reference, to a document that has at least those
 * @reterr: place and reason, on -EINVAL and -E2BIG
 *
 * Only a member that is used can make it fail. json_load_text() says what is wrong, and is also
 * asked where json_filter() finds no JSON.
 *
 * Return: 0, -EINVAL if it is not JSON or a used key stands twice in one object, -E2BIG if it nests
 * too deep, or -ENOMEM.
 */
int json_load_used(const char *text, size_t size, const JsonUse *uses, json_t **ret,
		   ParseError *reterr)
{
	cleanup_free char *filtered = NULL;
	json_t *json = NULL;
	size_t filtered_size;
	json_error_t error;
	int r;

	r = check_nul(text, size, reterr);
	if (r < 0)
		return r;
	r = json_filter(text, size, uses, &filtered, &filtered_size);
	if (r == -ENOMEM)
		return r;
	if (r >= 0)
		json = load(filtered, filtered_size, 0, &error);
	if (!json)
		return r >= 0 && memory_is_out ? -ENOMEM : json_load_text(text, size, ret, reterr);

	*ret = json;
	return 0;
}

/**
 * json_read() - read a JSON document, and parse its used members
 * @fd: what to read, to its end
 * @max_size: limit in bytes
 * @uses: the used members
 * @ret: a new reference
 * @reterr: place and reason, on -EINVAL and -E2BIG
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM, or the negative errno of read(2).
 */
int json_read(int fd, size_t max_size, const JsonUse *uses, json_t **ret, ParseError *reterr)
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

	return json_load_used(text, size, uses, ret, reterr);
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
 * json_text() - get the text of a value
 * @value: the value; NULL if there is none
 *
 * json_string_value() would cut a string at a NUL, and make another string of it.
 *
 * Return: the text; NULL if the value is no string, or one that holds a NUL.
 */
const char *json_text(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

/**
 * json_need() - check the type of a value
 * @value: the value; NULL if there is none
 * @type: the type it must have; JSON_TRUE stands for both booleans
 * @reterr: place and reason, on -EINVAL
 * @place: printf format of the value's JSON pointer
 *
 * Return: 0, or -EINVAL, also for a string that holds a NUL.
 */
int json_need(const json_t *value, json_type type, ParseError *reterr, const char *place, ...)
{
	va_list arguments;

	bool is_type = value &&
		       (json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value)));

	if (is_type && (type != JSON_STRING || json_text(value)))
		return 0;

	va_start(arguments, place);
	parse_error_vplace(reterr, place, arguments);
	va_end(arguments);
	if (!value)
		return parse_error(reterr, -EINVAL, NULL, "is missing");
	if (is_type)
		return parse_error(reterr, -EINVAL, NULL, "holds a NUL character");
	return parse_error(reterr, -EINVAL, NULL, "is %s, expected %s",
			   type_name(json_typeof(value)), type_name(type));
}

/**
 * json_member() - look an optional member up
 * @object: an object, or NULL for an absent one
 * @key: the member's name
 *
 * The runtimes take null for an absent member, so a hook must not refuse it.
 *
 * Return: the member, or NULL if it is absent or null.
 */
json_t *json_member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/**
 * json_get_string() - get an optional string member
 * @object: an object, or NULL for an absent one
 * @key: the member's name
 * @ret: the string, as long as @object lives; NULL if the member is absent or null
 * @reterr: place and reason, on -EINVAL
 * @place: the member's JSON pointer
 *
 * Return: 0, or -EINVAL if it is not a string.
 */
int json_get_string(json_t *object, const char *key, const char **ret, ParseError *reterr,
		    const char *place)
{
	json_t *value = json_member(object, key);

	if (value && json_need(value, JSON_STRING, reterr, "%s", place) < 0)
		return -EINVAL;

	*ret = json_string_value(value);
	return 0;
}

/**
 * json_need_strings() - check an optional array of strings
 * @array: the value; NULL if there is none
 * @reterr: place and reason, on -EINVAL
 * @place: the array's JSON pointer
 *
 * Return: 0, or -EINVAL.
 */
int json_need_strings(const json_t *array, ParseError *reterr, const char *place)
{
	int r;

	if (!array)
		return 0;

	r = json_need(array, JSON_ARRAY, reterr, "%s", place);
	for (size_t i = 0; r >= 0 && i < json_array_size(array); i++)
		r = json_need(json_array_get(array, i), JSON_STRING, reterr, "%s/%zu", place, i);
	return r;
}

/**
 * json_get_integer() - get a whole number out of a value
 * @value: the value; NULL if there is none
 * @max: the largest number allowed; the smallest is 0
 * @ret: the number
 * @reterr: place and reason, on -EINVAL
 * @place: the value's JSON pointer
 *
 * Return: 0, or -EINVAL if it is missing, not a whole number, or out of range.
 */
int json_get_integer(const json_t *value, uint32_t max, uint32_t *ret, ParseError *reterr,
		     const char *place)
{
	double number;

	if (!json_is_real(value) && json_need(value, JSON_INTEGER, reterr, "%s", place) < 0)
		return -EINVAL;

	/* every number up to the largest max is exact in a double */
	number = json_number_value(value);
	if (!(number >= 0 && number <= max))
		return parse_error(reterr, -EINVAL, place, "is out of range, 0 to %" PRIu32, max);
	if ((double) (uint32_t) number < number)
		return parse_error(reterr, -EINVAL, place, "is not a whole number");

	*ret = (uint32_t) number;
	return 0;
}
