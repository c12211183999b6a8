/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal of what the container's root left in a directory: no link followed, no other file system
 * entered.
 */
#include "remove-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define DEPTH_MAX 128

static int remove_content(int dir_fd, dev_t device, unsigned int depth);

static int remove_entry(int dir_fd, const char *name, dev_t device, unsigned int depth)
{
	cleanup_close int fd = -1;
	struct stat st;
	int r;

	if (unlinkat(dir_fd, name, 0) >= 0)
		return 0;
	if (errno != EISDIR)
		return -errno;

	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != device)
		return -EXDEV;
	r = remove_content(fd, device, depth + 1);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_content(int dir_fd, dev_t device, unsigned int depth)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int fd, r;

	if (depth > DEPTH_MAX)
		return -E2BIG;
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void) close(fd);
		return -errno;
	}

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = remove_entry(dir_fd, entry->d_name, device, depth);
		if (r < 0)
			return r;
	}
}

/**
 * remove_tree() - remove all that is in a directory
 * @dir_fd: the directory, which itself stays
 *
 * Return: 0, -EXDEV at a mount, -E2BIG if it nests over 128 levels, or another negative errno.
 */
int remove_tree(int dir_fd)
{
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return -errno;
	return remove_content(dir_fd, st.st_dev, 0);
}
