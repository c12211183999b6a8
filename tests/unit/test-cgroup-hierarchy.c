/* SPDX-License-Identifier: Apache-2.0 */
/* The hierarchies that /proc/PID/cgroup lists. */
#include "systemd-hook/cgroup-hierarchy.h"

#include <stdio.h>

#include "macro.h"
#include "tap.h"

/* list() - what was found, as text: t for tracking, u for v2 */
static char *list(const char *text)
{
	cleanup_free char *copy = strdup(text); /* on the heap, so that an overrun is seen */
	CgroupHierarchy *hierarchies = NULL;
	char *ret = NULL;
	size_t n = 0, size = 0;
	FILE *file = open_memstream(&ret, &size);

	ASSERT_OK(cgroup_hierarchies_from_text(copy, &hierarchies, &n));
	for (size_t i = 0; i < n; i++)
		(void) fprintf(file, "%s%s %s %s;", hierarchies[i].is_tracking ? "t" : "",
			       hierarchies[i].is_unified ? "u" : "", hierarchies[i].controllers,
			       hierarchies[i].path);
	(void) fclose(file);
	cgroup_hierarchies_free(hierarchies, n);
	return ret;
}

static void test_from_text(void)
{
	static const struct {
		const char *text, *list;
	} cases[] = {
		{"", ""},
		{"0::/\n", "tu  /;"},
		{"12:cpu,cpuacct:/x\n1:name=systemd:/y\n0::/z\n",
		 " cpu,cpuacct /x;t name=systemd /y;tu  /z;"},
		{"3:memory:/a:b c", " memory /a:b c;"},
		/* of other managers */
		{"2:name=openrc:/x\n", ""},
		{"2:name=systemd2:/x\n", ""},
		{"2:name=system:/x\n", ""},
		/* outside of our cgroup namespace */
		{"3:memory:/../a\n4:pids:/..\n5:cpu:/..x\n", ""},
		{"3:memory:/.../a\n", ""},
		{"3:memory:/a/../b\n", " memory /a/../b;"},
		/* no such lines are known */
		{"3:memory:\n", ""},
		{"3:memory\n", ""},
		{"3\n\n:\n::\n", ""},
		{"3:memory:x\n", ""},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_free char *found = list(cases[i].text);

		ASSERT_STREQ(found, cases[i].list);
	}
}

static void test_many(void)
{
	char text[4096] = "", *end = text;
	CgroupHierarchy *hierarchies = NULL;
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		end += sprintf(end, "%d:c%d:/x\n", i, i);
	ASSERT_OK(cgroup_hierarchies_from_text(text, &hierarchies, &n));
	ASSERT_EQ(n, 32);
	cgroup_hierarchies_free(hierarchies, n);
}

TAP_MAIN(TAP(test_from_text), TAP(test_many))
