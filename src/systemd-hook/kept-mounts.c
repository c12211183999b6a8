/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's mounts below a directory that gets a tmpfs: a place is made for each in the tmpfs, and
 * when that is mounted the mount is moved there, with all that is mounted below it.
 *
 * Moved, not cloned: a runtime may still change its mount after the hooks, by a descriptor. crun
 * sets `ro`, and the options given beside it, only then. A clone would stay writable for ever.
 */
#include "kept-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "fs-util.h"
#include "path-util.h"
#include "target.h"

/** kept_mounts_done() - release what is kept; what was put back stays mounted */
void kept_mounts_done(KeptMounts *kept)
{
	for (size_t i = 0; i < kept->n_mounts; i++) {
		(void) close_fd(kept->mounts[i].fd);
		free(kept->mounts[i].path);
	}
	free(kept->mounts);
	(void) close_fd(kept->source_fd);
	*kept = (KeptMounts) KEPT_MOUNTS_NULL;
}

static int make_directory(int dir_fd, const char *name)
{
	return mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_file(int dir_fd, const char *name)
{
	cleanup_close int fd = -1;

	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 && errno != EEXIST ? -errno : 0;
}

/* make_place() - make a place to mount on in the tmpfs, with the directories above it */
static int make_place(const KeptMounts *kept, const char *path, bool is_directory)
{
	cleanup_free char *copy = strdup(path);
	cleanup_close int dir_fd = -1;
	char *name = copy, *slash;
	int r;

	if (!copy)
		return -ENOMEM;
	dir_fd = fcntl(kept->dest_fd, F_DUPFD_CLOEXEC, 0);
	if (dir_fd < 0)
		return -errno;

	while ((slash = strchr(name, '/'))) {
		int fd;

		*slash = '\0';
		r = make_directory(dir_fd, name);
		if (r < 0)
			return r;
		fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		(void) close(dir_fd);
		dir_fd = fd;
		name = slash + 1;
	}
	return is_directory ? make_directory(dir_fd, name) : make_file(dir_fd, name);
}

/**
 * kept_mounts_add() - keep a mount, and make the place for it
 * @dir_fd: a directory
 * @name: the mount's name there; "" if @dir_fd is the mount itself
 * @path: its path relative to the directory that is to be covered
 * @is_directory: what it is
 *
 * Return: 0, -ENOMEM, the negative errno of openat(2), or one of making the place.
 */
int kept_mounts_add(KeptMounts *kept, int dir_fd, const char *name, const char *path,
		    bool is_directory)
{
	KeptMount *bigger, mount;
	int r;

	r = make_place(kept, path, is_directory);
	if (r < 0)
		return r;
	bigger = reallocarray(kept->mounts, kept->n_mounts + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	kept->mounts = bigger;

	mount.path = strdup(path);
	if (!mount.path)
		return -ENOMEM;
	mount.fd = *name ? openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)
			 : fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	if (mount.fd < 0) {
		r = -errno;
		free(mount.path);
		return r;
	}
	kept->mounts[kept->n_mounts++] = mount;
	return 0;
}

static bool is_kept(const KeptMounts *kept, const char *path)
{
	for (size_t i = 0; i < kept->n_mounts; i++)
		if (path_below(path, kept->mounts[i].path))
			return true;
	return false;
}

static int add_configured(KeptMounts *kept, const OciMount *mount, int root_fd, const char *source)
{
	cleanup_close int fd = -1;
	cleanup_free char *path = NULL;
	const char *below;
	struct stat st;
	bool is_mount;
	int r;

	fd = open_in_root(root_fd, mount->path, O_PATH);
	if (fd < 0) /* hidden by another mount, if it is not there */
		return look_up_failed(fd) ? fd : 0;
	r = fd_get_mount(fd, NULL, &is_mount);
	if (r < 0 || !is_mount)
		return r;
	/* where it really is, as links of the image may be on the way to it */
	r = fd_get_path(fd, &path);
	if (r < 0)
		return r;
	below = path_below(path, source);
	if (!below || !*below || is_kept(kept, below))
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	return kept_mounts_add(kept, fd, "", below, S_ISDIR(st.st_mode));
}

/**
 * kept_mounts_add_configured() - keep the mounts of config.json below the directory that is to be
 * covered
 *
 * For when a walk through it ended early: it may not have come to them.
 *
 * Return: 0, or a negative errno.
 */
int kept_mounts_add_configured(KeptMounts *kept, const OciConfig *config, int root_fd)
{
	cleanup_free char *source = NULL;
	int r;

	r = fd_get_path(kept->source_fd, &source);
	for (size_t i = 0; i < config->n_mounts && r >= 0; i++)
		r = add_configured(kept, &config->mounts[i], root_fd, source);
	return r;
}

/*
 * attach_clone() - mount a clone where a mount cannot be moved: it is locked, as mounts are that a
 * user namespace did not make (mount_namespaces(7))
 *
 * No runtime changes such a mount any more. One of config.json is never replaced by a clone.
 */
static int attach_clone(Apply *apply, int mount_fd, int target_fd)
{
	cleanup_close int clone_fd = -1;
	uint64_t id;
	int r;

	r = fd_get_mount(mount_fd, &id, NULL);
	if (r < 0)
		return r;
	if (mount_owners_know(&apply->observation->owners, id))
		return -EINVAL;
	clone_fd = open_tree(mount_fd, "",
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	if (clone_fd < 0)
		return -errno;
	return target_attach(apply, clone_fd, target_fd, /* is_ours= */ false);
}

/**
 * kept_mounts_move() - move what was kept into the tmpfs, now that it is mounted itself
 *
 * Return: 0, or a negative errno.
 */
int kept_mounts_move(const KeptMounts *kept, Apply *apply)
{
	for (size_t i = 0; i < kept->n_mounts; i++) {
		const KeptMount *mount = &kept->mounts[i];
		cleanup_close int fd = -1;
		int r;

		fd = open_in_root(kept->dest_fd, mount->path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		r = target_move(apply, mount->fd, fd, kept->source_fd, mount->path);
		if (r == -EINVAL)
			r = attach_clone(apply, mount->fd, fd);
		if (r < 0)
			return r;
	}
	return 0;
}
