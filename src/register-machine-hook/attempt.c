/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another call for the same start of the container came to, a moment ago.
 *
 * Two JSON files may match one container, so that an engine calls us twice in a row. The second
 * call must not wait again for a machined that hangs, nor warn again. The note for it is an
 * extended attribute on the container's own cgroup: the kernel drops it with the cgroup, no file is
 * left on the host, and the container can neither see nor make one (trusted.* needs CAP_SYS_ADMIN
 * in the initial user namespace). Where it cannot be written, both calls wait, each for its time.
 */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>

#include "cleanup.h"
#include "fs-util.h"
#include "log.h"

#define ATTRIBUTE "trusted.oci_register_machine"
#define CGROUP_DIR "/sys/fs/cgroup"
/* an engine makes its calls one after the other; a later one is a new try */
#define VALID_SEC 10

static const char *const words[] = {
	[ATTEMPT_REGISTERED] = "registered",
	[ATTEMPT_FAILED] = "failed",
};

static int64_t now(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

static int open_cgroup(const Unit *unit)
{
	cleanup_close int mount_fd = -1, root_fd = -1;
	const char *hierarchy = ".";

	if (unit->verdict != UNIT_OWN)
		return -ENOENT;

	mount_fd = open(CGROUP_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mount_fd < 0)
		return -errno;
	if (!unit->is_unified)
		hierarchy = "systemd";
	else if (fd_is_fs_type(mount_fd, CGROUP2_SUPER_MAGIC) <= 0)
		hierarchy = "unified";
	root_fd = openat(mount_fd, hierarchy, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	return open_in_root(root_fd, unit->cgroup, O_RDONLY | O_DIRECTORY);
}

/**
 * attempt_read() - see what another call came to
 * @unit: the container's unit
 * @leader: its process
 */
AttemptResult attempt_read(const Unit *unit, pid_t leader)
{
	char text[64] = "", word[16];
	cleanup_close int fd = -1;
	int64_t when;
	int pid;

	fd = open_cgroup(unit);
	if (fd < 0 || fgetxattr(fd, ATTRIBUTE, text, sizeof(text) - 1) < 0)
		return ATTEMPT_NONE;
	if (sscanf(text, "%d %" SCNd64 " %15s", &pid, &when, word) != 3 || pid != leader ||
	    when > now() || now() - when > VALID_SEC)
		return ATTEMPT_NONE;

	for (size_t i = ATTEMPT_REGISTERED; i < ELEMENTSOF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (AttemptResult) i;
	return ATTEMPT_NONE;
}

/**
 * attempt_write() - tell another call what this one came to
 * @unit: the container's unit
 * @leader: its process
 * @result: ATTEMPT_REGISTERED or ATTEMPT_FAILED
 */
void attempt_write(const Unit *unit, pid_t leader, AttemptResult result)
{
	cleanup_close int fd = -1;
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "%d %" PRId64 " %s", leader, now(), words[result]);
	fd = open_cgroup(unit);
	if (fd < 0 || fsetxattr(fd, ATTRIBUTE, text, (size_t) n, 0) < 0)
		log_debug_errno(fd < 0 ? fd : errno, "Cannot leave a note for the next call: %m");
}
