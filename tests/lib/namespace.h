/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount namespace for one test, as root or in a user namespace of our own. Include it after
 * input.h.
 */
#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <sched.h>
#include <sys/mount.h>

#include "tap.h"

static void namespace_write(const char *path, const char *text)
{
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	ASSERT_EQ(write(fd, text, strlen(text)), strlen(text));
	ASSERT_SYS(close(fd));
}

/*
 * Descriptors of before are still of the old namespace and cannot be mounted on: the working
 * directory is opened again.
 */
__attribute__((unused)) static void namespace_enter(const char *working_directory)
{
	char uids[32], gids[32];

	(void) snprintf(uids, sizeof(uids), "0 %u 1", geteuid());
	(void) snprintf(gids, sizeof(gids), "0 %u 1", getegid());
	if (unshare(CLONE_NEWNS) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			tap_skip("kernel: no mount namespace for this user");
		namespace_write("/proc/self/uid_map", uids);
		namespace_write("/proc/self/setgroups", "deny");
		namespace_write("/proc/self/gid_map", gids);
	}
	ASSERT_SYS(mount("none", "/", "none", MS_REC | MS_PRIVATE, ""));
	ASSERT_SYS(chdir(working_directory));
}

/* So that messages of the code under test do not stand in this machine's journal. */
__attribute__((unused)) static void namespace_hide_journal(void)
{
	namespace_enter("/");
	ASSERT_SYS(mount("tmpfs", "/run", "tmpfs", 0, "size=64k"));
}

#endif
