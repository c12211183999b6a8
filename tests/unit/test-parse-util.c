/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and words of options and annotations: what is taken, and that nothing else is. */
#include "parse-util.h"

#include "macro.h"
#include "tap.h"

static void test_bool(void)
{
	static const char *const yes[] = {"true", "yes", "on", "1", "enabled", "TRUE", "Yes", "oN"};
	static const char *const no[] = {"false",    "no",    "off",	 "0",
					 "disabled", "False", "DISABLED"};
	static const char *const bad[] = {"",	" true",       "true ",	 "true\n", "t",
					  "y",	"truee",       "tru",	 "2",	   "01",
					  "-1", "notdisabled", "ye\ts\0"};
	bool value;

	for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
		value = false;
		ASSERT_EQ(parse_bool(yes[i], &value), 0);
		ASSERT(value);
	}
	for (size_t i = 0; i < ELEMENTSOF(no); i++) {
		value = true;
		ASSERT_EQ(parse_bool(no[i], &value), 0);
		ASSERT(!value);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		value = i % 2;
		ASSERT_EQ(parse_bool(bad[i], &value), -EINVAL);
		ASSERT_EQ(value, i % 2);
	}
}

static void test_uint64(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} cases[] = {
		{"0", 0, 0},
		{"7", 0, 7},
		{"007", 0, 7},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"99999999999999999999999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
		{"1\n", -EINVAL, 0},
		{"\xd9\xa1", -EINVAL, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t value = 4711;

		ASSERT_EQ(parse_uint64(cases[i].text, &value), cases[i].r);
		ASSERT(value == (cases[i].r == 0 ? cases[i].value : 4711));
	}
}

static void test_size(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
		unsigned int percent;
	} cases[] = {
		{"1", 0, 1, 0},
		{"512", 0, 512, 0},
		{"1k", 0, 1024, 0},
		{"256M", 0, 268435456, 0},
		{"256m", 0, 268435456, 0},
		{"3G", 0, 3221225472, 0},
		{"1T", 0, 1099511627776, 0},
		{"16777215T", 0, UINT64_C(16777215) << 40, 0},
		{"18446744073709551615", 0, UINT64_MAX, 0},
		{"20%", 0, 0, 20},
		{"1%", 0, 0, 1},
		{"100%", 0, 0, 100},
		/* 0 is "no limit" to tmpfs, and so is what overflows to 0 */
		{"0", -ERANGE, 0, 0},
		{"0k", -ERANGE, 0, 0},
		{"0%", -ERANGE, 0, 0},
		{"101%", -ERANGE, 0, 0},
		{"4294967297%", -ERANGE, 0, 0},
		{"16777216T", -ERANGE, 0, 0},
		{"18446744073709551615k", -ERANGE, 0, 0},
		{"18446744073709551616", -ERANGE, 0, 0},
		{"", -EINVAL, 0, 0},
		{"%", -EINVAL, 0, 0},
		{"M", -EINVAL, 0, 0},
		{"-1", -EINVAL, 0, 0},
		{" 1M", -EINVAL, 0, 0},
		{"1 M", -EINVAL, 0, 0},
		{"1MB", -EINVAL, 0, 0},
		{"1M,mode=777", -EINVAL, 0, 0},
		{"1.5G", -EINVAL, 0, 0},
		{"1P", -EINVAL, 0, 0},
		{"1%%", -EINVAL, 0, 0},
		{"1\xcb", -EINVAL, 0, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		bool ok = cases[i].r == 0;
		uint64_t bytes = 4711;
		unsigned int percent = 4711;

		ASSERT_EQ(parse_size(cases[i].text, &bytes, &percent), cases[i].r);
		ASSERT(bytes == (ok ? cases[i].bytes : 4711));
		ASSERT_EQ(percent, ok ? cases[i].percent : 4711);
	}
}

static void test_size_without_percentage(void)
{
	uint64_t bytes = 4711;

	ASSERT_EQ(parse_size("20%", &bytes, /* ret_percent= */ NULL), -EINVAL);
	ASSERT_EQ(bytes, 4711);
	ASSERT_EQ(parse_size("256M", &bytes, /* ret_percent= */ NULL), 0);
	ASSERT_EQ(bytes, 268435456);
}

static void test_seconds(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t usec;
	} cases[] = {
		{"1", 0, 1000000},
		{"2", 0, 2000000},
		{"86400", 0, UINT64_C(86400000000)},
		{"0", -ERANGE, 0},
		{"86401", -ERANGE, 0},
		{"18446744073709551615", -ERANGE, 0},
		{"2s", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"0.5", -EINVAL, 0},
		{"infinity", -EINVAL, 0},
		{"-2", -EINVAL, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t usec = 4711;

		ASSERT_EQ(parse_seconds(cases[i].text, &usec), cases[i].r);
		ASSERT(usec == (cases[i].r == 0 ? cases[i].usec : 4711));
	}
}

static void test_age(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t seconds;
	} cases[] = {
		{"0d", 0, 0},
		{"90s", 0, 90},
		{"2m", 0, 120},
		{"3h", 0, 10800},
		{"30d", 0, 2592000},
		{"1w", 0, 604800},
		{"30", -EINVAL, 0},
		{"d", -EINVAL, 0},
		{"30days", -EINVAL, 0},
		{"30D", -EINVAL, 0},
		{"-1d", -EINVAL, 0},
		{"1d ", -EINVAL, 0},
		{"36601d", -ERANGE, 0},
		{"18446744073709551616s", -ERANGE, 0},
		{"18446744073709551615w", -ERANGE, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t seconds = 4711;

		ASSERT_EQ(parse_age(cases[i].text, &seconds), cases[i].r);
		ASSERT(seconds == (cases[i].r == 0 ? cases[i].seconds : 4711));
	}
}

TAP_MAIN(TAP(test_bool), TAP(test_uint64), TAP(test_size), TAP(test_size_without_percentage),
	 TAP(test_seconds), TAP(test_age))
