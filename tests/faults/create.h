/* SPDX-License-Identifier: Apache-2.0 */
/* What must be true after a run of oci-systemd-hook at createRuntime. For faults-systemd-hook.c alone. */
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "scene.h"
#include "snapshot.h"
#include "walk.h"

#define OWN_JOURNAL SCENE_JOURNAL "/" SCENE_MACHINE_ID
/* where it is made, and which then is no more */
#define NEW_JOURNAL SCENE_JOURNAL "/.oci-systemd-hook.new"
#define JOURNALD_DROP_IN "/run/systemd/journald.conf.d/50-oci-systemd-hook.conf"
#define COMMIT_MASK "/run/systemd/system/systemd-machine-id-commit.service"

typedef struct Subject {
	Scene scene;
	bool is_second;		/* all is done already */
	bool is_old_kernel;	/* as Linux 5.10 */
	char *host, *container; /* before the run */
	char *whole;		/* the container after a run without a fault */
} Subject;

static void forget(Subject *subject)
{
	free(steal_ptr(subject->host));
	free(steal_ptr(subject->container));
}

static void remember(Subject *subject)
{
	forget(subject);
	subject->host = snapshot_host(&subject->scene);
	subject->container = snapshot_container(&subject->scene, SNAPSHOT_EXACT);
}

static void run_hook(const Subject *subject, Case *c)
{
	static const char *const deny[] = {"mount_setattr", "statmount", "close_range", NULL};
	cleanup_close int state_fd = scene_state_fd(&subject->scene, "created");

	walk_run_program("oci-systemd-hook", subject->is_old_kernel ? deny : NULL, state_fd, c);
}

static void run(Walk *walk, Case *c)
{
	run_hook(walk->subject, c);
}

/* run_unhurt() - without a fault: whole and silent */
static void run_unhurt(Walk *walk, const Case *after)
{
	Case c = {.fault.kind = FAULT_NONE};

	run_hook(walk->subject, &c);
	if (c.outcome.status != 0 || c.outcome.messages[0])
		walk_complain(walk, after, "the next run says %s", c.outcome.messages);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void remove_journal(void)
{
	(void) rmdir(OWN_JOURNAL);
	(void) rmdir(NEW_JOURNAL "/" SCENE_MACHINE_ID);
	(void) rmdir(NEW_JOURNAL);
}

static bool is_unchanged(const Subject *subject)
{
	cleanup_free char *container = NULL;

	if (subject->scene.pid == 0)
		return true;
	container = snapshot_container(&subject->scene, SNAPSHOT_EXACT);
	return strcmp(container, subject->container) == 0;
}

static void begin(Walk *walk)
{
	Subject *subject = walk->subject;
	Case none = {.fault.kind = FAULT_NONE};

	/* a second call that believes that something is not there does it again */
	if (!subject->is_second || !is_unchanged(subject)) {
		scene_stop(&subject->scene);
		remove_journal();
	}
	if (subject->scene.pid == 0) {
		scene_start(&subject->scene);
		if (subject->is_second)
			run_hook(subject, &none);
		remember(subject);
	}
}

/*
 * is_busy() - whether the new directory was said to be gone, and yet is there: so another run is making
 * it, whose it is
 */
static bool is_busy(const Case *c)
{
	return c->outcome.error == ENOENT && !c->outcome.is_inside &&
	       strstr(c->outcome.messages, "busy");
}

/*
 * is_locked() - whether another run was said to hold the lock on the new directory: that one is going
 * to remove it, and ours takes another name
 */
static bool is_locked(const Case *c)
{
	return c->outcome.error == EAGAIN && strcmp(c->outcome.call, "flock") == 0 &&
	       strcmp(c->outcome.subject, NEW_JOURNAL "/" SCENE_MACHINE_ID) == 0;
}

static void check_unchanged(Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;
	cleanup_free char *host = snapshot_host(&subject->scene);
	cleanup_free char *container = snapshot_container(&subject->scene, SNAPSHOT_EXACT);
	char difference[1024];

	if (snapshot_difference(subject->host, host, difference, sizeof(difference)) > 0 &&
	    !is_busy(c))
		walk_complain(walk, c, "the host has changed: %s", difference);
	if (snapshot_difference(subject->container, container, difference, sizeof(difference)) > 0)
		walk_complain(walk, c, "the container has changed: %s", difference);
}

/* place_of() - where the mount is that a line of a snapshot is about; NULL for a file */
static char *place_of(const char *line)
{
	const char *end = strchrnul(line, '\n'), *place = memchr(line, ' ', (size_t) (end - line));

	if (*line != '/' || !place || place[1] != '/')
		return NULL;
	return strndup(place + 1, strcspn(place + 1, " \n"));
}

/* has_mount() - whether a snapshot has a mount at a place */
static bool has_mount(const char *snapshot, const char *place)
{
	for (const char *line = snapshot; *line; line = strchrnul(line, '\n') + 1) {
		cleanup_free char *here = place_of(line);

		if (here && strcmp(here, place) == 0)
			return true;
		if (!strchr(line, '\n'))
			break;
	}
	return false;
}

/* is_tolerable() - whether systemd can boot without that mount */
static bool is_tolerable(const char *place)
{
	static const char *const places[] = {"/run/host", "/etc/machine-id", "/var/log/journal"};
	const char *path = place + strlen(SCENE_ROOTFS);

	for (size_t i = 0; i < ELEMENTSOF(places); i++)
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			return true;
	return false;
}

/* check_part() - with a warning: no other mounts than the whole has, and those that systemd needs */
static void check_part(Walk *walk, const Case *c, const char *container)
{
	const Subject *subject = walk->subject;

	for (int missing = 0; missing < 2; missing++)
		for (const char *line = missing ? subject->whole : container; *line;
		     line = strchrnul(line, '\n') + 1) {
			cleanup_free char *place = place_of(line);

			/* on what is read-only the journal gets a tmpfs to have its place in */
			bool may_differ = missing || c->outcome.error == EROFS;

			if (place && !has_mount(missing ? container : subject->whole, place) &&
			    !(may_differ && is_tolerable(place)))
				walk_complain(walk, c, "%s mount at %s", missing ? "no" : "a",
					      place);
		}
}

/* check_journal() - the host has a directory if it is mounted, and nothing else */
static void check_journal(Walk *walk, const Case *c, const char *container)
{
	bool is_mounted = has_mount(container, SCENE_ROOTFS OWN_JOURNAL);

	if (is_busy(c))
		return;
	/* where a directory was made, the one that it was made in may stay, for the next run */
	if (is_mounted != is_there(OWN_JOURNAL) ||
	    (is_there(NEW_JOURNAL "/" SCENE_MACHINE_ID) && !is_locked(c)) ||
	    (is_there(NEW_JOURNAL) && !is_mounted))
		walk_complain(walk, c, "the journal is %smounted, and the host's directory is %s",
			      is_mounted ? "" : "not ",
			      is_there(OWN_JOURNAL)   ? "there"
			      : is_there(NEW_JOURNAL) ? "half made"
						      : "not there");
}

/* no such command, so not ours: nothing is done */
static const Believed not_ours[] = {
	{"openat2", SCENE_ROOTFS, {ENOENT, ELOOP, ENOTDIR}, true},
	{"openat2", SCENE_ROOTFS "/sbin/init", {ENOENT, ELOOP, ENOTDIR}, true},
};

/* all else is done, or what systemd needs of it */
static const Believed left_out[] = {
	/* the one in /usr/lib stands in for it (os-release(5)) */
	{"openat", "/etc/os-release", {ENOENT}, true},
	/* the host keeps no persistent journal, or does no more: its choice, but for --strict */
	{"openat", SCENE_JOURNAL, {ENOENT}, false},
	{"mkdirat", NEW_JOURNAL, {ENOENT}, false},
	/* a mount of the user's has the name on the new /run/host, and stays */
	{"openat", "/container-manager", {EEXIST}, true},
	{"openat", "/container-uuid", {EEXIST}, true},
	{"openat", "/machine-id", {EEXIST}, true},
	{"openat", "/os-release", {EEXIST}, true},
	/* the image has its own, which stays */
	{"openat", SCENE_ROOTFS JOURNALD_DROP_IN, {EEXIST}, true},
	{"symlinkat", SCENE_ROOTFS COMMIT_MASK, {EEXIST}, true},
	/* a file that the kernel's list has and this cgroup has not */
	{"newfstatat", "/sys/fs/cgroup/oci-hooks-test.*/*.*", {ENOENT}, true},
	/* a kernel without user namespaces */
	{"newfstatat", "/proc/self/ns/user", {ENOENT}, true},
	/* no such directory, so nothing in it to be kept */
	{"openat2", SCENE_ROOTFS "/run", {ENOENT}, true},
	{"openat2", SCENE_ROOTFS "/run/lock", {ENOENT}, true},
	{"openat2", SCENE_ROOTFS "/run/host", {ENOENT}, true},
	/* config.json's mount is not there, so there is none of the engine's to change */
	{"openat2", SCENE_ROOTFS "/tmp", {ENOENT, ELOOP, ENOTDIR}, true},
	/* the file system has no attributes; one has gone since it was listed */
	{"flistxattr", SCENE_ROOTFS "/run/*", {ENOTSUP}, true},
	{"fgetxattr", SCENE_ROOTFS "/run/*", {ENODATA}, true},
	/* the image is read-only: the place is made in a tmpfs on the directory above */
	{"mkdirat", SCENE_ROOTFS OWN_JOURNAL, {EROFS}, true},
};

static void check_success(Walk *walk, const Case *c)
{
	Subject *subject = walk->subject;
	cleanup_free char *container = snapshot_container(&subject->scene, SNAPSHOT_COMPARED);
	char difference[8192];
	size_t n;

	if (!subject->whole)
		subject->whole = strdup(container);
	check_journal(walk, c, container);
	if (c->outcome.messages[0]) {
		walk->tally.warned++;
		if (c->is_strict && strstr(c->outcome.messages, "Failed"))
			walk_complain(walk, c, "a failure is tolerated");
		/* not ours, for all that it may see */
		if (c->outcome.error == EACCES &&
		    strstr(c->outcome.messages, "ignoring the container"))
			check_unchanged(walk, c);
		else
			check_part(walk, c, container);
		return;
	}
	n = snapshot_difference(subject->whole, container, difference, sizeof(difference));
	walk->tally.whole += n == 0;
	walk->tally.believed += n > 0;
	if (n == 0)
		return;
	if (walk_is_believed(c, not_ours, ELEMENTSOF(not_ours)))
		check_unchanged(walk, c);
	else if (walk_is_believed(c, left_out, ELEMENTSOF(left_out)))
		check_part(walk, c, container);
	else
		walk_complain(walk, c, "silent, and not whole: %s", difference);
}

static void check(Walk *walk, const Case *c)
{
	int code = walk_check_end(walk, c);

	if (code > 0)
		check_unchanged(walk, c);
	if (code == 0)
		check_success(walk, c);
}
