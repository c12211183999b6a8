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

/* What a number may be followed by, and what it is then multiplied by; the last has factor 0. */
typedef struct Unit {
	const char *suffix;
	uint64_t factor;
} Unit;

/* parse_with_unit() - a number and one of these units; what it comes to is from @min to @max */
static int parse_with_unit(const char *text, const Unit *units, uint64_t min, uint64_t max,
			   uint64_t *ret)
{
	unsigned long long value;
	char *rest;

	/* strtoull() takes blanks and signs */
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &rest, 10);
	if (errno != 0)
		return -ERANGE;

	while (units->factor > 0 && strcmp(rest, units->suffix) != 0)
		units++;
	if (units->factor == 0)
		return -EINVAL;
	if (value > max / units->factor || value * units->factor < min)
		return -ERANGE;
	*ret = value * units->factor;
	return 0;
}

/**
 * parse_uint64() - read a decimal number, with nothing before or behind it
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int parse_uint64(const char *text, uint64_t *ret)
{
	static const Unit units[] = {{"", 1}, {}};

	return parse_with_unit(text, units, 0, UINT64_MAX, ret);
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
	static const Unit percents[] = {{"%", 1}, {}};
	static const Unit units[] = {
		{"", 1},
		{"k", UINT64_C(1) << 10},
		{"K", UINT64_C(1) << 10},
		{"m", UINT64_C(1) << 20},
		{"M", UINT64_C(1) << 20},
		{"g", UINT64_C(1) << 30},
		{"G", UINT64_C(1) << 30},
		{"t", UINT64_C(1) << 40},
		{"T", UINT64_C(1) << 40},
		{},
	};
	uint64_t percent = 0;
	int r;

	if (ret_percent && strchr(text, '%')) {
		r = parse_with_unit(text, percents, 1, 100, &percent);
		if (r >= 0)
			*ret_bytes = 0;
	} else {
		r = parse_with_unit(text, units, 1, UINT64_MAX, ret_bytes);
	}
	if (r >= 0 && ret_percent)
		*ret_percent = (unsigned int) percent;
	return r;
}

/**
 * parse_seconds() - read a whole number of seconds, at most a day
 * @ret_usec: the same in microseconds
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int parse_seconds(const char *text, uint64_t *ret_usec)
{
	static const Unit units[] = {{"", 1000 * 1000}, {}};

	return parse_with_unit(text, units, 1, UINT64_C(86400) * 1000 * 1000, ret_usec);
}

/**
 * parse_age() - read a span of time: a whole number with a suffix s, m, h, d or w
 * @ret_sec: the same in seconds
 *
 * Return: 0, -EINVAL, or -ERANGE (over a hundred years).
 */
int parse_age(const char *text, uint64_t *ret_sec)
{
	static const Unit units[] = {{"s", 1},	   {"m", 60},	     {"h", 3600},
				     {"d", 86400}, {"w", 7 * 86400}, {}};

	return parse_with_unit(text, units, 0, UINT64_C(100) * 366 * 86400, ret_sec);
}
