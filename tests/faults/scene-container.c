/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of a scene. */
#include "scene.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "macro.h"

static void remove_cgroups(const Scene *scene)
{
	for (size_t i = 0; i < scene->n_cgroups; i++)
		for (int tries = 0; rmdir(scene->cgroups[i]) < 0; tries++) {
			/* those who were in it are gone, but not yet for the kernel */
			if (errno != EBUSY || tries == 1000)
				err(EXIT_FAILURE, "%s", scene->cgroups[i]);
			(void) usleep(1000);
		}
}

static void make_cgroups(const Scene *scene)
{
	for (size_t i = 0; i < scene->n_cgroups; i++)
		if (mkdir(scene->cgroups[i], 0755) < 0)
			err(EXIT_FAILURE, "%s", scene->cgroups[i]);
}

/* make_image() - in the working directory, an image with a systemd of version 257 */
static void make_image(void)
{
	static const char systemd[] = "\177ELF libsystemd-shared-257.so\0 and more";
	static const char *const directories[] = {
		"usr",		"usr/lib", "usr/lib/systemd", "sbin", "run", "tmp",
		"etc",		"var",	   "var/log",	      "proc", "sys", "sys/fs",
		"sys/fs/cgroup"};
	int fd;

	for (size_t i = 0; i < ELEMENTSOF(directories); i++)
		scene_make_directory(directories[i], 0755);
	fd = open("usr/lib/systemd/systemd", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, systemd, sizeof(systemd)) != sizeof(systemd) || close(fd) < 0 ||
	    symlink("../usr/lib/systemd/systemd", "sbin/init") < 0)
		err(EXIT_FAILURE, "systemd");
	scene_write("etc/machine-id", "");
}

static void join_user_namespace(const Scene *scene)
{
	char path[64];
	int fd;

	(void) snprintf(path, sizeof(path), "/proc/%d/ns/user", scene->user_namespace_holder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS) < 0)
		err(EXIT_FAILURE, "user namespace");
	(void) close(fd);
}

/* become_container() - as a runtime leaves its process for createRuntime hooks */
static void become_container(const Scene *scene)
{
	char path[256], options[64];
	uid_t user = scene->has_user_namespace ? SCENE_USER : 0;

	for (size_t i = 0; i < scene->n_cgroups; i++) {
		(void) snprintf(path, sizeof(path), "%s/cgroup.procs", scene->cgroups[i]);
		scene_write(path, "0");
	}
	if (unshare(CLONE_NEWNS) < 0)
		err(EXIT_FAILURE, "mount namespace");
	(void) snprintf(options, sizeof(options), "mode=0755,uid=%u,gid=%u", user, user);
	scene_mount_tmpfs(SCENE_ROOTFS, options);
	if (chdir(SCENE_ROOTFS) < 0)
		err(EXIT_FAILURE, SCENE_ROOTFS);

	(void) setfsgid(user);
	(void) setfsuid(user);
	make_image();
	if (scene->add_to_image)
		scene->add_to_image();
	if (scene->has_user_namespace)
		join_user_namespace(scene);
	if (!scene->has_no_cgroups && unshare(CLONE_NEWCGROUP) < 0)
		err(EXIT_FAILURE, "cgroup namespace");
	/* again, as the working directory is still of the namespace that was left */
	if (chdir(SCENE_ROOTFS) < 0)
		err(EXIT_FAILURE, SCENE_ROOTFS);
	if (scene->make_mounts)
		scene->make_mounts(scene);
}

/* wait_for_container() - until it is ready */
static void wait_for_container(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		errx(EXIT_FAILURE, "the container did not start");
}

static void say_ready(int fd)
{
	if (write(fd, "", 1) != 1)
		err(EXIT_FAILURE, "write");
}

/* be_renewed() - the container's life: each order takes it to a new copy of its first namespace */
static _Noreturn void be_renewed(int orders_fd, int answers_fd)
{
	int first_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	char byte;

	if (first_fd < 0 || unshare(CLONE_NEWNS) < 0)
		err(EXIT_FAILURE, "mount namespace");
	say_ready(answers_fd);
	while (read(orders_fd, &byte, 1) == 1) {
		if (setns(first_fd, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
			err(EXIT_FAILURE, "mount namespace");
		say_ready(answers_fd);
	}
	_exit(EXIT_SUCCESS);
}

/** scene_start() - start a container */
void scene_start(Scene *scene)
{
	int orders[2], answers[2];
	pid_t pid;

	make_cgroups(scene);
	if (pipe2(orders, O_CLOEXEC) < 0 || pipe2(answers, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		err(EXIT_FAILURE, "fork");
	if (pid == 0) {
		(void) close(orders[1]);
		become_container(scene);
		scene_end_with_parent();
		if (scene->is_renewable)
			be_renewed(orders[0], answers[1]);
		say_ready(answers[1]);
		for (;;)
			(void) pause();
	}
	(void) close(orders[0]);
	(void) close(answers[1]);
	wait_for_container(answers[0]);
	scene->pid = pid;
	scene->orders_fd = orders[1];
	scene->answers_fd = answers[0];
}

/**
 * scene_renew() - give the container a new mount namespace, as it was when it started
 *
 * What was mounted since is gone. What was made in the image stays.
 */
void scene_renew(const Scene *scene)
{
	say_ready(scene->orders_fd);
	wait_for_container(scene->answers_fd);
}

/** scene_stop() - end the container, if there is one */
void scene_stop(Scene *scene)
{
	if (scene->pid <= 0)
		return;
	(void) kill(scene->pid, SIGKILL);
	(void) waitpid(scene->pid, NULL, 0);
	scene->pid = 0;
	(void) close(scene->orders_fd);
	(void) close(scene->answers_fd);
	remove_cgroups(scene);
}

/**
 * scene_state_fd() - what a runtime gives to a hook on its standard input
 * @status: as in the state
 *
 * Return: a descriptor, at its beginning.
 */
int scene_state_fd(const Scene *scene, const char *status)
{
	int fd = memfd_create("state", MFD_CLOEXEC);
	char pid[32] = "";

	if (scene->pid > 0)
		(void) snprintf(pid, sizeof(pid), ", \"pid\": %d", scene->pid);
	if (fd < 0 ||
	    dprintf(fd,
		    "{\"ociVersion\": \"1.0.2\", \"id\": \"" SCENE_ID "\", \"status\": \"%s\", "
		    "\"bundle\": \"" SCENE_BUNDLE "\"%s}",
		    status, pid) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		err(EXIT_FAILURE, "state");
	return fd;
}

/**
 * scene_end_journal() - mark a journal directory as that of a --rm container
 * @journal: the directory
 * @is_noted: whether poststop noted already that the container ended
 */
void scene_end_journal(const char *journal, bool is_noted)
{
	static const char owner[] = SCENE_ID "\n" SCENE_BUNDLE;
	char details[256];
	struct statx stx;

	if (statx(AT_FDCWD, "/mnt", 0, STATX_INO | STATX_BTIME, &stx) < 0)
		err(EXIT_FAILURE, "/mnt");
	(void) snprintf(details, sizeof(details),
			"{\"rm\":true,\"home\":\"" SCENE_BUNDLE "\",\"store\":[%llu,%lld,%u]}",
			(unsigned long long) stx.stx_ino, (long long) stx.stx_btime.tv_sec,
			stx.stx_btime.tv_nsec);
	if (setxattr(journal, "trusted.oci-systemd-hook.container", details, strlen(details), 0) <
		    0 ||
	    setxattr(journal, "trusted.oci-systemd-hook.owner", owner, sizeof(owner) - 1, 0) < 0)
		err(EXIT_FAILURE, "%s", journal);
	if (is_noted && ((mkdir(SCENE_ENDED, 0700) < 0 && errno != EEXIST) ||
			 (symlink(SCENE_ID, SCENE_NOTE) < 0 && errno != EEXIST)))
		err(EXIT_FAILURE, SCENE_NOTE);
}
