/* SPDX-License-Identifier: Apache-2.0 */
/* The SystemMaxUse= of an image, as journald finds it. */
#include "systemd-hook/journald-limit.h"

#include <errno.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "input.h"
#include "macro.h"
#include "tap.h"

#define M (UINT64_C(1) << 20)
#define CONF "[Journal]\nSystemMaxUse="

static void test_parse_size(void)
{
	static const struct {
		const char *text;
		int64_t wanted; /* or a negative errno */
	} cases[] = {
		{"0", 0},
		{"1024", 1024},
		{"16M", 16 * M},
		{" 16 M", 16 * M},
		{"16B", 16},
		{"1.5G", 1536 * M},
		{"10.M", 10 * M},
		{"1G 512M", 1536 * M},
		{"1G512M1", 1536 * M + 1},
		{"1E", INT64_C(1) << 60},
		{"512M 1G", -EINVAL},
		{"1M 1M", -EINVAL},
		{"16MB", -EINVAL},
		{"16m", -EINVAL},
		{"1 1", -EINVAL},
		{"", -EINVAL},
		{"M", -EINVAL},
		{"-1", -EINVAL},
		{"5%", -EINVAL},
		{"infinity", -EINVAL},
		{"16E", -ERANGE},
		{"18446744073709551616", -ERANGE},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t size = 0;
		int r = journald_parse_size(cases[i].text, &size);

		if ((r < 0 ? r : (int64_t) size) != cases[i].wanted)
			tap_fail(__FILE__, __LINE__, "%s: %d %llu", cases[i].text, r,
				 (unsigned long long) size);
	}
}

static void test_parse_file(void)
{
	static const struct {
		const char *text;
		uint64_t wanted;
	} cases[] = {
		{CONF "16M", 16 * M},
		{CONF "16M\n", 16 * M},
		{"  [Journal]\r\n  SystemMaxUse =  16M \r\n", 16 * M},
		{"SystemMaxUse=16M\n", JOURNALD_NO_LIMIT},
		{"[Other]\nSystemMaxUse=16M\n", JOURNALD_NO_LIMIT},
		{CONF "16M\n[Other]\nSystemMaxUse=8M\n", 16 * M},
		{CONF "16M\nSystemMaxUse=8M\n", 8 * M},
		{CONF "8M\nSystemMaxUse=16M\n", 16 * M},
		/* journald complains of these and goes on */
		{CONF "16M\nSystemMaxUse=\n", 16 * M},
		{CONF "16M\nSystemMaxUse=lots\nRubbish\n", 16 * M},
		{"#" CONF "16M", JOURNALD_NO_LIMIT},
		{"[Journal]\n#SystemMaxUse=16M\n;SystemMaxUse=16M\n", JOURNALD_NO_LIMIT},
		{"[Journal]\nsystemmaxuse=16M\nRuntimeMaxUse=1M\nSystemMaxUses=1M\n",
		 JOURNALD_NO_LIMIT},
		{"[Journal]\nSystemMaxUse=\\\n# between\n16M\n", 16 * M},
		{"[Journal]\nStorage=auto\\\nSystemMaxUse=16M\n", JOURNALD_NO_LIMIT},
		{"[Journal]\nStorage=auto\\\\\nSystemMaxUse=16M\n", 16 * M},
		{"[Journal]\nSystemMaxUse=16M\\", JOURNALD_NO_LIMIT},
		{"", JOURNALD_NO_LIMIT},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_free char *text = strdup(cases[i].text);
		uint64_t limit = JOURNALD_NO_LIMIT;

		journald_parse_limit(text, &limit);
		if (limit != cases[i].wanted)
			tap_fail(__FILE__, __LINE__, "%s: %llu", cases[i].text,
				 (unsigned long long) limit);
	}
}

static void make(int fd, const char *path, const char *text)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		cleanup_free char *parent = strndup(path, (size_t) (slash - path));

		(void) mkdirat(fd, parent, 0755);
	}
	(void) unlinkat(fd, path, 0);
	if (*text == '>')
		ASSERT_SYS(symlinkat(text + 1, fd, path));
	else if (strcmp(text, "fifo") == 0)
		ASSERT_SYS(mkfifoat(fd, path, 0644));
	else
		input_write_file(fd, path, text, 0644);
}

/* Each line changes what the lines before it left. */
static void test_find(void)
{
	static const struct {
		const char *path, *text;
		uint64_t wanted;
	} cases[] = {
		{"unrelated", "", JOURNALD_NO_LIMIT},
		{"usr/lib/systemd/journald.conf", CONF "16M", 16 * M},
		{"usr/local/lib/systemd/journald.conf", CONF "15M", 15 * M},
		{"run/systemd/journald.conf", CONF "14M", 14 * M},
		{"etc/systemd/journald.conf", "[Journal]\n", JOURNALD_NO_LIMIT},
		{"etc/systemd/journald.conf", CONF "13M", 13 * M},
		/* any drop-in comes after the main file, and they are sorted by name */
		{"usr/lib/systemd/journald.conf.d/50-a.conf", CONF "50M", 50 * M},
		{"etc/systemd/journald.conf.d/10-b.conf", CONF "10M", 50 * M},
		{"run/systemd/journald.conf.d/60-c.conf", CONF "60M", 60 * M},
		{"usr/local/lib/systemd/journald.conf.d/60-c.conf", CONF "61M", 60 * M},
		{"etc/systemd/journald.conf.d/60-c.conf", ">/dev/null", 50 * M},
		{"etc/systemd/journald.conf.d/50-a.conf", "", 10 * M},
		{"etc/systemd/journald.conf.d/.70.conf", CONF "1M", 10 * M},
		{"etc/systemd/journald.conf.d/70.conf~", CONF "1M", 10 * M},
		{"etc/systemd/journald.conf.d/.conf", CONF "1M", 10 * M},
		/* hostile: not waited for, not followed out of the root, not read */
		{"etc/systemd/journald.conf.d/80.conf", "fifo", 10 * M},
		{"etc/systemd/journald.conf.d/81.conf", ">81.conf", 10 * M},
		{"etc/systemd/journald.conf.d/82.conf", ">../../../../../../../../etc/passwd",
		 10 * M},
		{"etc/systemd/journald.conf.d/83.conf", ">/dev/zero", 10 * M},
		{"etc/systemd/journald.conf.d/90.conf", ">/limit", 10 * M},
		{"limit", CONF "9M", 9 * M},
		{"etc/systemd/journald.conf", "fifo", 9 * M},
	};
	cleanup_close int fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t limit;

		make(fd, cases[i].path, cases[i].text);
		ASSERT_OK(journald_limit_find(fd, &limit));
		if (limit != cases[i].wanted)
			tap_fail(__FILE__, __LINE__, "%s: %llu", cases[i].path,
				 (unsigned long long) limit);
	}
}

static void test_default(void)
{
	ASSERT_EQ(journald_default_limit(0), M);
	ASSERT_EQ(journald_default_limit(100 * M), 10 * M);
	ASSERT_EQ(journald_default_limit(UINT64_C(100) << 40), 4096 * M);
}

TAP_MAIN(TAP(test_parse_size), TAP(test_parse_file), TAP(test_find), TAP(test_default))
