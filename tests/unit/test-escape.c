/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign text on a terminal. */
#include "escape.h"

#include "tap.h"

static void expect(size_t size, const char *text, const char *expected)
{
	char shown[64];

	escape_text(shown, size, text);
	ASSERT_STREQ(shown, expected);
}

static void test_escape(void)
{
	expect(64, "", "");
	expect(64, "plain ~ text", "plain ~ text");
	expect(64, "\033[31m\n\t\x7f", "\\x1b[31m\\x0a\\x09\\x7f");
	expect(64, "\xc2\x9b", "\\xc2\\x9b");
}

static void test_cut(void)
{
	expect(8, "1234", "1234");
	expect(8, "12345", "1234...");
	expect(8, "123\n", "123...");
	expect(4, "x", "...");
}

TAP_MAIN(TAP(test_escape), TAP(test_cut))
