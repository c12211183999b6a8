/* SPDX-License-Identifier: Apache-2.0 */
/* One list of strings, or one string, out of a TOML document. */
#include "check/toml.h"

#include "macro.h"
#include "tap.h"

#define NAME "engine.hooks_dir"

/* expect() - the list as compact JSON; NULL where there is none */
static void expect(const char *text, const char *strings)
{
	cleanup_toml_list TomlList list = {};
	cleanup_free char *found = NULL;
	int r = toml_read_list(text, NAME, &list);

	if (r < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s", strerror(-r), text);
	if (!strings) {
		ASSERT(!list.strings);
		return;
	}
	found = json_dumps(list.strings, JSON_COMPACT);
	ASSERT_STREQ(found, strings);
}

static void test_lists(void)
{
	expect("", NULL);
	expect("[engine]\nhooks_dir = [\"/a\", '/b']\n", "[\"/a\",\"/b\"]");
	expect("[engine]\nhooks_dir=[]", "[]");
	expect("[engine]\r\nhooks_dir = [\r\n  \"/a\", # one\r\n  # two\r\n  \"/b\",\r\n]\r\n",
	       "[\"/a\",\"/b\"]");
	expect("engine.hooks_dir = ['/a']", "[\"/a\"]");
	expect("[ engine ] # x\n\"hooks_dir\" = ['/a']", "[\"/a\"]");
	expect("[engine]\nhooks_dir = [\"/a\\\"b\\\\c\"]", "[\"/a\\\"b\\\\c\"]");
}

static void test_others_are_passed_over(void)
{
	expect("[engine]\n#hooks_dir = [\"/a\"]\n", NULL);
	expect("[network]\nhooks_dir = [\"/a\"]\n", NULL);
	expect("hooks_dir = ['/a']\n[engine]\n[other]\n", NULL);
	expect("[[engine]]\nhooks_dir = ['/a']\n", NULL);
	expect("[engine]\nother = \"[ # \"\nlist = [[1, 2], [\"]\", # ]\n 3]]\nhooks_dir = ['/a']",
	       "[\"/a\"]");
	expect("[engine]\ntext = \"\"\"\nhooks_dir = ['/x']\n\"\"\"\nhooks_dir = ['/a']",
	       "[\"/a\"]");
	expect("[engine]\ntext = '''\n[other]\n'''\nhooks_dir = ['/a']", "[\"/a\"]");
	expect("[engine]\ntable = {hooks_dir = ['/x']}\nhooks_dir = ['/a']", "[\"/a\"]");
	expect("[engine]\nx = 1979-05-27T07:32:00Z\n[engine.runtimes]\nhooks_dir = ['/a']", NULL);
}

static void test_append(void)
{
	cleanup_toml_list TomlList list = {};
	cleanup_toml_list TomlList other = {};

	ASSERT_OK(toml_read_list("[engine]\nhooks_dir = ['/a', {append = true}]", NAME, &list));
	ASSERT(list.has_append && list.append);
	ASSERT_EQ(json_array_size(list.strings), 1);
	ASSERT_OK(toml_read_list("[engine]\nhooks_dir = [{append=false}]", NAME, &other));
	ASSERT(other.has_append && !other.append);
}

static void test_refused(void)
{
	static const char *const texts[] = {
		"[engine]\nhooks_dir = '/a'",
		"[engine]\nhooks_dir = 1",
		"[engine]\nhooks_dir = ['/a'",
		"[engine]\nhooks_dir = ['/a' '/b']",
		"[engine]\nhooks_dir = [1]",
		"[engine]\nhooks_dir = [\"\\u0041\"]",
		"[engine]\nhooks_dir = ['''/a''']",
		"[engine]\nhooks_dir = ['/a', {prepend=true}]",
		"[engine]\nhooks_dir = ['/a']\nhooks_dir = ['/b']",
		"[engine]\nx = \"\nhooks_dir = ['/a']",
		"[engine]\nx = [\nhooks_dir = ['/a']",
		"[engine\nhooks_dir = ['/a']",
		"engine = {hooks_dir = ['/a']}",
		"no key here",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		TomlList list = {};

		if (toml_read_list(texts[i], NAME, &list) != -EINVAL)
			tap_fail(__FILE__, __LINE__, "%s", texts[i]);
	}
}

/* expect_string() - NULL where there is none */
static void expect_string(const char *text, const char *expected)
{
	cleanup_free char *string = NULL;

	ASSERT_OK(toml_read_string(text, "engine.cgroup_manager", &string));
	if (expected)
		ASSERT_STREQ(string, expected);
	else
		ASSERT(!string);
}

static void test_strings(void)
{
	static const char *const refused[] = {
		"[engine]\ncgroup_manager = systemd",
		"[engine]\ncgroup_manager = ['systemd']",
		"[engine]\ncgroup_manager = \"a\nb\"",
		"[engine]\ncgroup_manager = 'a'\ncgroup_manager = 'b'",
	};
	char *string = NULL;

	expect_string("", NULL);
	expect_string("[engine]\nhooks_dir = ['cgroup_manager']\n", NULL);
	expect_string("[engine]\ncgroup_manager = \"cgroupfs\" # or systemd", "cgroupfs");
	expect_string("[engine]\ncgroup_manager='systemd'\n[x]\ncgroup_manager = 1", "systemd");
	for (size_t i = 0; i < ELEMENTSOF(refused); i++)
		if (toml_read_string(refused[i], "engine.cgroup_manager", &string) != -EINVAL ||
		    string)
			tap_fail(__FILE__, __LINE__, "%s", refused[i]);
}

TAP_MAIN(TAP(test_lists), TAP(test_others_are_passed_over), TAP(test_append), TAP(test_refused),
	 TAP(test_strings))
