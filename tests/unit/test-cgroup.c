/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a cgroup v2 in /proc/PID/cgroup. */
#include "systemd-hook/cgroup.h"

#include "macro.h"
#include "tap.h"

static void test_path_from_text(void)
{
	static const struct {
		const char *text, *path;
	} cases[] = {
		{"0::/\n", "/"},
		{"0::/a", "/a"},
		{"0::/machine.slice/libpod-1.scope/container\n",
		 "/machine.slice/libpod-1.scope/container"},
		{"12:pids:/x\n1:name=systemd:/y\n0::/z\n", "/z"},
		{"10::/x\n0::/z\n", "/z"},
		{"\n0::/z\n", "/z"},
		{"0::/a:b c\\n\n", "/a:b c\\n"},
		{"0::/...x\n", NULL},
		{"0::/a/../b\n", "/a/../b"},
		/* outside of our cgroup namespace */
		{"0::/../a\n", NULL},
		{"0::/..\n", NULL},
		/* none */
		{"", NULL},
		{"\n", NULL},
		{"1:name=systemd:/y\n", NULL},
		{"0::x\n", NULL},
		{"0::", NULL},
		{" 0::/x\n", NULL},
		{"0:pids:/x\n", NULL},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		/* on the heap, so that an overrun is seen */
		cleanup_free char *text = strdup(cases[i].text), *path = NULL;

		ASSERT_EQ(cgroup_path_from_text(text, &path), cases[i].path ? 0 : -ENOENT);
		ASSERT_STREQ(path, cases[i].path);
	}
}

TAP_MAIN(TAP(test_path_from_text))
