/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a JSON document without the members that nobody uses.
 *
 * What a container's image, its user or another program puts into such members is then none of our
 * business: a NUL, half of a surrogate pair or a number out of range, which Go takes and jansson does
 * not. It also saves most of the time of parsing, because a config.json is mostly seccomp filters.
 */
#include "json-filter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define KEY_MAX 128
#define ESCAPE_LENGTH 6 /* \uXXXX */

typedef struct Filter {
	const char *at, *end; /* what is still to be read */
	char *out, *out_end;  /* where to write; never ahead of what was read */
	size_t depth;
} Filter;

static const char *skip_space(const char *c, const char *end)
{
	while (c < end && (*c == ' ' || *c == '\n' || *c == '\t' || *c == '\r'))
		c++;
	return c;
}

/*
 * end_of_string() - the quote that ends a string, or NULL
 *
 * Most of a document is strings: memchr(3) is many times as fast as a look at each byte.
 */
static const char *end_of_string(const char *string, const char *end)
{
	const char *start = string, *quote, *run;

	while ((quote = memchr(string, '"', (size_t) (end - string)))) {
		for (run = quote; run > start && run[-1] == '\\'; run--)
			;
		if ((quote - run) % 2 == 0)
			return quote;
		string = quote + 1;
	}
	return NULL;
}

/**
 * json_too_deep() - find the first bracket that nests deeper than JSON_DEPTH_MAX
 * @text: a document, valid JSON or not
 * @size: its length
 *
 * Up to the first syntax error this sees the same strings and levels as jansson, which stops there.
 *
 * Return: the bracket, or NULL.
 */
const char *json_too_deep(const char *text, size_t size)
{
	const char *end = text + size;
	size_t depth = 0;

	for (const char *c = text; c < end; c++) {
		if (*c == '"') {
			c = end_of_string(c + 1, end);
			if (!c)
				return NULL;
		} else if (*c == '{' || *c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return c;
		} else if ((*c == '}' || *c == ']') && depth > 0) {
			depth--;
		}
	}
	return NULL;
}

/* end_of_nested() - behind the bracket that closes an object or array, or NULL */
static const char *end_of_nested(const char *c, const char *end, size_t depth)
{
	const size_t outside = depth;
	uint64_t objects = 0; /* a bit for each open bracket, set for an object */

	_Static_assert(JSON_DEPTH_MAX <= 64, "a bit for each level");
	for (; c < end; c++) {
		if (*c == '"') {
			c = end_of_string(c + 1, end);
			if (!c)
				return NULL;
		} else if (*c == '{' || *c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return NULL;
			objects = objects << 1 | (*c == '{');
		} else if (*c == '}' || *c == ']') {
			if ((objects & 1) != (*c == '}'))
				return NULL;
			objects >>= 1;
			if (--depth == outside)
				return c + 1;
		}
	}
	return NULL;
}

/* end_of_value() - behind a value, or NULL if there is none or it does not end */
static const char *end_of_value(const char *value, const char *end, size_t depth)
{
	const char *c = value;

	if (c == end)
		return NULL;
	if (*c == '{' || *c == '[')
		return end_of_nested(c, end, depth);
	if (*c == '"') {
		c = end_of_string(c + 1, end);
		return c ? c + 1 : NULL;
	}
	while (c < end && !memchr(" \n\t\r,:\"{}[]", *c, sizeof(" \n\t\r,:\"{}[]") - 1))
		c++;
	return c > value ? c : NULL;
}

/* read_escape() - the number of a \uXXXX, or -1 if there is none */
static int read_escape(const char *c, const char *end)
{
	int number = 0;

	if (end - c < ESCAPE_LENGTH || c[0] != '\\' || c[1] != 'u')
		return -1;
	for (int i = 2; i < ESCAPE_LENGTH; i++) {
		char lower = (char) (c[i] | 0x20);

		if (c[i] >= '0' && c[i] <= '9')
			number = number * 16 + c[i] - '0';
		else if (lower >= 'a' && lower <= 'f')
			number = number * 16 + lower - 'a' + 10;
		else
			return -1;
	}
	return number;
}

/*
 * mend_escapes() - replace what jansson refuses, in place
 *
 * Half of a surrogate pair becomes U+FFFD, as in Go. So does a NUL where @mend_nul says so: in a key,
 * which is then no key of ours, and in a value that nobody uses by itself.
 */
static void mend_escapes(char *text, char *end, bool mend_nul)
{
	static const char unknown[ESCAPE_LENGTH] = {'\\', 'u', 'f', 'f', 'f', 'd'};

	while ((text = memchr(text, '\\', (size_t) (end - text)))) {
		int number = read_escape(text, end);
		int next = read_escape(text + MIN(ESCAPE_LENGTH, end - text), end);
		bool is_high = number >= 0xd800 && number < 0xdc00;
		bool is_pair = is_high && next >= 0xdc00 && next < 0xe000;

		if ((number >= 0xd800 && number < 0xe000 && !is_pair) || (number == 0 && mend_nul))
			memcpy(text, unknown, sizeof(unknown));
		text += MIN(is_pair	 ? 2 * ESCAPE_LENGTH
			    : number < 0 ? 2
					 : ESCAPE_LENGTH,
			    end - text);
	}
}

/* keep() - write all up to a place */
static void keep(Filter *filter, const char *to, bool mend_nul)
{
	size_t size = (size_t) (to - filter->at);

	memcpy(filter->out, filter->at, size);
	mend_escapes(filter->out, filter->out + size, mend_nul);
	filter->out += size;
	filter->at = to;
}

/* put() - write one character, where the document had one or more; there is room for it */
static bool put(Filter *filter, char c)
{
	if (filter->out == filter->out_end)
		return false;
	*filter->out++ = c;
	return true;
}

/* skip_to() - pass by the space that may be there, to a character that must be */
static bool skip_to(Filter *filter, char wanted)
{
	filter->at = skip_space(filter->at, filter->end);
	return filter->at < filter->end && *filter->at == wanted;
}

/*
 * read_key() - a key as text, for a comparison with keys of ours
 *
 * A key may be written with escapes. Ours are ASCII, so anything else becomes a character that none
 * of them has.
 */
static size_t read_key(const char *key, const char *end, char text[KEY_MAX])
{
	size_t length = 0;

	for (; key < end && length < KEY_MAX; key++) {
		int number = read_escape(key, end);

		text[length] = *key;
		if (number >= 0) {
			text[length] = (char) (number > 0 && number < 0x80 ? number : '\n');
			key += ESCAPE_LENGTH - 1;
		} else if (*key == '\\' && ++key < end) {
			text[length] = (char) (*key == '/' ? '/' : '\n');
		}
		length++;
	}
	return length;
}

static bool is_pattern(const JsonUse *use)
{
	return use->key[strlen(use->key) - 1] == '*';
}

static const JsonUse *find_use(const JsonUse *uses, const char *key, const char *end)
{
	char text[KEY_MAX];
	size_t length = (size_t) (end - key);

	if (memchr(key, '\\', length)) {
		length = read_key(key, end, text);
		key = text;
	}
	for (; uses->key; uses++) {
		size_t wanted = strlen(uses->key);
		bool is_prefix = is_pattern(uses);

		wanted -= is_prefix;
		if ((is_prefix ? length >= wanted : length == wanted) &&
		    memcmp(uses->key, key, wanted) == 0)
			return uses;
	}
	return NULL;
}

static bool filter_value(Filter *filter, const JsonUse *uses);

/* filter_any() - the value of a member that is found by a pattern: only strings are of interest */
static bool filter_any(Filter *filter)
{
	const char *end = end_of_value(filter->at, filter->end, filter->depth);

	if (!end)
		return false;
	if (*filter->at == '"') {
		keep(filter, end, /* mend_nul= */ true);
		return true;
	}
	filter->at = end;
	return put(filter, '0');
}

/* filter_member() - one member; @has_kept tells whether one was kept before it */
static bool filter_member(Filter *filter, const JsonUse *uses, bool *has_kept)
{
	const JsonUse *use;
	const char *key_end;

	if (!skip_to(filter, '"'))
		return false;
	key_end = end_of_string(filter->at + 1, filter->end);
	if (!key_end)
		return false;
	use = find_use(uses, filter->at + 1, key_end);
	if (use) {
		if (*has_kept && !put(filter, ','))
			return false;
		*has_kept = true;
		keep(filter, key_end + 1, /* mend_nul= */ true);
	}
	filter->at = key_end + 1;
	if (!skip_to(filter, ':'))
		return false;
	if (use && !put(filter, ':'))
		return false;
	filter->at = skip_space(filter->at + 1, filter->end);
	if (!use) {
		filter->at = end_of_value(filter->at, filter->end, filter->depth);
		return filter->at != NULL;
	}
	return is_pattern(use) ? filter_any(filter) : filter_value(filter, use->members);
}

static bool filter_element(Filter *filter, const JsonUse *uses, bool *has_kept)
{
	if (*has_kept && !put(filter, ','))
		return false;
	*has_kept = true;
	filter->at = skip_space(filter->at, filter->end);
	return filter_value(filter, uses);
}

/* filter_nested() - an object of which some members are used, or an array of such objects */
static bool filter_nested(Filter *filter, const JsonUse *uses)
{
	bool is_object = *filter->at == '{', has_kept = false;
	char close = is_object ? '}' : ']';

	if (++filter->depth > JSON_DEPTH_MAX)
		return false;
	keep(filter, filter->at + 1, /* mend_nul= */ false);
	if (!skip_to(filter, close)) {
		for (;;) {
			if (!(is_object ? filter_member : filter_element)(filter, uses, &has_kept))
				return false;
			if (skip_to(filter, close))
				break;
			if (!skip_to(filter, ','))
				return false;
			filter->at++;
		}
	}
	keep(filter, filter->at + 1, /* mend_nul= */ false);
	filter->depth--;
	return true;
}

/* filter_value() - a value that is used: all of it where @uses is NULL */
static bool filter_value(Filter *filter, const JsonUse *uses)
{
	const char *end;

	if (uses && filter->at < filter->end && (*filter->at == '{' || *filter->at == '['))
		return filter_nested(filter, uses);
	end = end_of_value(filter->at, filter->end, filter->depth);
	if (!end)
		return false;
	keep(filter, end, /* mend_nul= */ false);
	return true;
}

/**
 * json_filter() - copy a document without the members that are not used
 * @text: the document; holds no NUL byte
 * @size: its length
 * @uses: the used members of its object, or of the objects in its array
 * @ret: the copy, not NUL terminated; to be freed
 * @ret_size: its length, at most @size
 *
 * A value that a key with `*` stands for is kept if it is a string, else it becomes 0. What is kept
 * is as valid, or not, as it was. Of the rest only strings, brackets, and what stands between the
 * members of an object that is used, are looked at.
 *
 * Return: 0, -EINVAL if the text is no JSON or nests too deep, or -ENOMEM.
 */
int json_filter(const char *text, size_t size, const JsonUse *uses, char **ret, size_t *ret_size)
{
	cleanup_free char *copy = malloc(size + !size);
	Filter filter = {.at = text, .end = text + size, .out = copy};

	if (!copy)
		return -ENOMEM;
	filter.out_end = copy + size;
	filter.at = skip_space(filter.at, filter.end);
	if (!filter_value(&filter, uses))
		return -EINVAL;
	if (skip_space(filter.at, filter.end) != filter.end)
		return -EINVAL;

	*ret_size = (size_t) (filter.out - copy);
	*ret = steal_ptr(copy);
	return 0;
}
