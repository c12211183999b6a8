/* SPDX-License-Identifier: Apache-2.0 */
/* Renames that never replace anything, also on file systems that know no flags of renameat2(2). */
#include "rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* check_and_rename() - only an empty directory that is made in between could be replaced */
static int check_and_rename(int old_dir_fd, const char *old_name, int new_dir_fd,
			    const char *new_name)
{
	struct stat st;

	if (fstatat(new_dir_fd, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return renameat(old_dir_fd, old_name, new_dir_fd, new_name) < 0 ? -errno : 0;
}

/**
 * rename_no_replace() - rename a directory to a name that nothing has
 * @old_dir_fd: where it is
 * @old_name: its name there
 * @new_dir_fd: where to
 * @new_name: its name there
 *
 * NFS, ZFS before 2.2 and others refuse RENAME_NOREPLACE with EINVAL. For them it is a look and a
 * plain rename, which replaces no directory that has something in it.
 *
 * Return: 0, -EEXIST if something has the name, or another negative errno.
 */
int rename_no_replace(int old_dir_fd, const char *old_name, int new_dir_fd, const char *new_name)
{
	if (renameat2(old_dir_fd, old_name, new_dir_fd, new_name, RENAME_NOREPLACE) >= 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	return check_and_rename(old_dir_fd, old_name, new_dir_fd, new_name);
}
