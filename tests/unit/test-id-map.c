/* SPDX-License-Identifier: Apache-2.0 */
/* uid_map and gid_map of /proc/PID. */
#include "id-map.h"

#include <errno.h>

#include "macro.h"
#include "tap.h"

static void test_to_outside(void)
{
	static const struct {
		const char *text;
		uint32_t inside;
		int result;
		uint32_t outside;
	} cases[] = {
		/* as the kernel writes it */
		{"         0     100000      65536\n", 0, 0, 100000},
		{"         0     100000      65536\n", 65535, 0, 165535},
		{"         0     100000      65536\n", 65536, -ENOENT, 0},
		{"         0       1000          1\n         1     100000      65536\n", 0, 0,
		 1000},
		{"         0       1000          1\n         1     100000      65536\n", 4, 0,
		 100003},
		/* --userns=keep-id */
		{"0 1 1000\n1000 0 1\n1001 1001 64536\n", 0, 0, 1},
		{"0 1 1000\n1000 0 1\n1001 1001 64536\n", 1000, 0, 0},
		{"0 0 4294967295\n", 0, 0, 0},
		{"0 0 4294967295\n", 4294967294, 0, 4294967294},
		{"1 5 1\n0 7 1", 0, 0, 7},
		/* no root */
		{"1000 1000 1\n", 0, -ENOENT, 0},
		{"0 1000 0\n", 0, -ENOENT, 0},
		{"", 0, -ENOENT, 0},
		/* no ids */
		{"0 4294967295 1\n", 0, -EINVAL, 0},
		{"0 4294967290 10\n", 7, -EINVAL, 0},
		/* none of the kernel's */
		{"0 4294967296 1\n", 0, -EINVAL, 0},
		{"0 -1 1\n", 0, -EINVAL, 0},
		{"0 1000\n", 0, -EINVAL, 0},
		{"0 1000 1 1\n", 0, -EINVAL, 0},
		{"0 1000 1x\n", 0, -EINVAL, 0},
		{"\n", 0, -EINVAL, 0},
		{"root", 0, -EINVAL, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint32_t outside = 0;

		printf("# case %zu\n", i);
		ASSERT_EQ(id_map_to_outside(cases[i].text, cases[i].inside, &outside),
			  cases[i].result);
		if (cases[i].result == 0)
			ASSERT_EQ(outside, cases[i].outside);
	}
}

static void test_is_initial(void)
{
	ASSERT(id_map_is_initial("         0          0 4294967295\n"));
	ASSERT(!id_map_is_initial("         0     100000      65536\n"));
	ASSERT(!id_map_is_initial("0 0 65536\n"));
	ASSERT(!id_map_is_initial("0 1 4294967295\n"));
	ASSERT(!id_map_is_initial("1 0 4294967295\n"));
	ASSERT(!id_map_is_initial("0 0 1\n1 1 4294967294\n"));
	ASSERT(!id_map_is_initial(""));
	ASSERT(!id_map_is_initial("x"));
}

TAP_MAIN(TAP(test_to_outside), TAP(test_is_initial))
