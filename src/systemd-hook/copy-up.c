/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image's content of a directory, brought into the tmpfs that is to cover it.
 *
 * Links are copied, not followed; sockets, FIFOs and devices are left out. A mount met on the way
 * is not entered: it is kept, to be put into the copy. What the image holds is bounded, as it is
 * the image that decides how much memory and time this takes.
 */
#include "copy-up.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "macro.h"

#define DEPTH_MAX 64
#define XATTR_SIZE_MAX 65536

/* One directory on the way down. */
typedef struct Level {
	int source_fd;
	int dest_fd; /* -1 where nothing is copied */
	uint64_t mount_id;
	const char *path; /* relative, "" at the top */
	unsigned int depth;
} Level;

static int copy_directory(CopyUp *copy, const Level *level);

/** copy_up_done() - release what a copy holds */
void copy_up_done(CopyUp *copy)
{
	kept_mounts_done(&copy->kept);
	hard_links_done(&copy->hard_links);
	free(copy->stopped_at);
	*copy = (CopyUp){.kept = KEPT_MOUNTS_NULL};
}

static int stop(CopyUp *copy, const char *path, int error)
{
	if (!copy->stopped_at) {
		copy->stopped_at = strdup(path);
		copy->stopped_by = error;
	}
	return copy->stopped_at ? error : -ENOMEM;
}

/* tmpfs has them since Linux 6.6 only. */
static bool xattr_is_users(const char *name)
{
	return strncmp(name, "user.", strlen("user.")) == 0;
}

/* Extended attributes that mean the same in the copy. */
static bool xattr_is_wanted(const char *name)
{
	static const char *const prefixes[] = {"security.capability", "system.posix_acl_"};

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return xattr_is_users(name);
}

static int copy_xattrs(int source_fd, int dest_fd)
{
	char names[XATTR_LIST_MAX];
	ssize_t size;

	size = flistxattr(source_fd, names, sizeof(names));
	if (size < 0)
		return errno == ENOTSUP ? 0 : -errno;

	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		cleanup_free char *value = NULL;
		ssize_t length;

		if (!xattr_is_wanted(name))
			continue;
		length = fgetxattr(source_fd, name, NULL, 0);
		if (length < 0 && errno != ENODATA)
			return -errno;
		if (length < 0 || length > XATTR_SIZE_MAX)
			continue;
		value = malloc((size_t) length + 1);
		if (!value)
			return -ENOMEM;
		length = fgetxattr(source_fd, name, value, (size_t) length);
		if (length < 0)
			return -errno;
		if (fsetxattr(dest_fd, name, value, (size_t) length, 0) < 0 &&
		    !(errno == ENOTSUP && xattr_is_users(name)))
			return -errno;
	}
	return 0;
}

/* copy_attributes() - owner before mode, as chown(2) clears the setuid bits */
static int copy_attributes(int source_fd, int dest_fd, const struct statx *stx)
{
	const struct timespec times[2] = {
		{.tv_sec = stx->stx_atime.tv_sec, .tv_nsec = stx->stx_atime.tv_nsec},
		{.tv_sec = stx->stx_mtime.tv_sec, .tv_nsec = stx->stx_mtime.tv_nsec},
	};
	int r;

	if (fchown(dest_fd, stx->stx_uid, stx->stx_gid) < 0 ||
	    fchmod(dest_fd, stx->stx_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(source_fd, dest_fd);
	if (r < 0)
		return r;
	return futimens(dest_fd, times) < 0 ? -errno : 0;
}

static int copy_content(int source_fd, int dest_fd, uint64_t size)
{
	while (size > 0) {
		ssize_t n = sendfile(dest_fd, source_fd, NULL, MIN(size, (uint64_t) SSIZE_MAX));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size -= (uint64_t) n;
	}
	return 0;
}

/* link_file() - give a file that was copied already one more name */
static bool link_file(const CopyUp *copy, const Level *level, const char *name,
		      const struct statx *stx)
{
	const char *first = hard_links_find(&copy->hard_links, stx);

	return first && linkat(copy->kept.dest_fd, first, level->dest_fd, name, 0) == 0;
}

static int copy_file(CopyUp *copy, const Level *level, const char *name, const char *path,
		     const struct statx *stx)
{
	cleanup_close int source_fd = -1, dest_fd = -1;
	struct stat st;
	int r;

	if (stx->stx_nlink > 1 && link_file(copy, level, name, stx))
		return 0;
	if (stx->stx_size > COPY_UP_BYTES_MAX - copy->bytes)
		return -E2BIG;

	source_fd = openat(level->source_fd, name,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (source_fd < 0)
		return -errno;
	if (fstat(source_fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	dest_fd = openat(level->dest_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			 0600);
	if (dest_fd < 0)
		return -errno;

	r = copy_content(source_fd, dest_fd, stx->stx_size);
	if (r >= 0)
		r = copy_attributes(source_fd, dest_fd, stx);
	if (r < 0) {
		(void) unlinkat(level->dest_fd, name, 0);
		return r;
	}
	copy->bytes += stx->stx_size;
	return stx->stx_nlink > 1 && !hard_links_find(&copy->hard_links, stx)
		       ? hard_links_add(&copy->hard_links, stx, path)
		       : 0;
}

static int copy_link(CopyUp *copy, const Level *level, const char *name, const struct statx *stx)
{
	char target[PATH_MAX];
	ssize_t n;

	n = readlinkat(level->source_fd, name, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (symlinkat(target, level->dest_fd, name) < 0 ||
	    fchownat(level->dest_fd, name, stx->stx_uid, stx->stx_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	copy->bytes += (uint64_t) n;
	return 0;
}

static int copy_subdirectory(CopyUp *copy, const Level *level, const char *name, const char *path,
			     const struct statx *stx)
{
	cleanup_close int source_fd = -1, dest_fd = -1;
	Level below = {.mount_id = level->mount_id, .path = path, .depth = level->depth + 1};
	int r, attributes_r;

	source_fd = openat(level->source_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (source_fd < 0)
		return -errno;
	if (mkdirat(level->dest_fd, name, 0700) < 0)
		return -errno;
	dest_fd = openat(level->dest_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dest_fd < 0)
		return -errno;

	below.source_fd = source_fd;
	below.dest_fd = dest_fd;
	/* also where the copy ends early: a directory in it must not be root's alone */
	r = copy_directory(copy, &below);
	attributes_r = copy_attributes(source_fd, dest_fd, stx);
	return r < 0 ? r : attributes_r;
}

/* look_into() - go on into a directory that is not copied, for the mounts in it */
static int look_into(CopyUp *copy, const Level *level, const char *name, const char *path)
{
	cleanup_close int fd = -1;
	Level below = {.dest_fd = -1,
		       .mount_id = level->mount_id,
		       .path = path,
		       .depth = level->depth + 1};

	fd = openat(level->source_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	below.source_fd = fd;
	return copy_directory(copy, &below);
}

static bool is_skipped(const CopyUp *copy, const char *path)
{
	for (const char *const *skip = copy->skip; skip && *skip; skip++)
		if (strcmp(path, *skip) == 0)
			return true;
	return false;
}

static int copy_entry(CopyUp *copy, const Level *level, const char *name)
{
	cleanup_free char *path = NULL;
	struct statx stx;
	int r;

	if (asprintf(&path, "%s%s%s", level->path, *level->path ? "/" : "", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (statx(level->source_fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		  STATX_BASIC_STATS | STATX_MNT_ID, &stx) < 0)
		return stop(copy, path, -errno);
	/* as the C library answers where the kernel has no statx(2) */
	if (!(stx.stx_mask & STATX_MNT_ID))
		return stop(copy, path, -ENOSYS);

	if (stx.stx_mnt_id != level->mount_id) {
		r = kept_mounts_add(&copy->kept, level->source_fd, name, path,
				    S_ISDIR(stx.stx_mode));
		copy->lost_mount = r < 0;
		return r < 0 ? stop(copy, path, r) : 0;
	}
	if (copy->apart && strcmp(path, copy->apart) == 0)
		return 0;
	if (copy->entries >= COPY_UP_ENTRIES_MAX || level->depth > DEPTH_MAX)
		return stop(copy, path, -E2BIG);
	copy->entries++;

	if (level->dest_fd < 0 || is_skipped(copy, path))
		r = S_ISDIR(stx.stx_mode) ? look_into(copy, level, name, path) : 0;
	else if (S_ISDIR(stx.stx_mode))
		r = copy_subdirectory(copy, level, name, path, &stx);
	else if (S_ISREG(stx.stx_mode))
		r = copy_file(copy, level, name, path, &stx);
	else if (S_ISLNK(stx.stx_mode))
		r = copy_link(copy, level, name, &stx);
	else
		return 0;
	return r < 0 ? stop(copy, path, r) : 0;
}

static int copy_directory(CopyUp *copy, const Level *level)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	r = fd_open_dir(level->source_fd, &dir);
	if (r < 0)
		return r;

	while ((r = dir_next(dir, &entry)) > 0) {
		r = copy_entry(copy, level, entry->d_name);
		if (r < 0)
			return r;
	}
	return r;
}

/**
 * copy_up() - copy what is in a directory
 * @source_fd: the directory, O_PATH will do
 * @copy: where to, limits and result; release with copy_up_done()
 *
 * Where it ends early, @copy tells at which path and why; what was copied stays.
 *
 * Return: 0, -E2BIG at a limit (32 MiB, 10,000 entries, 64 levels), or another negative errno.
 */
int copy_up(int source_fd, CopyUp *copy)
{
	Level top = {.source_fd = source_fd,
		     .dest_fd = copy->mounts_only ? -1 : copy->kept.dest_fd,
		     .path = ""};
	int r;

	r = fd_get_mount(source_fd, &top.mount_id, NULL);
	if (r < 0)
		return stop(copy, ".", r);
	r = copy_directory(copy, &top);
	return r < 0 ? stop(copy, ".", r) : 0;
}
