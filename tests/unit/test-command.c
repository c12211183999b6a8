/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a container's command is: links, PATH and working directory, never out of the root. */
#include "command.h"

#include "input.h"
#include "macro.h"
#include "tap.h"

static const char *const directories[] = {"sbin",      "bin",
					  "usr",       "usr/bin",
					  "usr/lib",   "usr/lib/systemd",
					  "usr/local", "usr/local/sbin",
					  "opt",       "opt/directory"};

static const struct {
	const char *path, *link;
	mode_t mode;
} files[] = {
	{"usr/lib/systemd/systemd", NULL, 0755},
	{"usr/bin/busybox", NULL, 0755},
	{"opt/text", NULL, 0644},
	{"opt/init", NULL, 0644},
	{"sbin/init", "/usr/lib/systemd/systemd", 0},
	{"opt/up", "../../../../../../usr/lib/systemd/systemd", 0},
	{"usr/bin/init", "busybox", 0},
	{"usr/bin/systemd", "init", 0},
	{"usr/local/sbin/loop", "loop", 0},
	{"opt/dangling", "/nowhere", 0},
	{"opt/host", "/etc/../../../../../../../bin/sh-of-the-host", 0},
};

/* An image, its root as the container sees it. */
static int make_root(int directory_fd)
{
	int root_fd;

	ASSERT_SYS(mkdirat(directory_fd, "root", 0755));
	root_fd = openat(directory_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(root_fd);
	for (size_t i = 0; i < ELEMENTSOF(directories); i++)
		ASSERT_SYS(mkdirat(root_fd, directories[i], 0755));
	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		if (files[i].link)
			ASSERT_SYS(symlinkat(files[i].link, root_fd, files[i].path));
		else
			input_write_file(root_fd, files[i].path, "", files[i].mode);
	}
	ASSERT_SYS(mkfifoat(root_fd, "opt/fifo", 0755));
	return root_fd;
}

static void check(int root_fd, const char *arg0, const char *path, const char *cwd,
		  const char *wanted)
{
	json_auto_t *env = path ? json_pack("[s+]", "PATH=", path) : NULL;
	OciConfig config = {.arg0 = arg0, .env = env, .cwd = cwd};
	cleanup_free char *found = NULL;
	int r;

	printf("# %s PATH=%s cwd=%s\n", arg0 ?: "(none)", path ?: "(none)", cwd ?: "(none)");
	r = command_resolve(&config, root_fd, &found);
	if (!wanted) {
		ASSERT(r < 0);
		ASSERT(!found);
		return;
	}
	ASSERT_OK(r);
	ASSERT_STREQ(strrchr(found, '/'), strrchr(wanted, '/'));
}

#define SYSTEMD "/usr/lib/systemd/systemd"
#define BUSYBOX "/usr/bin/busybox"

static void test_absolute(void)
{
	static const struct {
		const char *arg0, *wanted;
	} cases[] = {
		{"/sbin/init", SYSTEMD},
		{"//sbin/./init", SYSTEMD},
		{"/opt/up", SYSTEMD},
		{SYSTEMD, SYSTEMD},
		{"/usr/bin/systemd", BUSYBOX},
		{"/opt/text", NULL}, /* cannot be run */
		{"/opt/directory", NULL},
		{"/opt/fifo", NULL},
		{"/opt/dangling", NULL},
		{"/opt/host", NULL},
		{"/usr/local/sbin/loop", NULL},
		{"/gone", NULL},
		{"/", NULL},
		{"", NULL},
		{NULL, NULL},
	};
	cleanup_close int directory_fd = input_directory(), root_fd = make_root(directory_fd);

	input_need_openat2();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		check(root_fd, cases[i].arg0, /* path= */ NULL, /* cwd= */ "/opt", cases[i].wanted);
}

static void test_by_path(void)
{
	static const struct {
		const char *arg0, *path, *wanted;
	} cases[] = {
		{"init", "/sbin:/usr/bin", SYSTEMD},
		{"init", "/usr/bin:/sbin", BUSYBOX},
		{"init", "/gone:/usr/local/sbin:/sbin", SYSTEMD},
		{"init", "/opt:/sbin", SYSTEMD}, /* the first one cannot be run */
		{"loop", "/usr/local/sbin:/sbin", NULL},
		{"init", "/sbin", SYSTEMD},
		{"init", "/sbin:", SYSTEMD},
		{"init", "/gone", NULL},
		{"init", "", NULL},
		{"init", ":", NULL},
		{"init", "::::/sbin", SYSTEMD},
		{"init", "/../../sbin", SYSTEMD},
		/* none in the environment: the usual one, /usr/bin before /sbin */
		{"init", NULL, BUSYBOX},
		{"busybox", NULL, BUSYBOX},
		{"gone", NULL, NULL},
	};
	cleanup_close int directory_fd = input_directory(), root_fd = make_root(directory_fd);

	input_need_openat2();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		check(root_fd, cases[i].arg0, cases[i].path, /* cwd= */ "/", cases[i].wanted);
}

/* A directory that may not be searched is passed by, too, but not as if there were nothing in it. */
static void test_forbidden_directory(void)
{
	cleanup_close int directory_fd = input_directory(), root_fd = make_root(directory_fd);
	json_auto_t *env = json_pack("[s]", "PATH=/opt/directory:/sbin");
	OciConfig config = {.arg0 = "gone", .env = env};
	char *found = NULL;

	input_need_openat2();
	ASSERT_SYS(fchmodat(root_fd, "opt/directory", 0, 0));
	ASSERT_SYS(fchmod(directory_fd, 0755));
	ASSERT(geteuid() != 0 || seteuid(65534) == 0);
	ASSERT_EQ(command_resolve(&config, root_fd, &found), -EACCES);
	check(root_fd, "init", "/opt/directory:/sbin", NULL, SYSTEMD);
	ASSERT(getuid() != 0 || seteuid(0) == 0);
}

static void test_relative(void)
{
	static const struct {
		const char *arg0, *path, *cwd, *wanted;
	} cases[] = {
		{"sbin/init", NULL, "/", SYSTEMD},  {"sbin/init", NULL, NULL, SYSTEMD},
		{"./init", NULL, "/sbin", SYSTEMD}, {"./init", NULL, "/usr/bin/", BUSYBOX},
		{"./init", NULL, "/", NULL},	    {"sbin/init", NULL, "/usr", NULL},
		{"init", "bin:", "/usr", BUSYBOX},  {"init", ":/sbin", "/usr/bin", BUSYBOX},
		{"init", ".", "/sbin", SYSTEMD},
	};
	cleanup_close int directory_fd = input_directory(), root_fd = make_root(directory_fd);

	input_need_openat2();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		check(root_fd, cases[i].arg0, cases[i].path, cases[i].cwd, cases[i].wanted);
}

TAP_MAIN(TAP(test_absolute), TAP(test_by_path), TAP(test_forbidden_directory), TAP(test_relative))
