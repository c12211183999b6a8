/* SPDX-License-Identifier: Apache-2.0 */
/* config.json is found where crun tells a wrong bundle, too. */
#include "bundle.h"

#include <grp.h>
#include <sys/prctl.h>

#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "tap.h"

static void test_outer_uid(void)
{
	static const struct {
		const char *map;
		bool is_other;
		uid_t uid;
	} cases[] = {
		{"         0          0 4294967295\n", false, 0},
		{"         0       1000          1\n         1     100000      65536\n", true,
		 1000},
		{"         1     100000      65536\n         0       1000          1\n", true,
		 1000},
		{"0 4294967294 1", true, 4294967294},
		{"1 1000 1\n", false, 0},
		{"", false, 0},
		{"\n\n", false, 0},
		{"rubbish\n", false, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uid_t uid = 0;

		ASSERT_EQ(bundle_outer_uid(cases[i].map, &uid), cases[i].is_other);
		ASSERT_EQ(uid, cases[i].uid);
	}
}

static void make_file(const char *directory, const char *text)
{
	char path[PATH_MAX];
	int fd;

	for (size_t i = 1; i <= strlen(directory); i++)
		if (directory[i] == '/' || !directory[i]) {
			(void) snprintf(path, sizeof(path), "%.*s", (int) i, directory);
			ASSERT(mkdir(path, 0755) == 0 || errno == EEXIST);
		}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(fd);
	input_write_file(fd, "config.json", text, 0644);
	ASSERT_SYS(close(fd));
}

static void check(const OciState *state, const char *wanted)
{
	cleanup_close int fd = bundle_open_config(state);
	char text[100];
	ssize_t n;

	ASSERT_OK(fd);
	ASSERT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	ASSERT_SYS(n);
	text[n] = '\0';
	ASSERT_STREQ(text, wanted);
}

static bool is_root_of_host(void)
{
	cleanup_close int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);
	uid_t uid;

	ASSERT_SYS(n);
	text[n] = '\0';
	return geteuid() == 0 && !bundle_outer_uid(text, &uid);
}

static void test_open(void)
{
	OciState state = {.id = "web", .bundle = "/run/nothing/here", .root = "/ctroot"};
	OciState of_runc = {.id = "web", .bundle = "/run/nothing/here"};

	namespace_hide_journal();
	ASSERT_EQ(bundle_open_config(&state), -ENOENT);
	make_file("/run/crun/web", "copy");
	make_file("/run/user/0/crun/web", "of no one");
	if (is_root_of_host())
		check(&state, "copy");
	/* only crun tells a root, and has such a directory */
	ASSERT_EQ(bundle_open_config(&of_runc), -ENOENT);
	state.id = "db";
	ASSERT_EQ(bundle_open_config(&state), -ENOENT);

	/* where the bundle is right, it is what counts */
	make_file("/run/bundle", "bundle");
	state = (OciState){.id = "web", .bundle = "/run/bundle", .root = "/ctroot"};
	check(&state, "bundle");
}

/* Called by a rootless engine: root of a user namespace, another user outside. */
static void test_open_rootless(void)
{
	OciState state = {.id = "web", .bundle = "/run/nothing/here", .root = "/ctroot"};
	uid_t uid = geteuid() ?: 1000;
	char path[100];

	if (geteuid() == 0) {
		if (setgroups(0, NULL) < 0)
			tap_skip("kernel: this user namespace has no other user");
		ASSERT_SYS(setresgid(uid, uid, uid));
		ASSERT_SYS(setresuid(uid, uid, uid));
		ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
	}
	namespace_hide_journal();
	make_file("/run/crun/web", "the system's");
	ASSERT_EQ(bundle_open_config(&state), -ENOENT);
	(void) snprintf(path, sizeof(path), "/run/user/%u/crun/web", uid);
	make_file(path, "copy");
	check(&state, "copy");
}

TAP_MAIN(TAP(test_outer_uid), TAP(test_open), TAP(test_open_rootless))
