/* SPDX-License-Identifier: Apache-2.0 */
/* Text to numbers and words: the only place where strtoull() is called. */
#include "parse-util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "macro.h"

/**
 * parse_bool() - read a yes or no
 * @text: true/false, yes/no, on/off, 1/0, enabled/disabled, in any case; nothing else, no blanks
 * @ret: the value
 *
 * Return: 0, or -EINVAL.
 */
int parse_bool(const char *text, bool *ret)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"},	    {"off", "on"},
		{"0", "1"},	   {"disabled", "enabled"},
	};

	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		for (int value = 0; value < 2; value++)
			if (strcasecmp(text, words[i][value]) == 0) {
				*ret = value;
				return 0;
			}
	return -EINVAL;
}

static int parse_prefix(const char *text, uint64_t *ret, const char **ret_rest)
{
	char *end;
	unsigned long long value;

	/* strtoull() takes blanks and signs */
	if (*text < '0' || *text > '9')
		return -EINVAL;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0)
		return -ERANGE;

	*ret = value;
	*ret_rest = end;
	return 0;
}

/**
 * parse_uint64() - read a decimal number, with nothing before or behind it
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int parse_uint64(const char *text, uint64_t *ret)
{
	const char *rest;
	uint64_t value;
	int r;

	r = parse_prefix(text, &value, &rest);
	if (r < 0)
		return r;
	if (*rest)
		return -EINVAL;

	*ret = value;
	return 0;
}

/**
 * parse_size() - read a size as tmpfs(5) and journald.conf(5) write it
 * @text: a number of bytes with an optional suffix K, M, G or T (powers of 1024), or a percentage
 * `N%`
 * @ret_bytes: the bytes, 0 if it is a percentage
 * @ret_percent: 1…100, 0 if it is in bytes; NULL where no percentage is allowed
 *
 * Return: 0, -EINVAL, or -ERANGE (0, over 100 %, or over 64 bits).
 */
int parse_size(const char *text, uint64_t *ret_bytes, unsigned int *ret_percent)
{
	static const char suffixes[] = "kmgt";
	const char *rest, *suffix;
	uint64_t value;
	unsigned int shift = 0;
	int r;

	r = parse_prefix(text, &value, &rest);
	if (r < 0)
		return r;

	if (ret_percent && strcmp(rest, "%") == 0) {
		if (value < 1 || value > 100)
			return -ERANGE;
		*ret_percent = (unsigned int) value;
		*ret_bytes = 0;
		return 0;
	}

	if (*rest) {
		suffix = strchr(suffixes, *rest | 0x20);
		if (!suffix || rest[1])
			return -EINVAL;
		shift = 10 * (unsigned int) (suffix - suffixes + 1);
	}
	if (value == 0 || value > UINT64_MAX >> shift)
		return -ERANGE;

	*ret_bytes = value << shift;
	if (ret_percent)
		*ret_percent = 0;
	return 0;
}

/**
 * parse_seconds() - read a whole number of seconds, at most a day
 * @ret_usec: the same in microseconds
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int parse_seconds(const char *text, uint64_t *ret_usec)
{
	uint64_t value;
	int r;

	r = parse_uint64(text, &value);
	if (r < 0)
		return r;
	if (value < 1 || value > 86400)
		return -ERANGE;

	*ret_usec = value * 1000 * 1000;
	return 0;
}

/**
 * parse_age() - read a span of time: a whole number with a suffix s, m, h, d or w
 * @ret_sec: the same in seconds
 *
 * Return: 0, -EINVAL, or -ERANGE (over a hundred years).
 */
int parse_age(const char *text, uint64_t *ret_sec)
{
	static const struct {
		char suffix;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	const char *rest;
	uint64_t value;
	int r;

	r = parse_prefix(text, &value, &rest);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(units); i++) {
		if (rest[0] != units[i].suffix || rest[1])
			continue;
		if (value > UINT64_C(100) * 366 * 86400 / units[i].seconds)
			return -ERANGE;
		*ret_sec = value * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}
