/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host and containers to measure on, made of namespaces only. A container is a sleeping process
 * in a mount and a cgroup namespace of its own, with its root file system bound on itself, as a
 * runtime leaves it for its hooks.
 */
#include "host.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "macro.h"

#define ELSEWHERE "/mnt"

/* of the hierarchies that systemd uses, where containers get their cgroup */
static const char *const hierarchies[][2] = {
	{"/sys/fs/cgroup", NULL},
	{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"},
};

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) < 0)
		err(EXIT_FAILURE, "%s", path);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		err(EXIT_FAILURE, "%s", path);
}

static void mount_or_fail(const char *source, const char *target, const char *type,
			  unsigned long flags)
{
	if (mount(source, target, type, flags, NULL) < 0)
		err(EXIT_FAILURE, "mount on %s", target);
}

/* cgroup_path() - a file of the containers' cgroup in a hierarchy; false if there is no such one */
static bool cgroup_path(const Host *host, int i, const char *name, char path[static BENCH_PATH_MAX])
{
	const char *hierarchy = hierarchies[host->is_hybrid][i];

	if (hierarchy)
		(void) snprintf(path, BENCH_PATH_MAX, "%s/%s%s", hierarchy,
				strrchr(host->dir, '/') + 1, name);
	return hierarchy;
}

/* make_many() - files, or directories with a mount on each */
static void make_many(const char *directory, int count, bool with_mounts)
{
	char path[BENCH_PATH_MAX];

	for (int i = 0; i < count; i++) {
		(void) snprintf(path, sizeof(path), "%s/%d", directory, i);
		if (!with_mounts) {
			write_text(path, "content\n");
			continue;
		}
		make_dir(path);
		mount_or_fail("tmpfs", path, "tmpfs", 0);
	}
}

/**
 * host_make() - make the host, in a mount namespace that this process is in from then on
 * @host: what it is to be like; gets the directory of bundles
 *
 * cgroup v2 or hybrid, an empty journal directory, the bundles on a tmpfs: no disk is measured.
 */
void host_make(Host *host)
{
	char path[BENCH_PATH_MAX];

	(void) strcpy(host->dir, "/var/tmp/oci-hooks-bench.XXXXXX");
	if (!mkdtemp(host->dir))
		err(EXIT_FAILURE, "%s", host->dir);
	if (unshare(CLONE_NEWNS) < 0)
		err(EXIT_FAILURE, "mount namespace");
	mount_or_fail(NULL, "/", NULL, MS_REC | MS_PRIVATE);
	/* bound, never mounted: the options of cgroup2 belong to the whole machine */
	if (!host->is_hybrid && access("/sys/fs/cgroup/unified", F_OK) == 0)
		mount_or_fail("/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL, MS_BIND);
	for (int i = 0; i < 2; i++)
		if (cgroup_path(host, i, "", path))
			make_dir(path);

	mount_or_fail("tmpfs", "/var/log", "tmpfs", 0);
	if (mkdir("/var/log/journal", 02755) < 0)
		err(EXIT_FAILURE, "/var/log/journal");
	mount_or_fail("tmpfs", ELSEWHERE, "tmpfs", 0);
	make_many(ELSEWHERE, host->mounts, /* with_mounts= */ true);

	mount_or_fail("tmpfs", host->dir, "tmpfs", 0);
	if (chdir(host->dir) < 0)
		err(EXIT_FAILURE, "%s", host->dir);
}

/** host_remove() - remove what is left of the host; the mounts end with this process */
void host_remove(const Host *host)
{
	char path[BENCH_PATH_MAX];

	for (int i = 0; i < 2; i++)
		if (cgroup_path(host, i, "", path) && rmdir(path) < 0)
			warn("%s is left", path);
	if (chdir("/") < 0 || umount2(host->dir, MNT_DETACH) < 0 || rmdir(host->dir) < 0)
		warn("%s is left", host->dir);
}

/** host_bundle_path() - where the bundle of a name is */
void host_bundle_path(const Host *host, const char *name, char path[static BENCH_PATH_MAX])
{
	(void) snprintf(path, BENCH_PATH_MAX, "%s/%s", host->dir, name);
}

static void make_image(const Host *host, bool is_ours)
{
	static const char *const dirs[] = {"bin", "sbin",   "lib",  "run",
					   "tmp", "etc",    "var",  "var/log",
					   "sys", "sys/fs", "data", "sys/fs/cgroup"};

	for (size_t i = 0; i < ELEMENTSOF(dirs); i++)
		make_dir(dirs[i]);
	/* on cgroup v1 a hook looks for the version, as 258 and later have no v1 */
	write_text("lib/systemd", "libsystemd-shared-257.so\n");
	write_text("bin/sh", "");
	write_text("etc/machine-id", "");
	if (chmod("lib/systemd", 0755) < 0 || chmod("bin/sh", 0755) < 0 ||
	    symlink("../lib/systemd", "sbin/init") < 0)
		err(EXIT_FAILURE, "image");
	make_many("run", is_ours ? host->files : 0, /* with_mounts= */ false);
	for (int i = 0; i < host->volumes; i++) {
		char path[BENCH_PATH_MAX];

		(void) snprintf(path, sizeof(path), "data/%d", i);
		make_dir(path);
	}
}

/**
 * host_add_bundle() - make an image with a systemd, and a config.json for it
 * @name: the bundle's
 * @config: root, command and volumes are put in
 * @command: args[0]
 */
void host_add_bundle(const Host *host, const char *name, const json_t *config, const char *command)
{
	json_t *copy = json_deep_copy(config), *mounts = json_object_get(copy, "mounts");
	char path[BENCH_PATH_MAX];

	host_bundle_path(host, name, path);
	make_dir(path);
	if (chdir(path) < 0)
		err(EXIT_FAILURE, "%s", path);
	(void) json_object_set_new(copy, "root", json_pack("{s:s}", "path", "rootfs"));
	(void) json_object_set_new(json_object_get(copy, "process"), "args",
				   json_pack("[s]", command));
	for (int i = 0; i < host->volumes; i++) {
		(void) snprintf(path, sizeof(path), "/data/%d", i);
		(void) json_array_append_new(
			mounts, json_pack("{s:s, s:s, s:s, s:[s]}", "destination", path, "type",
					  "bind", "source", "/mnt", "options", "rbind"));
	}
	if (json_dump_file(copy, "config.json", JSON_INDENT(1)) < 0)
		errx(EXIT_FAILURE, "cannot write config.json");
	json_decref(copy);

	make_dir("rootfs");
	if (chdir("rootfs") < 0)
		err(EXIT_FAILURE, "rootfs");
	make_image(host, strcmp(command, "/sbin/init") == 0);
	if (chdir(host->dir) < 0)
		err(EXIT_FAILURE, "%s", host->dir);
}

/* make_engine_mounts() - each tmpfs that podman's and CRI-O's config.json have below the root */
static void make_engine_mounts(const char *rootfs)
{
	static const char *const places[] = {"run", "run/lock", "tmp", "var/log/journal"};
	char path[BENCH_PATH_MAX * 2];

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		(void) snprintf(path, sizeof(path), "%s/%s", rootfs, places[i]);
		(void) mkdir(path, 0755);
		mount_or_fail("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV);
	}
}

static void be_container(const Host *host, const char *rootfs, Mounts mounts)
{
	char path[BENCH_PATH_MAX * 2];

	for (int i = 0; i < 2; i++)
		if (cgroup_path(host, i, "/cgroup.procs", path))
			write_text(path, "0");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		err(EXIT_FAILURE, "container");
	mount_or_fail(rootfs, rootfs, NULL, MS_BIND);
	if (mounts == MOUNTS_ENGINE)
		make_engine_mounts(rootfs);
	for (int i = 0; i < host->volumes; i++) {
		(void) snprintf(path, sizeof(path), "%s/data/%d", rootfs, i);
		mount_or_fail(ELSEWHERE, path, NULL, MS_BIND);
	}
}

/**
 * host_start_container() - start a container
 * @bundle: name of its bundle
 * @mounts: what its engine has mounted
 *
 * Return: the pid of its first process.
 */
pid_t host_start_container(const Host *host, const char *bundle, Mounts mounts)
{
	char rootfs[BENCH_PATH_MAX + 8], byte;
	int ready[2];
	pid_t pid;

	host_bundle_path(host, bundle, rootfs);
	(void) strcat(rootfs, "/rootfs");
	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		err(EXIT_FAILURE, "container");
	if (pid == 0) {
		be_container(host, rootfs, mounts);
		if (write(ready[1], "", 1) != 1)
			_exit(EXIT_FAILURE);
		for (;;)
			(void) pause();
	}
	(void) close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(EXIT_FAILURE, "the container did not start");
	(void) close(ready[0]);
	return pid;
}

/** host_stop_container() - stop a container */
void host_stop_container(pid_t pid)
{
	(void) kill(pid, SIGKILL);
	(void) waitpid(pid, NULL, 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void) st;
	(void) type;
	(void) ftw;
	return remove(path);
}

/**
 * host_forget_container() - remove what a set-up has left on the host and in the image
 * @bundle: name of the bundle, which no other container has
 * @id: the container's id
 *
 * So that each container is the first one.
 */
void host_forget_container(const Host *host, const char *bundle, const char *id)
{
	static const char *const places[] = {"run/lock", "run/host", "run/systemd",
					     "var/log/journal"};
	char path[BENCH_PATH_MAX * 2], bundle_path[BENCH_PATH_MAX];

	(void) snprintf(path, sizeof(path), "/var/log/journal/%.32s", id);
	(void) nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	host_bundle_path(host, bundle, bundle_path);
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		(void) snprintf(path, sizeof(path), "%s/rootfs/%s", bundle_path, places[i]);
		(void) nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	}
}
