/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which patterns Go compiles. The verdicts were compared with those of Go 1.19 for 800,000 patterns
 * made at random of the pieces below; tests/hosts/check.sh compares them with an engine's.
 */
#include "check/go-regex.h"

#include "macro.h"
#include "tap.h"

static void test_good(void)
{
	static const char *const patterns[] = {
		"",
		"^/(usr/)?(local/)?s?bin/init$",
		"(^|/)systemd$",
		".*",
		"a|b|",
		"()",
		"a*?",
		"[]a]",
		"[^]a-c]",
		"[a-]",
		"[-a]",
		"[[:alpha:][:^digit:]_]",
		"[[:]",
		"a{2}",
		"a{2,}",
		"a{2,3}?",
		"a{,3}",
		"a{01}",
		"{",
		"a{x}",
		"\\d+\\W\\.\\-",
		"\\x41\\x{1F600}\\07\\12",
		"\\Qa*(\\E+",
		"\\bx\\B\\z\\A",
		"(?i)x(?-s:y)(?U)",
		"(?)",
		"(?P<name>x)",
		"^*",
		"a(?i)*",
		"(?:a|b)*",
		"[\\d\\]]",
		"\xc3\xa9+",
	};

	for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
		const char *reason = "";

		if (go_regex_check(patterns[i], &reason) != GO_REGEX_GOOD)
			tap_fail(__FILE__, __LINE__, "'%s' %s", patterns[i], reason);
	}
}

static void test_broken(void)
{
	static const char *const patterns[] = {
		"(",	  ")",		 "a)",	       "(a",	 "[a",	    "[]",     "[^]",
		"[z-a]",  "[a-\\d]",	 "[[:foo:]]",  "*",	 "+a",	    "(*)",    "a|?",
		"a**",	  "a*+",	 "a{2}{3}",    "a{3,2}", "a{1001}", "{2}",    "\\",
		"a\\",	  "\\1",	 "\\8",	       "\\y",	 "\\Z",	    "\\C",    "\\x",
		"\\x{}",  "\\x{110000}", "\\\xc3\xa9", "(?=a)",	 "(?!a)",   "(?<=a)", "(?<!a)",
		"(?P=n)", "(?P<>a)",	 "(?P<a",      "(?",	 "(?-)",    "(?i-)",  "(?x)",
		"(?>a)",  "[\\b]",	 "[\\",	       "\\p{",
	};

	for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
		const char *reason = NULL;
		GoRegexVerdict verdict = go_regex_check(patterns[i], &reason);

		if (verdict == GO_REGEX_GOOD || !reason)
			tap_fail(__FILE__, __LINE__, "'%s' is good", patterns[i]);
	}
}

static void test_unsure(void)
{
	static const char *const patterns[] = {
		"\\pL",		 "\\p{Greek}", "[\\pN]", "(?<name>a)", "(?P<a>x)(?P<b>y)",
		"(a{100}){100}", "\\Q\\E*",
	};

	for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
		const char *reason = "";

		if (go_regex_check(patterns[i], &reason) != GO_REGEX_UNSURE)
			tap_fail(__FILE__, __LINE__, "'%s' is judged", patterns[i]);
	}
}

static void test_nests(void)
{
	char pattern[2001];
	const char *reason;

	memset(pattern, '(', 1000);
	memset(pattern + 1000, ')', 1000);
	pattern[2000] = '\0';
	ASSERT_EQ(go_regex_check(pattern, &reason), GO_REGEX_UNSURE);
}

TAP_MAIN(TAP(test_good), TAP(test_broken), TAP(test_unsure), TAP(test_nests))
