/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what is so in a container; see probe.h.
 *
 *	probe inside PATH...	as the container's command, then waits until it is killed
 *	probe brief		beside another command, without a list of all files
 *	probe who		the effective user
 */
#include "probe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP2_MAGIC 0x63677270

/* what is looked at in every container, besides its mounts and what the description names */
static const char *const places[] = {
	"/",
	"/run",
	"/run/lock",
	"/run/host",
	"/run/host/container-manager",
	"/run/host/container-uuid",
	"/run/host/os-release",
	"/run/systemd",
	"/run/machine-id",
	"/tmp",
	"/etc",
	"/etc/machine-id",
	"/var",
	"/var/log",
	"/var/log/journal",
	"/sys",
	"/sys/fs",
	"/sys/fs/cgroup",
	"/sys/kernel",
	"/dev",
	"/dev/shm",
	"/proc/sys/kernel/hostname",
	"/proc/sys/kernel/core_pattern",
	"/proc/sys/vm/overcommit_memory",
	"/proc/sysrq-trigger",
	"/proc/kcore",
	"/proc/keys",
	"/proc/1/root",
	"/sys/kernel/uevent_helper",
	"/sys/kernel/mm/transparent_hugepage/enabled",
	"/sys/power/state",
	"/sys/firmware",
	"/sys/module",
	"/opt",
	"/probe",
};

static void print_place(const char *path, const Mounts *mounts)
{
	const Mount *mount;
	struct stat st;

	printf("place %s\t", path);
	if (lstat(path, &st) < 0) {
		printf("absent=%s\n", errno_word(errno));
		return;
	}
	mount = mounts_of_path(mounts, path);
	if (!mount)
		printf("mount=unknown");
	else if (strcmp(mount->path, path) == 0)
		printf("mount=%s root=%s flags=%s prop=%s super=%s", mount->type, mount->root,
		       mount->options, mount->propagation, mount->super);
	else
		printf("in=%s", mount->path);
	printf(" type=%o mode=%o owner=%u:%u", (st.st_mode & S_IFMT) >> 12, st.st_mode & 07777,
	       st.st_uid, st.st_gid);
	acts_print(path, &st);
	putchar('\n');
}

static bool is_listed(const char *path, char *const paths[])
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strcmp(places[i], path) == 0)
			return true;
	for (; *paths; paths++)
		if (strcmp(*paths, path) == 0)
			return true;
	return false;
}

static void print_places(const Mounts *mounts, char *const paths[])
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		print_place(places[i], mounts);
	for (size_t i = 0; paths[i]; i++)
		print_place(paths[i], mounts);
	for (size_t i = 0; i < mounts->n_items; i++) {
		/* the container in what a bind of the host's root shows is no other place */
		bool is_known = is_listed(mounts->items[i].path, paths) ||
				strstr(mounts->items[i].path, "/var/lib/differential/");

		for (size_t j = 0; j < i; j++)
			is_known |= strcmp(mounts->items[i].path, mounts->items[j].path) == 0;
		if (!is_known)
			print_place(mounts->items[i].path, mounts);
	}
}

static void print_cgroups(void)
{
	char own[4096], path[8192];
	struct statfs fs;

	cgroup_of("/proc/self/cgroup", own, sizeof(own));
	printf("cgroup-path\t%s\n", own);
	if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_MAGIC)
		return;
	cgroup_print("cgroup-top", "/sys/fs/cgroup", true);
	if (strcmp(own, "/") == 0)
		return;
	(void) snprintf(path, sizeof(path), "/sys/fs/cgroup%s", own);
	cgroup_print("cgroup-own", path, true);
}

static int print_inside(char *const paths[])
{
	Mounts mounts;

	mounts_read(&mounts, "/proc/self/mountinfo");
	print_places(&mounts, paths);
	print_cgroups();
	return 0;
}

static void print_entries(void)
{
	Mounts mounts;

	mounts_read(&mounts, "/proc/self/mountinfo");
	entries_print("entry", "/", &mounts, 8);
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "who") == 0)
		return acts_say_who();
	if (strcmp(what, "brief") == 0)
		return print_inside(argv + 2);
	if (strcmp(what, "inside") != 0)
		return 2;
	(void) print_inside(argv + 2);
	print_entries();
	puts("end\t"
	     "yes");
	(void) fclose(stdout);
	(void) close(STDERR_FILENO);
	for (;;)
		(void) pause();
}
