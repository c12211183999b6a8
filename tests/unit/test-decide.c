/* SPDX-License-Identifier: Apache-2.0 */
/* Is the container ours: every combination of annotation, environment and command. */
#include "decide.h"

#include <sys/resource.h>

#include "fs-util.h"
#include "input.h"
#include "macro.h"
#include "tap.h"

static void test_annotation(void)
{
	static const struct {
		const char *value;
		int r;
		Opt opt;
	} cases[] = {
		{NULL, 0, OPT_NONE},
		{"true", 0, OPT_IN},
		{"1", 0, OPT_IN},
		{"enabled", 0, OPT_IN},
		{"YES", 0, OPT_IN},
		{"false", 0, OPT_OUT},
		{"disabled", 0, OPT_OUT},
		{"", -EINVAL, OPT_NONE},
		{"maybe", -EINVAL, OPT_NONE},
		{"true ", -EINVAL, OPT_NONE},
		{"true\n", -EINVAL, OPT_NONE},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		json_auto_t *annotations =
			cases[i].value ? json_pack("{ss}", ANNOTATION_SYSTEMD_HOOK, cases[i].value)
				       : NULL;
		const OciConfig config = {.annotations = annotations};
		Opt opt = OPT_OUT;

		ASSERT_EQ(opt_from_annotation(&config, ANNOTATION_SYSTEMD_HOOK, &opt), cases[i].r);
		ASSERT_EQ(opt, cases[i].opt);
		/* one hook's word is not the other's */
		ASSERT_EQ(opt_from_annotation(&config, ANNOTATION_REGISTER_MACHINE, &opt), 0);
		ASSERT_EQ(opt, OPT_NONE);
	}
}

static void test_policy(void)
{
	static const struct {
		Opt opt;
		const char *env;
		bool decided;
		Decision decision;
	} cases[] = {
		{OPT_NONE, "x=y", false, 0},
		{OPT_NONE, "oci-systemd-hook=disabled", true, DECISION_DISABLED},
		{OPT_NONE, "oci-systemd-hook=DisAbled", true, DECISION_DISABLED},
		/* the exact value: the predecessor looked at its end */
		{OPT_NONE, "oci-systemd-hook=notdisabled", false, 0},
		{OPT_NONE, "oci-systemd-hook=disabled ", false, 0},
		{OPT_NONE, "oci-systemd-hook=", false, 0},
		{OPT_NONE, "oci-systemd-hook", false, 0},
		{OPT_NONE, "oci-systemd-hooks=disabled", false, 0},
		{OPT_NONE, "OCI-SYSTEMD-HOOK=disabled", false, 0},
		{OPT_OUT, "x=y", true, DECISION_OPTED_OUT},
		{OPT_IN, "x=y", true, DECISION_OPTED_IN},
		/* the user's annotation comes before an environment that may be the image's */
		{OPT_IN, "oci-systemd-hook=disabled", true, DECISION_OPTED_IN},
		{OPT_OUT, "oci-systemd-hook=disabled", true, DECISION_OPTED_OUT},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		json_auto_t *env = json_pack("[ss]", "a=b", cases[i].env);
		const OciConfig config = {.env = env};
		Decision decision = DECISION_NOT_SYSTEMD;

		printf("# %s\n", cases[i].env);
		ASSERT_EQ(decide_by_policy(&config, cases[i].opt, &decision), cases[i].decided);
		ASSERT_EQ(decision, cases[i].decided ? cases[i].decision : DECISION_NOT_SYSTEMD);
	}
}

static void test_command(void)
{
	static const struct {
		const char *command;
		Decision decision;
	} cases[] = {
		{NULL, DECISION_NO_COMMAND},
		{"/ctroot/usr/lib/systemd/systemd", DECISION_SYSTEMD},
		{"/systemd", DECISION_SYSTEMD},
		{"/usr/lib/systemd/systemd-logind", DECISION_NOT_SYSTEMD},
		{"/usr/lib/systemd/", DECISION_NOT_SYSTEMD},
		{"/usr/lib/xsystemd", DECISION_NOT_SYSTEMD},
		{"/usr/lib/SYSTEMD", DECISION_NOT_SYSTEMD},
		{"/usr/lib/systemd/systemd (deleted)", DECISION_NOT_SYSTEMD},
		{"/bin/busybox", DECISION_NOT_SYSTEMD},
		{"/sbin/openrc-init", DECISION_NOT_SYSTEMD},
		{"/usr/sbin/init", DECISION_NOT_SYSTEMD},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		ASSERT_EQ(decide_by_command(cases[i].command), cases[i].decision);
}

static void test_decide(void)
{
	cleanup_close int root_fd = input_directory();
	static const struct {
		const char *arg0;
		Opt opt;
		Decision decision;
	} cases[] = {
		{"/init", OPT_NONE, DECISION_SYSTEMD},
		{"/bin-init", OPT_NONE, DECISION_NOT_SYSTEMD},
		{"/gone", OPT_NONE, DECISION_NO_COMMAND},
		{NULL, OPT_NONE, DECISION_NO_COMMAND},
		{"/init", OPT_OUT, DECISION_OPTED_OUT},
		{"/bin-init", OPT_IN, DECISION_OPTED_IN},
		{NULL, OPT_IN, DECISION_OPTED_IN},
	};
	Decision decision;

	input_need_openat2();
	input_write_file(root_fd, "systemd", "", 0755);
	input_write_file(root_fd, "busybox", "", 0755);
	ASSERT_SYS(symlinkat("/systemd", root_fd, "init"));
	ASSERT_SYS(symlinkat("busybox", root_fd, "bin-init"));
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const OciConfig config = {.arg0 = cases[i].arg0};

		ASSERT_OK(decide(&config, cases[i].opt, root_fd, &decision));
		ASSERT_EQ(decision, cases[i].decision);
	}
}

/* A descriptor that is not to be had says nothing of the command. */
static void test_undecided(void)
{
	cleanup_close int root_fd = input_directory();
	const OciConfig config = {.arg0 = "/init"}, searched = {.arg0 = "init"};
	cleanup_close int fd = -1;
	struct rlimit limit;
	Decision decision;

	input_need_openat2();
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_max = limit.rlim_max}));
	fd = open_in_root(root_fd, config.arg0, O_PATH);
	if (fd != -EMFILE)
		tap_skip("tool: valgrind counts descriptors after the kernel has opened them");
	ASSERT_EQ(decide(&config, OPT_NONE, root_fd, &decision), -EMFILE);
	ASSERT_EQ(decide(&searched, OPT_NONE, root_fd, &decision), -EMFILE);
	ASSERT_OK(decide(&config, OPT_IN, root_fd, &decision));
	ASSERT_EQ(decision, DECISION_OPTED_IN);
	/* the leak check of a sanitizer build opens files in the end */
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static void test_words(void)
{
	for (Decision decision = DECISION_NO_COMMAND; decision <= DECISION_SYSTEMD; decision++) {
		bool ours = decision == DECISION_OPTED_IN || decision == DECISION_SYSTEMD;

		ASSERT_EQ(decision_is_ours(decision), ours);
		ASSERT(strlen(decision_to_string(decision)) > 10);
	}
}

TAP_MAIN(TAP(test_annotation), TAP(test_policy), TAP(test_command), TAP(test_decide),
	 TAP(test_undecided), TAP(test_words))
