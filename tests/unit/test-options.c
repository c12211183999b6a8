/* SPDX-License-Identifier: Apache-2.0 */
/* The admin's arguments: defaults, each option, and which of them are refused with which words. */
#include "systemd-hook/options.h"

#include <getopt.h>

#include "input.h"
#include "macro.h"
#include "tap.h"

#define ARGUMENTS_MAX 8

/* What the call writes to stderr and stdout goes into these files. */
static char said[4096], printed[4096];

static void redirect(int fd, const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ASSERT_SYS(file);
	ASSERT_SYS(dup2(file, fd));
	(void) close(file);
}

static void read_back(int fd, char *text, size_t size)
{
	ssize_t n;

	n = pread(fd, text, size - 1, 0);
	ASSERT_SYS(n);
	text[n] = '\0';
}

/* parse() - with these arguments, ended by NULL, after the program's name */
static int parse(const char *const *arguments, Options *ret)
{
	char *argv[ARGUMENTS_MAX + 2] = {(char *) "oci-systemd-hook"};
	int argc = 1, saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO), r;
	char out[PATH_MAX + 8];
	int err_fd;

	for (; arguments[argc - 1]; argc++)
		argv[argc] = (char *) arguments[argc - 1];
	(void) snprintf(out, sizeof(out), "%s/out", input_directory_path);
	(void) fflush(stdout);
	redirect(STDOUT_FILENO, out);
	err_fd = input_pipe(STDERR_FILENO);

	optind = 0;
	r = options_parse(argc, argv, ret);

	(void) fflush(stdout);
	read_back(STDOUT_FILENO, printed, sizeof(printed));
	input_read_pipe(err_fd, said, sizeof(said));
	(void) close(err_fd);
	ASSERT_SYS(dup2(saved_out, STDOUT_FILENO));
	ASSERT_SYS(dup2(saved_err, STDERR_FILENO));
	(void) close(saved_out);
	(void) close(saved_err);
	return r;
}

#define PARSE(options, ...) parse((const char *const[]){__VA_ARGS__, NULL}, options)

static void test_defaults(void)
{
	cleanup_close int directory_fd = input_directory();
	Options options;

	ASSERT_EQ(parse((const char *const[]){NULL}, &options), 1);
	ASSERT(!options.journal_is_given && !options.id_from_env && !options.strict);
	ASSERT(!options.explain && !options.stage);
	ASSERT_EQ(options.journal, JOURNAL_TRY_HOST);
	ASSERT_STREQ(options.journal_max_use, "256M");
	ASSERT_STREQ(options.run_size, "20%");
	ASSERT_STREQ(options.tmp_size, "10%");
	ASSERT_STREQ(said, "");
}

static void test_all(void)
{
	cleanup_close int directory_fd = input_directory();
	Options options;

	ASSERT_EQ(PARSE(&options, "--journal=host", "--journal-max-use", "1G", "poststop",
			"--run-size=64M", "--tmp-size=100%", "--strict", "--id-from-env"),
		  1);
	ASSERT(options.journal_is_given && options.strict && options.id_from_env);
	ASSERT(!options.explain);
	ASSERT_EQ(options.journal, JOURNAL_HOST);
	ASSERT_STREQ(options.journal_max_use, "1G");
	ASSERT_STREQ(options.run_size, "64M");
	ASSERT_STREQ(options.tmp_size, "100%");
	ASSERT_STREQ(options.stage, "poststop");

	/* the stage is the first that is no option; the lowest of --journal= counts */
	ASSERT_EQ(PARSE(&options, "--explain", "--journal=no", "--journal=auto", "--", "--strange",
			"createRuntime"),
		  1);
	ASSERT_EQ(options.journal, JOURNAL_NO);
	ASSERT(options.explain);
	ASSERT_STREQ(options.stage, "--strange");
}

static void test_refused(void)
{
	static const struct {
		const char *arguments[3];
		const char *words;
	} cases[] = {
		{{"--no-such"}, "Unknown option '--no-such'; see --help"},
		{{"-x"}, "Unknown option '-x'"},
		{{"--strict=yes"}, "Unknown option '--strict=yes'"},
		{{"poststop", "--unknown"}, "Unknown option '--unknown'"},
		{{"--timeout=2"}, "Unknown option '--timeout=2'"},
		{{"--explai"}, "Unknown option '--explai'; see --help"},
		{{"--run=64M"}, "Unknown option '--run=64M'"},
		{{"--journal-max", "1G"}, "Unknown option '--journal-max'"},
		{{"--journal"}, "Option '--journal' needs a value"},
		{{"--run-size"}, "Option '--run-size' needs a value"},
		{{"--journal="}, "Option --journal: '' is not one of try-host, host, auto, no"},
		{{"--journal=HOST"}, "Option --journal: 'HOST' is not one of"},
		{{"--journal=guest"}, "'guest' is not one of"},
		{{"--journal", "--strict"}, "'--strict' is not one of"},
		{{"--run-size=101%"},
		 "Option --run-size: '101%' is not a size in bytes (K, M, G, T) "
		 "or percent (1% to 100%)"},
		{{"--run-size=0%"}, "'0%'"},
		{{"--run-size="}, "''"},
		{{"--run-size=0"}, "'0'"},
		{{"--tmp-size=-1"}, "Option --tmp-size: '-1'"},
		{{"--tmp-size=1,mode=0777"}, "'1,mode=0777'"},
		{{"--tmp-size=20%%"}, "'20%%'"},
		{{"--tmp-size=99999999999999999999"}, "'99999999999999999999'"},
		{{"--journal-max-use=10%"},
		 "Option --journal-max-use: '10%' is not a size in bytes "
		 "(K, M, G, T)\n"},
		{{"--journal-max-use=1M\n[Journal]"}, "'1M\\x0a[Journal]'"},
	};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		Options options = {.stage = "untouched"};

		ASSERT_EQ(parse(cases[i].arguments, &options), -EINVAL);
		ASSERT_CONTAINS(said, cases[i].words);
		ASSERT_STREQ(strchr(said, '\n'), "\n");
		ASSERT_STREQ(printed, "");
		ASSERT_STREQ(options.stage, "untouched");
	}
}

static void test_answers(void)
{
	static const char *const all[] = {
		"--journal=MODE",
		"--journal-max-use=SIZE",
		"--run-size=SIZE",
		"--tmp-size=SIZE",
		"--id-from-env",
		"--strict",
		"--explain",
		"--debug",
		"--help",
		"--version",
		"try-host (default), host, auto, no",
	};
	cleanup_close int directory_fd = input_directory();
	Options options;

	ASSERT_EQ(PARSE(&options, "--help", "--no-such"), 0);
	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		ASSERT_CONTAINS(printed, all[i]);
	ASSERT_STREQ(said, "");
	ASSERT_EQ(PARSE(&options, "--version"), 0);
	ASSERT_STREQ(printed, "oci-systemd-hook " PACKAGE_VERSION "\n");
}

TAP_MAIN(TAP(test_defaults), TAP(test_all), TAP(test_refused), TAP(test_answers))
