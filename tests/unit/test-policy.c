/* SPDX-License-Identifier: Apache-2.0 */
/* Which options are collected for a hook, from which files, in which order. */
#include "policy.h"

#include "input.h"
#include "macro.h"
#include "systemd-hook/options.h"
#include "tap.h"

#define PROGRAM "oci-systemd-hook"
#define HOOK(args)                                                                                 \
	"{\"hook\": {\"path\": \"/usr/libexec/oci/hooks.d/" PROGRAM "\", \"args\": " args "}}"
#define GIVES(option) HOOK("[\"" PROGRAM "\", \"" option "\"]")

static const char *const names[2] = {"vendor", "admin"};
static int fds[2];

static void make_directories(void)
{
	int top = input_directory();

	for (size_t i = 0; i < 2; i++) {
		ASSERT_SYS(mkdirat(top, names[i], 0755));
		fds[i] = openat(top, names[i], O_PATH | O_DIRECTORY);
		ASSERT_SYS(fds[i]);
	}
}

/* expect() - all that is collected, as `name: word word` or `name! fault`, a line a file */
static void expect(const char *wanted)
{
	cleanup_policy Policy policy = {};
	char text[4096] = "";
	size_t n = 0, k;
	json_t *item;

	ASSERT_OK(policy_add_directories(&policy, PROGRAM, names, fds));
	for (size_t i = 0; i < policy.n_sources; i++) {
		const PolicySource *source = &policy.sources[i];

		ASSERT_EQ(source->args == NULL, source->fault != NULL);
		n += (size_t) snprintf(text + n, sizeof(text) - n, "%s%s", source->name,
				       source->fault ? "! " : ":");
		json_array_foreach (source->args, k, item)
			n += (size_t) snprintf(text + n, sizeof(text) - n, " %s",
					       json_string_value(item));
		n += (size_t) snprintf(text + n, sizeof(text) - n, "%s\n", source->fault ?: "");
	}
	ASSERT_STREQ(text, wanted);
}

static void test_nothing(void)
{
	make_directories();
	expect("");
	input_write_file(fds[0], "a.json", HOOK("[\"" PROGRAM "\"]"), 0644);
	input_write_file(fds[0], "b.json", HOOK("[\"" PROGRAM "\", \"poststop\"]"), 0644);
	input_write_file(fds[0], "c.json", "{\"hook\": {\"path\": \"/x\", \"args\": [\"--a\"]}}",
			 0644);
	input_write_file(fds[0], "README", GIVES("--strict"), 0644);
	input_write_file(fds[0], "d.json.bak", GIVES("--strict"), 0644);
	ASSERT_SYS(symlinkat("nowhere", fds[0], "e.json"));
	expect("");
	fds[0] = fds[1] = -1;
	expect("");
}

static void test_order(void)
{
	make_directories();
	input_write_file(fds[1], "A.json", GIVES("--run-size=1%"), 0644);
	input_write_file(fds[0], "b.json", GIVES("--run-size=2%"), 0644);
	input_write_file(fds[1], "C.json", GIVES("--run-size=3%"), 0644);
	input_write_file(fds[0], "d.json", GIVES("--run-size=4%"), 0644);
	expect("admin/A.json: " PROGRAM " --run-size=1%\nvendor/b.json: " PROGRAM
	       " --run-size=2%\nadmin/C.json: " PROGRAM " --run-size=3%\nvendor/d.json: " PROGRAM
	       " --run-size=4%\n");
}

/* Of a wrapper, the part that it gives to the hook */
static void test_wrapper(void)
{
	make_directories();
	input_write_file(
		fds[1], "a.json",
		"{\"hook\": {\"path\": \"/usr/bin/record\", \"args\": [\"record\", \"--dir\", "
		"\"/usr/libexec/oci/hooks.d/" PROGRAM "\", \"--journal=no\"]}}",
		0644);
	input_write_file(fds[1], "b.json",
			 "{\"hook\": {\"path\": \"/usr/bin/env\", \"args\": [\"env\", \"--x\", "
			 "\"/usr/bin/true\", "
			 "\"" PROGRAM "\"]}}",
			 0644);
	expect("admin/a.json: /usr/libexec/oci/hooks.d/" PROGRAM " --journal=no\n");
}

static void test_same_name(void)
{
	make_directories();
	input_write_file(fds[0], "a.json", GIVES("--strict"), 0644);
	input_write_file(fds[1], "a.json", GIVES("--journal=no"), 0644);
	expect("admin/a.json: " PROGRAM " --journal=no\n");
	/* a mask */
	input_write_file(fds[1], "a.json", "{\"hook\": {\"path\": \"/bin/true\"}}", 0644);
	expect("");
}

static void test_odd_files(void)
{
	make_directories();
	/* the dashes by number; names in other letters; argv[0] forgotten; the old schema */
	input_write_file(fds[0], "a.json", HOOK("[\"x\", \"\\u002D\\u002dstrict\"]"), 0644);
	input_write_file(fds[0], "b.json",
			 "{\"Hook\": {\"PATH\": \"/o/" PROGRAM "\", \"Args\": [\"--strict\"]}}",
			 0644);
	input_write_file(fds[0], "c.json",
			 "{\"hook\": \"/o/" PROGRAM "\", \"arguments\": [\"--strict\"]}", 0644);
	expect("vendor/a.json: x --strict\nvendor/b.json: --strict\nvendor/c.json: --strict\n");
}

static void test_faults(void)
{
	make_directories();
	input_write_file(fds[0], "a.json", "{\"hook\": --" PROGRAM, 0644);
	/* does not name the hook, whatever it is */
	input_write_file(fds[0], "a-other.json", "{\"hook\": --", 0644);
	input_write_file(fds[0], "b.json", HOOK("\"--strict\""), 0644);
	input_write_file(fds[0], "c.json", HOOK("[\"--strict\", 1]"), 0644);
	ASSERT_SYS(mkdirat(fds[0], "d.json", 0755));
	ASSERT_SYS(mkfifoat(fds[0], "e.json", 0644));
	input_write_file(fds[1], "f.json", GIVES("--strict"), 0644);
	expect("vendor/a.json! line 1, column 10: invalid token\n"
	       "vendor/b.json! args is not an array\n"
	       "vendor/c.json! args is not an array of strings\n"
	       "vendor/d.json! Invalid argument\n"
	       "vendor/e.json! Invalid argument\n"
	       "admin/f.json: " PROGRAM " --strict\n");
}

static void test_too_many(void)
{
	cleanup_policy Policy policy = {};
	char name[32];

	make_directories();
	for (int i = 0; i <= 1000; i++) {
		(void) snprintf(name, sizeof(name), "%d.json", i);
		input_write_file(fds[0], name, "{}", 0644);
	}
	ASSERT_OK(policy_add_directories(&policy, PROGRAM, names, fds));
	ASSERT_EQ(policy.n_sources, 1);
	ASSERT_STREQ(policy.sources[0].fault, "has too many files");
}

static void take(Options *options, const char *config)
{
	/* values are strings of it */
	static Policy policy;
	json_auto_t *json = json_loads(config, 0, NULL);

	ASSERT(json);
	policy_done(&policy);
	ASSERT_OK(policy_add_config(&policy, PROGRAM, json));
	ASSERT_OK(options_take_policy(options, &policy, NULL));
}

#define CALL(args) "{\"path\": \"/x/" PROGRAM "\", \"args\": " args "}"

/* Both orders of two files, and both as the one that calls, come to the same. */
static void test_config(void)
{
	Options options = OPTIONS_DEFAULT;

	take(&options,
	     "{\"hooks\": {\"createRuntime\": [" CALL("[\"x\", \"--journal=no\"]") "," CALL(
		     "[\"x\", \"--journal\", \"host\", \"--strict\", \"poststop\"]") "]}}");
	ASSERT_EQ(options.journal, JOURNAL_NO);
	ASSERT(options.journal_is_given && options.strict && !options.stage);

	options = (Options) OPTIONS_DEFAULT;
	take(&options, "{\"hooks\": {\"createRuntime\": [" CALL(
			       "[\"x\", \"--journal=host\"]") "],"
							      "\"poststop\": [" CALL(
								      "[\"--journal=no\", "
								      "\"--run-size=3%\"]") "]}}");
	ASSERT_EQ(options.journal, JOURNAL_NO);
	ASSERT_STREQ(options.run_size, "3%");

	/* what means one call is not taken, and nothing of another program's */
	options = (Options) OPTIONS_DEFAULT;
	take(&options,
	     "{\"hooks\": {\"prestart\": [" CALL("[\"x\", \"--explain\", \"--debug\", \"--help\", "
						 "\"--version\"]") ","
								   "{\"path\": \"/x/other\", "
								   "\"args\": [\"x\", "
								   "\"--nonsense\"]},"
								   "{\"path\": 1}, 2], "
								   "\"createRuntime\": null}}");
	ASSERT(!options.explain && !options.strict && !options.journal_is_given);
}

static void test_refused(void)
{
	Options options = OPTIONS_DEFAULT;
	cleanup_policy Policy policy = {};
	json_auto_t *json = json_loads(
		"{\"hooks\": {\"createRuntime\": [" CALL("[\"x\", \"--jurnal=no\"]") "]}}", 0,
		NULL);

	ASSERT_OK(policy_add_config(&policy, PROGRAM, json));
	ASSERT_EQ(options_take_policy(&options, &policy, NULL), -EINVAL);
}

TAP_MAIN(TAP(test_nothing), TAP(test_order), TAP(test_wrapper), TAP(test_same_name),
	 TAP(test_odd_files), TAP(test_faults), TAP(test_too_many), TAP(test_config),
	 TAP(test_refused))
