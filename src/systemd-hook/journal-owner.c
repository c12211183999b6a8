/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user who owns a journal directory: the container's root. A container may start again with
 * another user mapping (podman --userns=auto does that), and then could not write what it wrote.
 */
#include "journal-owner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "log.h"

#define ENTRIES_MAX 10000

/*
 * give_file() - give a journal file to another user
 *
 * Only a regular file with one name, and only from the former root: the container may have put
 * anything else there. A device would be dangerous in the hands of a user of the host. chown(2) takes
 * set-user-ID and capabilities away.
 */
static int give_file(int dir_fd, const char *name, uid_t from, uid_t to)
{
	cleanup_close int fd = -1;
	struct stat st;

	fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != from)
		return 0;
	return fchownat(fd, "", to, (gid_t) -1, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int give(int fd, uid_t from, uid_t to)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	r = fd_open_dir(fd, &dir);
	for (int i = 0; r >= 0 && i < ENTRIES_MAX; i++) {
		r = dir_next(dir, &entry);
		if (r <= 0)
			break;
		r = give_file(fd, entry->d_name, from, to);
	}
	if (r < 0)
		return r;
	return fchown(fd, to, (gid_t) -1) < 0 ? -errno : 0;
}

/**
 * journal_owner_adapt() - give a directory and its files to the container's root of today
 * @fd: the directory, which is the container's by its mark
 * @id: its name
 * @root: the container's root
 *
 * Says what to do if that fails; journald in the container then keeps its journal in /run.
 */
void journal_owner_adapt(int fd, const char *id, const ContainerRoot *root)
{
	uid_t uid = root->is_other ? root->uid : 0;
	struct stat st;
	int r;

	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (r >= 0 && st.st_uid != uid)
		r = give(fd, st.st_uid, uid);
	if (r < 0)
		(void) log_warning_errno(
			r,
			"The journal directory belongs to another user than the "
			"container's root, so nothing may come into it (chown -R %u "
			"/var/log/journal/%s helps): %m",
			uid, id);
}
