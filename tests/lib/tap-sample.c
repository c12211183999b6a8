/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that fail in every way, for test-plumbing.sh, which looks at what tap.h says of them. */
#include "config.h"

#include "tap.h"

static int counter;

static void test_passes(void)
{
	counter++;
	ASSERT_EQ(counter, 1);
	ASSERT_STREQ("same", "same");
	ASSERT_CONTAINS("a needle in hay", "needle");
	ASSERT_OK(0);
}

static void test_fails(void)
{
	ASSERT_EQ(1 + 1, 3);
}

static void test_crashes(void)
{
	(void) signal(SIGABRT, SIG_DFL);
	abort();
}

static void test_exits(void)
{
	exit(3);
}

/* Two processes that would hold the pipe of whoever reads this open. */
static void test_leaves_processes(void)
{
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			for (;;)
				pause();
}

static void test_skips(void)
{
	tap_skip("kernel: no such thing");
}

/* What test_passes() counted happened in another process. */
static void test_is_alone(void)
{
	ASSERT_EQ(counter, 0);
}

TAP_MAIN(TAP(test_passes), TAP(test_fails), TAP(test_crashes), TAP(test_exits), TAP(test_skips),
	 TAP(test_leaves_processes), TAP(test_is_alone))
