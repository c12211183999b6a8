/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "macro.h"

#define JOURNAL_GROUP 4 /* what Debian's systemd-journal reads as: any will do */
#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

/** scene_write() - write a text to a file, made if missing; never through a link */
void scene_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text) || close(fd) < 0)
		err(EXIT_FAILURE, "%s", path);
}

/** scene_make_directory() - make a directory with just this mode */
void scene_make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
		err(EXIT_FAILURE, "%s", path);
}

/** scene_mount_tmpfs() - mount a tmpfs */
void scene_mount_tmpfs(const char *path, const char *options)
{
	if (mount("tmpfs", path, "tmpfs", 0, options) < 0)
		err(EXIT_FAILURE, "tmpfs on %s", path);
}

/** scene_bind() - mount what is at one path at another */
void scene_bind(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		err(EXIT_FAILURE, "%s on %s", from, to);
}

/* find_mount() - where something is mounted: of this type, or below this directory */
static bool find_mount(const char *type, const char *below, char *ret, size_t size)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	bool found = false;

	while (file && !found && (entry = getmntent(file))) {
		found = type ? strcmp(entry->mnt_type, type) == 0
			     : strncmp(entry->mnt_dir, below, strlen(below)) == 0 &&
					entry->mnt_dir[strlen(below)] == '/';
		if (found)
			(void) snprintf(ret, size, "%s", entry->mnt_dir);
	}
	if (file)
		(void) endmntent(file);
	return found;
}

/* A host that is built beside us may take its mounts away at any time: they go first. */
static void leave_foreign_mounts(void)
{
	const char *cache = getenv("OCI_HOOKS_CACHE");
	char path[PATH_MAX];

	while (find_mount(NULL, cache ? cache : "/var/cache/oci-systemd-hooks", path, sizeof(path)))
		if (umount2(path, MNT_DETACH) < 0)
			err(EXIT_FAILURE, "%s", path);
}

/* listen_as_journal() - so that messages come to an end there, and stand in nobody's journal */
static void listen_as_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	scene_make_directory("/run/systemd", 0755);
	scene_make_directory("/run/systemd/journal", 0755);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		err(EXIT_FAILURE, "%s", address.sun_path);
}

/* find_cgroups() - the container's cgroups, or why there can be none */
static const char *find_cgroups(Scene *scene)
{
	static const char *const hierarchies[] = {"systemd", "unified", "memory", "pids"};
	char where[PATH_MAX];

	if (!scene->is_hybrid) {
		if (!find_mount("cgroup2", NULL, where, sizeof(where)))
			return "kernel: no cgroup2 file system is mounted";
		/* bound, never mounted: the options of cgroup2 belong to the whole machine */
		if (strcmp(where, "/sys/fs/cgroup") != 0)
			scene_bind(where, "/sys/fs/cgroup");
		scene->n_cgroups = 1;
		(void) snprintf(scene->cgroups[0], sizeof(scene->cgroups[0]),
				"/sys/fs/cgroup/oci-hooks-test.%d", getpid());
		return NULL;
	}
	for (size_t i = 0; i < ELEMENTSOF(hierarchies); i++) {
		(void) snprintf(where, sizeof(where), "/sys/fs/cgroup/%s/cgroup.procs",
				hierarchies[i]);
		if (access(where, F_OK) < 0)
			return "kernel: this machine's cgroup is not hybrid";
		(void) snprintf(scene->cgroups[i], sizeof(scene->cgroups[i]),
				"/sys/fs/cgroup/%s/oci-hooks-test.%d", hierarchies[i], getpid());
	}
	scene->n_cgroups = ELEMENTSOF(hierarchies);
	return NULL;
}

/** scene_end_with_parent() - in a child: leave nothing running where the test is killed */
void scene_end_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		err(EXIT_FAILURE, "prctl");
}

static pid_t hold_user_namespace(void)
{
	char path[64], byte;
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		err(EXIT_FAILURE, "fork");
	if (pid == 0) {
		scene_end_with_parent();
		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "", 1) != 1)
			err(EXIT_FAILURE, "user namespace");
		for (;;)
			(void) pause();
	}
	(void) close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(EXIT_FAILURE, "no user namespace");
	(void) close(ready[0]);
	for (int group = 0; group < 2; group++) {
		(void) snprintf(path, sizeof(path), "/proc/%d/%s_map", pid, group ? "gid" : "uid");
		scene_write(path, "0 " STRINGIFY(SCENE_USER) " 65536");
	}
	return pid;
}

static void write_config(const Scene *scene)
{
	char text[4096];

	(void) snprintf(text, sizeof(text),
			"{\"ociVersion\": \"1.0.2\", \"root\": {\"path\": \"rootfs\"}, "
			"\"process\": {\"args\": [\"/sbin/init\"], \"env\": [\"PATH=/bin\"]}, "
			"\"linux\": {\"namespaces\": [{\"type\": \"mount\"}]}%s%s}",
			scene->config ? ", " : "", scene->config ?: "");
	scene_write(SCENE_BUNDLE "/config.json", text);
}

/**
 * scene_enter() - go on as the host, in a mount namespace of our own
 * @scene: what kind; gets its cgroups
 *
 * /etc is a copy, /run and /var/log are empty, but for a journal directory.
 *
 * Return: NULL, or why this machine cannot do that, for tap_skip().
 */
const char *scene_enter(Scene *scene)
{
	const char *why;

	if (geteuid() != 0)
		return "kernel: an ordinary user cannot make cgroups and private journals";
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return "kernel: no mount namespace for this user";
	(void) umask(0);
	leave_foreign_mounts();
	why = find_cgroups(scene);
	if (why)
		return why;

	scene_mount_tmpfs("/mnt", "mode=0755");
	scene_make_directory("/mnt/etc", 0755);
	if (system("cp -a /etc/. /mnt/etc") != 0)
		errx(EXIT_FAILURE, "cannot copy /etc");
	scene_bind("/mnt/etc", "/etc");
	(void) unlink("/etc/machine-id");
	scene_write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	/* mostly a link, which leads to this machine's */
	(void) unlink("/etc/os-release");
	scene_write("/etc/os-release", "ID=host\n");
	scene_mount_tmpfs("/var/log", "mode=0755");
	scene_make_directory(SCENE_JOURNAL, 02755);
	if (chown(SCENE_JOURNAL, 0, JOURNAL_GROUP) < 0 || chmod(SCENE_JOURNAL, 02755) < 0)
		err(EXIT_FAILURE, SCENE_JOURNAL);
	scene_make_directory(SCENE_BUNDLE, 0755);
	scene_make_directory(SCENE_ROOTFS, 0755);
	write_config(scene);
	scene_mount_tmpfs("/run", "mode=0755");
	listen_as_journal();

	if (scene->has_user_namespace)
		scene->user_namespace_holder = hold_user_namespace();
	if (mkdir(scene->cgroups[0], 0755) < 0)
		return "kernel: cgroups cannot be made here";
	(void) rmdir(scene->cgroups[0]);
	return NULL;
}

/** scene_leave() - end what runs; the mount namespace goes with the process */
void scene_leave(Scene *scene)
{
	scene_stop(scene);
	if (scene->user_namespace_holder > 0) {
		(void) kill(scene->user_namespace_holder, SIGKILL);
		(void) waitpid(scene->user_namespace_holder, NULL, 0);
	}
}
