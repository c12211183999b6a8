/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in the container: found and made below the root's descriptor, mounted on by descriptor.
 *
 * Whatever is made, is made on the container's root file system, on a tmpfs of its engine, or on a
 * mount of ours; never in a volume of the user. Whatever is made or mounted is recorded, to be
 * taken back on failure.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs-util.h"
#include "mount-attributes.h"
#include "observe.h"
#include "propagation.h"

/**
 * target_may_make() - whether something may be made in a directory, or mounted on it
 *
 * Not on a volume: what is made there is made on the host, and so is a mount if the volume is
 * shared.
 *
 * Return: 0, -EXDEV if it is on a volume, or another negative errno.
 */
int target_may_make(const Apply *apply, int dir_fd)
{
	uint64_t id;
	int r;

	r = fd_get_mount(dir_fd, &id, NULL);
	if (r < 0)
		return r;
	if (undo_has_mount(&apply->undo, id))
		return 0;

	return mount_owners_find(&apply->observation->owners, id) == MOUNT_OTHER ? -EXDEV : 0;
}

static int make_directory(Apply *apply, int parent_fd, const char *name)
{
	int r, fd;

	/* what is there all the same is a link that leads nowhere */
	if (mkdirat(parent_fd, name, 0755) < 0)
		return errno == EEXIST ? -ENOTDIR : -errno;
	r = undo_add_made(&apply->undo, parent_fd, name, /* is_directory= */ true);
	if (r < 0)
		return r;
	fd = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * target_open_directory() - open a directory of the container, and make what is missing of the path
 * to it
 * @apply: the set-up
 * @path: absolute path
 *
 * Return: an O_PATH descriptor, -EXDEV if it is or would be in a volume, -ENOTDIR if a component is
 * something else, or another negative errno.
 */
int target_open_directory(Apply *apply, const char *path)
{
	cleanup_free char *parent = NULL;
	cleanup_close int parent_fd = -1;
	const char *name;
	int fd, r;

	fd = open_in_root(apply->root_fd, path, O_PATH | O_DIRECTORY);
	if (fd >= 0) {
		r = target_may_make(apply, fd);
		if (r < 0) {
			(void) close(fd);
			return r;
		}
	}
	if (fd != -ENOENT)
		return fd;

	name = strrchr(path, '/');
	if (!name || !name[1])
		return -ENOENT;
	parent = strndup(path, name == path ? 1 : (size_t) (name - path));
	if (!parent)
		return -ENOMEM;
	parent_fd = target_open_directory(apply, parent);
	if (parent_fd < 0)
		return parent_fd;
	return make_directory(apply, parent_fd, name + 1);
}

/**
 * target_open_file() - open a regular file of the container, and make an empty one where there is
 * none
 * @apply: the set-up
 * @path: absolute path
 *
 * Return: an O_PATH descriptor, -EXDEV if it is on or would be made in a volume, -EINVAL if it is
 * no regular file, or another negative errno.
 */
int target_open_file(Apply *apply, const char *path)
{
	cleanup_free char *parent = NULL;
	cleanup_close int parent_fd = -1, fd = -1;
	const char *name = strrchr(path, '/') + 1;
	struct stat st;
	int r;

	fd = open_in_root(apply->root_fd, path, O_PATH);
	if (fd == -ENOENT) {
		parent = strndup(path, (size_t) (MAX(name - path, 2) - 1));
		if (!parent)
			return -ENOMEM;
		parent_fd = target_open_directory(apply, parent);
		if (parent_fd < 0)
			return parent_fd;
		fd = openat(parent_fd, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0444);
		if (fd < 0)
			return -errno;
		r = undo_add_made(&apply->undo, parent_fd, name, /* is_directory= */ false);
		if (r < 0)
			return r;
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	r = target_may_make(apply, fd);
	return r < 0 ? r : steal_fd(&fd);
}

/**
 * target_write_file() - make a small file in the container
 * @apply: the set-up
 * @directory: where; made if missing
 * @name: its name
 * @content: its text; NULL for a link to /dev/null, by which systemd masks a unit
 *
 * What is already there by that name stays.
 *
 * Return: 0, -EXDEV if it would be made in a volume, or another negative errno.
 */
int target_write_file(Apply *apply, const char *directory, const char *name, const char *content)
{
	cleanup_close int dir_fd = -1, fd = -1;
	int r;

	dir_fd = target_open_directory(apply, directory);
	if (dir_fd < 0)
		return dir_fd;
	if (!content)
		r = symlinkat("/dev/null", dir_fd, name) < 0 ? -errno : 0;
	else {
		fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0644);
		r = fd < 0 ? -errno : 0;
	}
	if (r == -EEXIST)
		return 0;
	if (r < 0)
		return r;
	r = undo_add_made(&apply->undo, dir_fd, name, /* is_directory= */ false);
	if (r < 0)
		return r;
	return content ? write_text(fd, content) : 0;
}

/*
 * check_private() - 0 if what is mounted on a place stays in the container, -ESHARED if it would
 * be mounted on the host, too, or another negative errno
 */
static int check_private(Apply *apply, int target_fd)
{
	uint64_t id, group;
	int r;

	r = fd_get_mount(target_fd, &id, NULL);
	if (r < 0)
		return r;
	if (id == apply->private_mount_id || undo_has_mount(&apply->undo, id))
		return 0;
	r = propagation_group(target_fd, apply->undo.proc_fd, &group);
	if (r >= 0)
		r = propagation_reaches(group, apply->host_mounts_fd);
	if (r != 0)
		return r < 0 ? r : -ESHARED;
	apply->private_mount_id = id;
	return 0;
}

/**
 * target_attach() - mount something at a place
 * @apply: the set-up
 * @mount_fd: a mount that is not attached; stays the caller's
 * @target_fd: where
 * @is_ours: whether things may be made in it later
 *
 * Not on the container's root, to which a link of the image may lead: all would be hidden. Not where
 * it would be mounted on the host, too.
 *
 * Return: 0, -ENOTDIR if the place is the root, -ESHARED, -ENOMEM, or
 * the negative errno of move_mount(2).
 */
int target_attach(Apply *apply, int mount_fd, int target_fd, bool is_ours)
{
	int fd, r;

	r = fd_is_same_file(apply->root_fd, target_fd);
	if (r != 0)
		return r < 0 ? r : -ENOTDIR;
	r = check_private(apply, target_fd);
	if (r < 0)
		return r;
	r = undo_reserve(&apply->undo);
	if (r < 0)
		return r;
	fd = fcntl(mount_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (move_mount(mount_fd, "", target_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) {
		r = -errno;
		(void) close(fd);
		return r;
	}
	undo_add_mount(&apply->undo, fd, is_ours);
	return 0;
}

/**
 * target_move() - move a mount to another place
 * @apply: the set-up
 * @mount_fd: its root; stays the caller's
 * @target_fd: where to, in a mount of ours
 * @back_fd: a directory above the place where it is
 * @path: that place, relative to @back_fd
 *
 * Return: 0, -EINVAL if it is locked or what it is mounted on is shared, -ENOMEM, or another
 * negative errno of move_mount(2).
 */
int target_move(Apply *apply, int mount_fd, int target_fd, int back_fd, const char *path)
{
	int r;

	r = undo_reserve(&apply->undo);
	if (r < 0)
		return r;
	r = undo_add_moved(&apply->undo, mount_fd, back_fd, path);
	if (r < 0)
		return r;
	if (move_mount(mount_fd, "", target_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) {
		r = -errno;
		undo_forget(&apply->undo);
	}
	return r;
}

/**
 * target_clone() - make a mount of something that is mounted already
 * @dir_fd: directory
 * @path: path below it, or "" for @dir_fd itself
 * @set: MOUNT_ATTR_… to set
 * @clear: MOUNT_ATTR_… to clear
 *
 * Private: what the container mounts below it must not appear on the host.
 *
 * Return: a descriptor of the mount, not attached, or a negative errno.
 */
int target_clone(int dir_fd, const char *path, uint64_t set, uint64_t clear)
{
	cleanup_close int fd = -1;
	int r;

	fd = open_tree(dir_fd, path,
		       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
	if (fd < 0)
		return -errno;
	r = mount_attributes_change_new(fd, set, clear);
	return r < 0 ? r : steal_fd(&fd);
}

/**
 * target_change_attributes() - change attributes of a mount of the container's, to be taken back on
 * failure
 * @apply: the set-up
 * @fd: the directory that is its root; stays the caller's
 * @set: MOUNT_ATTR_… to set, none of which it has
 * @clear: MOUNT_ATTR_… to clear, all of which it has
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int target_change_attributes(Apply *apply, int fd, uint64_t set, uint64_t clear)
{
	cleanup_close int undo_fd = -1;
	int r;

	r = undo_reserve(&apply->undo);
	if (r < 0)
		return r;
	undo_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (undo_fd < 0)
		return -errno;
	r = mount_attributes_change(fd, set, clear);
	if (r < 0)
		return r;
	undo_add_attributes(&apply->undo, steal_fd(&undo_fd), set, clear);
	return 0;
}
