/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a document without what nobody uses: what is left, and what is not taken for JSON. */
#include "json-filter.h"

#include "input.h"
#include "macro.h"
#include "tap.h"

static const JsonUse inner[] = {{.key = "x"}, {}};
static const JsonUse uses[] = {
	{.key = "a"}, {.key = "b", .members = inner}, {.key = "a/b.c-D"}, {.key = "p.*"}, {},
};

/* On the heap and without a NUL behind it: an overrun is seen. */
static int filter(const char *text, size_t size, char *shown, size_t room)
{
	char *copy = malloc(size + !size), *filtered = NULL;
	size_t filtered_size = 0;
	int r;

	ASSERT(copy);
	memcpy(copy, text, size);
	r = json_filter(copy, size, uses, &filtered, &filtered_size);
	free(copy);
	ASSERT(r < 0 ? !filtered : filtered_size <= size && filtered_size < room);
	if (r >= 0)
		memcpy(shown, filtered, filtered_size);
	shown[filtered_size] = '\0';
	free(filtered);
	return r;
}

static void test_kept(void)
{
	static const struct {
		const char *text, *kept;
	} cases[] = {
		{"{}", "{}"},
		{"\n { }\t\r", "{}"},
		{"[]", "[]"},
		{"1", "1"},
		{"{\"a\":1}", "{\"a\":1}"},
		{" {\n\t\"a\" : [ 1 , {\"q\": \"}\"} ] }\n", "{\"a\":[ 1 , {\"q\": \"}\"} ]}"},
		{"{\"q\":1}", "{}"},
		{"{\"q\":1,\"a\":2}", "{\"a\":2}"},
		{"{\"a\":2,\"q\":1}", "{\"a\":2}"},
		{"{\"q\":1,\"a\":2,\"r\":3,\"r\":3,\"a/b.c-D\":4,\"s\":[]}",
		 "{\"a\":2,\"a/b.c-D\":4}"},
		/* twice is for the parser to refuse */
		{"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
		{"{\"aa\":1,\"A\":2,\"a \":3,\"\":4}", "{}"},
		/* as arrays, objects and neither */
		{"{\"b\":{\"x\":{\"y\":1},\"y\":2}}", "{\"b\":{\"x\":{\"y\":1}}}"},
		{"{\"b\":[{\"y\":2},{\"x\":1},[{\"y\":1}],3,\"y\"]}",
		 "{\"b\":[{},{\"x\":1},[{}],3,\"y\"]}"},
		{"{\"b\":null}", "{\"b\":null}"},
		{"[{\"q\":1,\"a\":2}]", "[{\"a\":2}]"},
		/* strings that look like something else */
		{"{\"q\":\"\\\"}\\\\\",\"a\":\"\\\\\\\"{\"}", "{\"a\":\"\\\\\\\"{\"}"},
		{"{\"q\":[\"]\",{\"}\":\"{\"}],\"a\":1}", "{\"a\":1}"},
		/* keys that are written with escapes */
		{"{\"\\u0061\":1}", "{\"\\u0061\":1}"},
		{"{\"\\u0061\\/\\u0062.c-\\u0044\":1}", "{\"\\u0061\\/\\u0062.c-\\u0044\":1}"},
		{"{\"a\\u0000\":1,\"\\u0000a\":2,\"\\na\":3,\"\\u0161\":4,\"\\u00\":5,"
		 "\"\\\\u0061\":6}",
		 "{}"},
		/* patterns: strings only */
		{"{\"p.\":\"1\",\"p.x\":2,\"p.y\":{},\"p\":\"3\",\"p.z\":[[]]}",
		 "{\"p.\":\"1\",\"p.x\":0,\"p.y\":0,\"p.z\":0}"},
		{"{\"p.\\u0000\":\"a\\u0000b\"}", "{\"p.\\ufffd\":\"a\\ufffdb\"}"},
		/* halves of surrogate pairs, and NUL, which stays */
		{"{\"a\":\"\\ud800\"}", "{\"a\":\"\\ufffd\"}"},
		{"{\"a\":\"\\uDFFFx\\ud83d\\ude00\"}", "{\"a\":\"\\ufffdx\\ud83d\\ude00\"}"},
		{"{\"a\":\"\\ud83d\\ud83d\\ude00\\ude00\"}",
		 "{\"a\":\"\\ufffd\\ud83d\\ude00\\ufffd\"}"},
		{"{\"a\":\"\\ud83d\\u0041\\\\ud800\"}", "{\"a\":\"\\ufffd\\u0041\\\\ud800\"}"},
		{"{\"a\":[\"x\\u0000y\",\"\\ud8\",\"\\ud8zz\"]}",
		 "{\"a\":[\"x\\u0000y\",\"\\ud8\",\"\\ud8zz\"]}"},
		/* what jansson would refuse, and none of our business */
		{"{\"q\":1e999,\"r\":\"\\u0000\",\"\\u0000\":0,\"\\ud800\":\"\xff\",\"a\":1}",
		 "{\"a\":1}"},
	};
	char shown[256];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		printf("# %s\n", cases[i].text);
		ASSERT_OK(filter(cases[i].text, strlen(cases[i].text), shown, sizeof(shown)));
		ASSERT_STREQ(shown, cases[i].kept);
	}
}

static void test_refused(void)
{
	static const char *const cases[] = {"",
					    " ",
					    "{",
					    "[",
					    "}",
					    "{\"",
					    "{\"a",
					    "{\"a\"",
					    "{\"a\":",
					    "{\"a\":1",
					    "{\"a\":1,",
					    "{\"a\":1,}",
					    "{,}",
					    "{\"a\" 1}",
					    "{\"q\" 1}",
					    "{\"q\":}",
					    "{\"q\":,\"a\":1}",
					    "{\"q\":[}",
					    "{\"q\":[}]}",
					    "{\"q\":{]}",
					    "{\"q\":{\"}}",
					    "{\"q\":\"\\\"}",
					    "{a:1}",
					    "{1:1}",
					    "{\"a\":1 \"q\":2}",
					    "{} x",
					    "{}{}",
					    "{\"a\":1}]",
					    "[1,]",
					    "[,1]",
					    "[1 2]",
					    "{\"b\":[{]}",
					    "{\"b\":{\"q\":1}",
					    "\"",
					    "\xef\xbb\xbf{}",
					    "{\"q\":1:2}",
					    "{\"q\":1\"\"}",
					    "{\"q\":1{}}"};
	char shown[256];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		printf("# %s\n", cases[i]);
		ASSERT_EQ(filter(cases[i], strlen(cases[i]), shown, sizeof(shown)), -EINVAL);
	}
}

/* Each end of a document that is cut off. */
static void test_truncated(void)
{
	static const char text[] =
		"{\"q\":[{\"r\":\"\\\"\\u0000\"},1e3],\"b\":[{\"x\":\"\\ud800\"}],\"a\":null}";
	char shown[256];

	for (size_t size = 0; size < sizeof(text) - 1; size++)
		ASSERT_EQ(filter(text, size, shown, sizeof(shown)), -EINVAL);
	ASSERT_OK(filter(text, sizeof(text) - 1, shown, sizeof(shown)));
	ASSERT_STREQ(shown, "{\"b\":[{\"x\":\"\\ufffd\"}],\"a\":null}");
}

/* The limit holds in what is used and in what is not, and is that of json_too_deep(). */
static void test_depth(void)
{
	static const char *const heads[] = {
		"{\"q\":", "{\"a\":", "{\"b\":", "{\"b\":{\"x\":", "{\"p.\":"};
	static const size_t levels[] = {1, 1, 1, 2, 1};
	char text[300], shown[300];

	for (size_t i = 0; i < ELEMENTSOF(heads); i++) {
		for (size_t n = 60; n < 70; n++) {
			char *end = stpcpy(text, heads[i]);
			bool is_deep = n + levels[i] > 64;

			memset(end, '[', n);
			memset(end + n, ']', n);
			memset(end + 2 * n, '}', levels[i]);
			end[2 * n + levels[i]] = '\0';
			ASSERT_EQ(filter(text, strlen(text), shown, sizeof(shown)),
				  is_deep ? -EINVAL : 0);
			ASSERT_EQ(json_too_deep(text, strlen(text)) != NULL, is_deep);
		}
	}
}

TAP_MAIN(TAP(test_kept), TAP(test_refused), TAP(test_truncated), TAP(test_depth))
