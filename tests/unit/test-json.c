/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with limits: what is taken, and with which place and reason the rest is refused. */
#include "json.h"

#include "cleanup.h"
#include "input.h"
#include "macro.h"
#include "tap.h"

static int load(const char *text, size_t size, json_t **ret, ParseError *reterr)
{
	char *copy;
	int r;

	/* on the heap and without a NUL behind it: an overrun is seen */
	copy = malloc(size + !size);
	ASSERT(copy);
	memcpy(copy, text, size);
	r = json_load_text(copy, size, ret, reterr);
	free(copy);
	return r;
}

static void test_load_refuses(void)
{
#define TEXT(literal) literal, sizeof(literal) - 1
	static const struct {
		const char *text;
		size_t size;
		const char *place, *reason;
	} cases[] = {
		{TEXT("{"), "line 1, column 1", "end of file"},
		{TEXT("{\"a\":1"), "line 1, column 6", "'}' expected"},
		{TEXT("\n \n{\"a\" 1}"), "line 3, column 6", "':' expected"},
		{TEXT(" "), "line 1, column 1", "'[' or '{' expected"},
		{TEXT("1"), "line 1, column 1", "'[' or '{' expected"},
		{TEXT("\xef\xbb\xbf{}"), "line 1, column 1", "'[' or '{' expected"},
		{TEXT("{} x"), "line 1, column 4", "end of file expected"},
		{TEXT("{'a':1}"), "line 1, column 2", "string or '}' expected"},
		{TEXT("{\"a\":\"\xff\"}"), "line 1, column 6", "unable to decode byte 0xff"},
		{TEXT("{\"a\":\"\\ud800\"}"), "line 1, column 13", "invalid Unicode"},
		{TEXT("{\"\\u0000\":1}"), "line 1, column 9", "NUL byte in object key"},
		{TEXT("{\"a\":1,\n\"a\":2}"), "line 2, column 3", "duplicate object key"},
		{TEXT("{\"a\":1e999}"), "line 1, column 10", "real number overflow"},
		{TEXT("{}\0"), "line 1, column 3", "is a NUL byte"},
		{TEXT("\0{}"), "line 1, column 1", "is a NUL byte"},
		{TEXT("{\n\"a\0b\":1}"), "line 2, column 3", "is a NUL byte"},
	};
#undef TEXT

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		json_t *json = NULL;
		ParseError error = {};

		ASSERT_EQ(load(cases[i].text, cases[i].size, &json, &error), -EINVAL);
		ASSERT(!json);
		ASSERT_STREQ(error.place, cases[i].place);
		ASSERT_CONTAINS(error.reason, cases[i].reason);
	}
}

/* Nested n levels deep, as jansson counts; the middle holds brackets that are none. */
static char *nested(size_t n, char open, char close)
{
	static const char key[] = "\"\\\\k\\\"[{\":", leaf[] = "\"]}\\\\\"";
	char *text, *end;

	end = text = malloc(n * (sizeof(key) + 2) + sizeof(leaf));
	ASSERT(text);
	for (size_t i = 0; i < n; i++) {
		*end++ = open;
		if (open == '{')
			end = stpcpy(end, key);
	}
	end = stpcpy(end, leaf);
	memset(end, close, n);
	end[n] = '\0';
	return text;
}

static void test_load_depth(void)
{
	for (size_t n = 1; n <= 300000; n = n < 63 ? 63 : n < 66 ? n + 1 : n * 4) {
		for (int is_object = 0; is_object < 2; is_object++) {
			char *text = nested(n, is_object ? '{' : '[', is_object ? '}' : ']');
			json_t *json = NULL;
			ParseError error = {};
			int r;

			r = load(text, strlen(text), &json, &error);
			free(text);
			ASSERT_EQ(r, n <= 64 ? 0 : -E2BIG);
			json_decref(json);
			if (n <= 64)
				continue;
			ASSERT_STREQ(error.place,
				     is_object ? "line 1, column 705" : "line 1, column 65");
			ASSERT_STREQ(error.reason, "nests deeper than the limit of 64 levels");
		}
	}
}

/* Many closed levels side by side are not deep. */
static void test_load_breadth(void)
{
	static const char element[] = "[{}],";
	json_auto_t *json = NULL;
	ParseError error = {};
	char text[1000 * (sizeof(element) - 1) + 3], *end = text;

	*end++ = '[';
	for (int i = 0; i < 1000; i++)
		end = stpcpy(end, element);
	end[-1] = ']';
	ASSERT_OK(load(text, strlen(text), &json, &error));
	ASSERT_EQ(json_array_size(json), 1000);
}

static void test_load_numbers(void)
{
	static const char text[] =
		"{\"rlimit\": 18446744073709551615, \"pid\": 4711, \"real\": 1.5,"
		"\"negative\": -1, \"huge\": 1e300, \"zero\": 0}";
	json_auto_t *json = NULL;
	ParseError error = {};
	uint32_t value = 1;

	/* 18446744073709551615 is how engines write "no limit", and jansson has signed integers */
	ASSERT_OK(load(text, strlen(text), &json, &error));
	ASSERT_OK(
		json_get_integer(json_object_get(json, "pid"), INT32_MAX, &value, &error, "/pid"));
	ASSERT_EQ(value, 4711);
	ASSERT_OK(json_get_integer(json_object_get(json, "zero"), 0, &value, &error, "/zero"));
	ASSERT_EQ(value, 0);

	ASSERT_EQ(json_get_integer(json_object_get(json, "real"), 9, &value, &error, "/r"),
		  -EINVAL);
	ASSERT_STREQ(error.reason, "is not a whole number");
	ASSERT_EQ(json_get_integer(json_object_get(json, "huge"), UINT32_MAX, &value, &error, "/h"),
		  -EINVAL);
	ASSERT_STREQ(error.reason, "is out of range, 0 to 4294967295");
	ASSERT_EQ(json_get_integer(json_object_get(json, "negative"), 9, &value, &error, "/n"),
		  -EINVAL);
	ASSERT_STREQ(error.reason, "is out of range, 0 to 9");
	ASSERT_EQ(value, 0);
}

static const JsonUse all_uses[] = {{.key = "*"}, {}};

static void test_read_limits(void)
{
	static const struct {
		const char *text;
		size_t max;
		int r;
		const char *reason;
	} cases[] = {
		{"{}", 2, 0, ""},
		{"{}\n", 2, -E2BIG, "is larger than the limit of 2 bytes"},
		{"{}", 1, -E2BIG, "is larger than the limit of 1 bytes"},
		{"", 2, -EINVAL, "is empty"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_close int fd = input_fd(cases[i].text, strlen(cases[i].text));
		json_auto_t *json = NULL;
		ParseError error = {};

		ASSERT_EQ(json_read(fd, cases[i].max, all_uses, &json, &error), cases[i].r);
		ASSERT_STREQ(error.reason, cases[i].reason);
		ASSERT_STREQ(error.place, cases[i].r < 0 ? "/" : "");
		ASSERT_EQ(!!json, cases[i].r == 0);
	}
}

/* No number of bytes is wrong with the input here: the caller shows the errno. */
static void test_read_fails(void)
{
	cleanup_close int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_t *json = NULL;
	ParseError error = {};

	ASSERT_EQ(json_read(fd, 10, all_uses, &json, &error), -EISDIR);
	ASSERT_STREQ(error.reason, "");
}

/* A string with a NUL is never taken for the part before it. */
static void test_nul(void)
{
	static const char text[] =
		"{\"s\": \"a\\u0000b\", \"l\": [\"a\", \"\\u0000\"], \"g\": \"a\"}";
	json_auto_t *json = NULL;
	ParseError error = {};
	const char *value = "before";

	ASSERT_OK(load(text, strlen(text), &json, &error));
	ASSERT_STREQ(json_text(json_object_get(json, "s")), NULL);
	ASSERT_STREQ(json_text(json_object_get(json, "l")), NULL);
	ASSERT_STREQ(json_text(NULL), NULL);
	ASSERT_STREQ(json_text(json_object_get(json, "g")), "a");
	ASSERT_EQ(json_get_string(json, "s", &value, &error, "/s"), -EINVAL);
	ASSERT_STREQ(value, "before");
	ASSERT_STREQ(error.place, "/s");
	ASSERT_STREQ(error.reason, "holds a NUL character");
	ASSERT_EQ(json_need_strings(json_object_get(json, "l"), &error, "/l"), -EINVAL);
	ASSERT_STREQ(error.place, "/l/1");
	ASSERT_STREQ(error.reason, "holds a NUL character");
}

/* What is not used is not looked at; what is wrong with the rest has the place that it has in the file. */
static void test_load_used(void)
{
	static const JsonUse uses[] = {{.key = "pid"}, {.key = "s"}, {}};
	static const struct {
		const char *text;
		int r;
		const char *place, *reason;
	} cases[] = {
		{"{\"\\u0000\":1e999,\"q\":1,\"q\":\"\\ud800\"}", 0, NULL, NULL},
		{"{\"pid\":123456789012345678901234567890}", 0, NULL, NULL},
		{"{\"q\":1,\n\"s\":1,\"s\":2}", -EINVAL, "line 2, column 9",
		 "duplicate object key"},
		{"{\"q\":1,\n\"s\":tru}", -EINVAL, "line 2, column 7", "invalid token"},
		{"{\"q\":1,\n}", -EINVAL, "line 2, column 1", "string or '}' expected"},
		{"{\"q\":[1,\n", -EINVAL, "line 2, column 0", "']' expected near end of file"},
		{"{\"s\":1}\n x", -EINVAL, "line 2, column 2", "end of file expected"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		json_auto_t *json = NULL;
		ParseError error = {};

		printf("# %s\n", cases[i].text);
		ASSERT_EQ(json_load_used(cases[i].text, strlen(cases[i].text), uses, &json, &error),
			  cases[i].r);
		if (cases[i].r == 0)
			continue;
		ASSERT_STREQ(error.place, cases[i].place);
		ASSERT_CONTAINS(error.reason, cases[i].reason);
	}
}

static void test_need(void)
{
	static const char text[] = "[{}, [], \"\", 1, 1.5, true, false, null]";
	static const struct {
		json_type type;
		const char *name;
	} types[] = {
		{JSON_OBJECT, "an object"},   {JSON_ARRAY, "an array"},
		{JSON_STRING, "a string"},    {JSON_INTEGER, "an integer"},
		{JSON_REAL, "a real number"}, {JSON_TRUE, "a boolean"},
		{JSON_FALSE, "a boolean"},    {JSON_NULL, "null"},
	};
	json_auto_t *json = NULL;
	ParseError error = {};
	char reason[64];

	ASSERT_OK(load(text, strlen(text), &json, &error));
	for (size_t i = 0; i < ELEMENTSOF(types); i++) {
		const json_t *value = json_array_get(json, i);

		for (size_t j = 0; j < ELEMENTSOF(types); j++) {
			bool ok = i == j ||
				  (types[i].type == JSON_FALSE && types[j].type == JSON_TRUE);
			int r = json_need(value, types[j].type, &error, "/%zu/%s", i, "x");

			/* JSON_TRUE stands for both booleans, JSON_FALSE is never asked for */
			if (types[j].type == JSON_FALSE)
				continue;
			ASSERT_EQ(r, ok ? 0 : -EINVAL);
			if (ok)
				continue;
			(void) snprintf(reason, sizeof(reason), "is %s, expected %s", types[i].name,
					types[j].name);
			ASSERT_STREQ(error.reason, reason);
		}
	}
	ASSERT_EQ(json_need(NULL, JSON_STRING, &error, "/%s", "gone"), -EINVAL);
	ASSERT_STREQ(error.place, "/gone");
	ASSERT_STREQ(error.reason, "is missing");
}

static void test_need_strings(void)
{
	static const struct {
		const char *text, *place, *reason;
	} cases[] = {
		{"{\"a\":[]}", NULL, NULL},
		{"{\"a\":[\"x\",\"\"]}", NULL, NULL},
		{"{}", NULL, NULL},
		{"{\"a\":\"x\"}", "/a", "is a string, expected an array"},
		{"{\"a\":[\"x\",5]}", "/a/1", "is an integer, expected a string"},
		{"{\"a\":[null]}", "/a/0", "is null, expected a string"},
		{"{\"a\":[\"x\",\"y\",[]]}", "/a/2", "is an array, expected a string"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		json_auto_t *json = NULL;
		ParseError error = {};
		int r;

		ASSERT_OK(load(cases[i].text, strlen(cases[i].text), &json, &error));
		r = json_need_strings(json_object_get(json, "a"), &error, "/a");
		ASSERT_EQ(r, cases[i].place ? -EINVAL : 0);
		ASSERT_STREQ(error.place, cases[i].place ?: "");
		ASSERT_STREQ(error.reason, cases[i].reason ?: "");
	}
}

static void test_get_string(void)
{
	static const char text[] = "{\"s\": \"x\", \"n\": null, \"i\": 3}";
	json_auto_t *json = NULL;
	ParseError error = {};
	const char *value = "before";

	ASSERT_OK(load(text, strlen(text), &json, &error));
	ASSERT_EQ(json_get_string(json, "i", &value, &error, "/i"), -EINVAL);
	ASSERT_STREQ(value, "before");
	ASSERT_STREQ(error.place, "/i");
	ASSERT_STREQ(error.reason, "is an integer, expected a string");

	ASSERT_OK(json_get_string(json, "s", &value, &error, "/s"));
	ASSERT_STREQ(value, "x");
	/* what Go writes for an unset map or list, and what every runtime takes for absent */
	ASSERT_OK(json_get_string(json, "n", &value, &error, "/n"));
	ASSERT_STREQ(value, NULL);
	value = "before";
	ASSERT_OK(json_get_string(json, "gone", &value, &error, "/gone"));
	ASSERT_STREQ(value, NULL);
	ASSERT_OK(json_get_string(/* object= */ NULL, "s", &value, &error, "/s"));
	ASSERT_STREQ(value, NULL);
}

static void test_error_is_cut_visibly(void)
{
	ParseError error = {.source = "state"};
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ASSERT_EQ(parse_error(&error, -EINVAL, text, "%s", text), -EINVAL);
	ASSERT_STREQ(error.source, "state");
	ASSERT_EQ(strlen(error.place), sizeof(error.place) - 1);
	ASSERT_STREQ(error.place + sizeof(error.place) - 5, "x...");
	ASSERT_EQ(strlen(error.reason), sizeof(error.reason) - 1);
	ASSERT_STREQ(error.reason + sizeof(error.reason) - 5, "x...");

	ASSERT_EQ(json_need(NULL, JSON_STRING, &error, "/%s", text), -EINVAL);
	ASSERT_STREQ(error.place + sizeof(error.place) - 5, "x...");
}

TAP_MAIN(TAP(test_load_refuses), TAP(test_load_depth), TAP(test_load_breadth),
	 TAP(test_load_numbers), TAP(test_read_limits), TAP(test_read_fails), TAP(test_nul),
	 TAP(test_load_used), TAP(test_need), TAP(test_need_strings), TAP(test_get_string),
	 TAP(test_error_is_cut_visibly))
