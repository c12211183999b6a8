/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal of what the container's root left in a directory: no link followed, no mount
 * entered.
 */
#include "remove-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fs-util.h"
#include "rename.h"

#define DEPTH_MAX 128

/* How far a removal has come. */
typedef struct Removal {
	int top_fd;
	uint64_t mount_id;
	unsigned int n_raised;
	unsigned int n_left; /* entries that may still be removed */
} Removal;

static int remove_content(Removal *removal, int dir_fd, unsigned int depth);

/* raise_directory() - bring what nests too deep to the top, to be removed from there */
static int raise_directory(Removal *removal, int dir_fd, const char *name)
{
	char raised[sizeof("raised-4294967295")];
	int r;

	do {
		(void) snprintf(raised, sizeof(raised), "raised-%u", removal->n_raised++);
		r = rename_no_replace(dir_fd, name, removal->top_fd, raised);
	} while (r == -EEXIST);
	return r;
}

static int remove_entry(Removal *removal, int dir_fd, const char *name, unsigned int depth)
{
	cleanup_close int fd = -1;
	uint64_t mount_id;
	int r;

	if (unlinkat(dir_fd, name, 0) >= 0)
		return 0;
	if (errno != EISDIR)
		return -errno;

	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* a mount may be of the same file system */
	r = fd_get_mount(fd, &mount_id, NULL);
	if (r < 0)
		return r;
	if (mount_id != removal->mount_id)
		return -EXDEV;
	if (depth == DEPTH_MAX)
		return raise_directory(removal, dir_fd, name);
	r = remove_content(removal, fd, depth + 1);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_content(Removal *removal, int dir_fd, unsigned int depth)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	r = fd_open_dir(dir_fd, &dir);
	if (r < 0)
		return r;

	while ((r = dir_next(dir, &entry)) > 0) {
		if (removal->n_left-- == 0) {
			removal->n_left = 0;
			return -E2BIG;
		}
		r = remove_entry(removal, dir_fd, entry->d_name, depth);
		if (r < 0)
			return r;
	}
	return r;
}

/**
 * remove_tree() - remove all that is in a directory
 * @dir_fd: the directory, which itself stays
 * @max_entries: files and directories at most, 0 for any number
 *
 * However deep it nests: whoever filled it did not care about our descriptors.
 *
 * Return: 0, -EXDEV at a mount, -E2BIG if there are more than @max_entries, or another negative errno.
 */
int remove_tree(int dir_fd, unsigned int max_entries)
{
	Removal removal = {.top_fd = dir_fd, .n_left = max_entries ? max_entries : UINT_MAX};
	unsigned int n_raised;
	int r;

	r = fd_get_mount(dir_fd, &removal.mount_id, NULL);
	if (r < 0)
		return r;
	do {
		n_raised = removal.n_raised;
		r = remove_content(&removal, dir_fd, 0);
	} while (r >= 0 && removal.n_raised != n_raised);
	return r;
}
