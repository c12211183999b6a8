/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup, on a host with cgroup v2.
 *
 * The cgroup2 file system is never mounted here, only mounts of it cloned: mounted from the initial
 * cgroup namespace it shows the host's root, and such a mount(2) clears nsdelegate for the whole
 * machine.
 */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cgroup-v1.h"
#include "fs-util.h"
#include "label.h"
#include "log.h"
#include "paths.h"
#include "target.h"

#define CGROUP_FILE_SIZE_MAX 65536

/**
 * cgroup_path_from_text() - find the path of the cgroup v2 in /proc/PID/cgroup
 * @text: content of the file (cgroups(7))
 * @ret: the path, absolute; to be freed
 *
 * Return: 0, -ENOENT if there is no such line or the path leads out of our cgroup namespace, or
 * -ENOMEM.
 */
int cgroup_path_from_text(const char *text, char **ret)
{
	static const char prefix[] = "0::/";

	for (const char *line = text; *line;
	     line = line + strcspn(line, "\n") + (strchr(line, '\n') ? 1 : 0)) {
		size_t length = strcspn(line, "\n");

		if (strncmp(line, prefix, sizeof(prefix) - 1) != 0)
			continue;
		line += sizeof(prefix) - 2;
		length -= sizeof(prefix) - 2;
		if (length >= 3 && strncmp(line, "/..", 3) == 0)
			return -ENOENT;
		*ret = strndup(line, length);
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

/**
 * cgroup_read() - read the cgroups of the container and ours
 * @process: its first process, already in its cgroup and namespace
 * @ret: its /proc/PID/cgroup; to be freed
 * @ret_own: ours; to be freed
 * @ret_is_private: whether the container has a cgroup namespace of its own
 *
 * Return: 0, or a negative errno.
 */
int cgroup_read(const ContainerProcess *process, char **ret, char **ret_own, bool *ret_is_private)
{
	cleanup_close int self_fd = -1;
	cleanup_free char *text = NULL, *own = NULL;
	struct stat container, self;
	int r;

	self_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (self_fd < 0)
		return -errno;
	r = read_file_at(process->proc_fd, "cgroup", CGROUP_FILE_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	r = read_file_at(self_fd, "cgroup", CGROUP_FILE_SIZE_MAX, &own, NULL);
	if (r < 0)
		return r;
	if (fstatat(process->proc_fd, "ns/cgroup", &container, 0) < 0 ||
	    fstatat(self_fd, "ns/cgroup", &self, 0) < 0)
		return -errno;

	*ret_is_private = container.st_ino != self.st_ino || container.st_dev != self.st_dev;
	*ret = steal_ptr(text);
	*ret_own = steal_ptr(own);
	return 0;
}

/**
 * cgroup_observe() - find the container's cgroup and whether it has a cgroup namespace
 * @process: its first process, already in its cgroup and namespace
 * @ret: gets cgroup_path, cgroup_is_private and cgroup_is_shared
 *
 * Return: 0, -ENOENT, or another negative errno.
 */
int cgroup_observe(const ContainerProcess *process, Observation *ret)
{
	cleanup_free char *text = NULL, *own_text = NULL, *own_path = NULL;
	int r;

	r = cgroup_read(process, &text, &own_text, &ret->cgroup_is_private);
	if (r < 0)
		return r;
	r = cgroup_path_from_text(text, &ret->cgroup_path);
	if (r < 0)
		return r;
	r = cgroup_path_from_text(own_text, &own_path);
	if (r < 0 && r != -ENOENT)
		return r;

	ret->cgroup_is_shared = (own_path && strcmp(own_path, ret->cgroup_path) == 0) ||
				strcmp(ret->cgroup_path, "/") == 0;
	return 0;
}

/**
 * cgroup_open_own() - open the container's cgroup directory on the host
 *
 * Return: an O_PATH descriptor, -EINVAL if it is not on a cgroup2 file system, or another negative
 * errno.
 */
int cgroup_open_own(const char *cgroup_path)
{
	cleanup_close int root_fd = -1, fd = -1;
	int r;

	root_fd = open(PATH_CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	fd = open_in_root(root_fd, cgroup_path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	r = fd_is_fs_type(fd, CGROUP2_SUPER_MAGIC);
	if (r <= 0)
		return r < 0 ? r : -EINVAL;
	return steal_fd(&fd);
}

/** cgroup_is_engines() - whether config.json has a cgroup mount at a path, not a volume */
bool cgroup_is_engines(const OciConfig *config, const char *path)
{
	const OciMount *mount = oci_config_mount_at(config, path);

	return mount && mount->type && !oci_mount_is_bind(mount) &&
	       (strcmp(mount->type, "cgroup") == 0 || strcmp(mount->type, "cgroup2") == 0);
}

/**
 * cgroup_open_target() - open the place of a cgroup mount
 *
 * On a file system of the kernel's, or the tmpfs that is a cgroup mount on v1: it is the engine's
 * doing; else as any other place.
 *
 * Return: an O_PATH descriptor, or the negative errno of target_open_directory().
 */
int cgroup_open_target(Apply *apply, const char *path)
{
	cleanup_close int fd = -1;

	fd = open_in_root(apply->root_fd, path, O_PATH | O_DIRECTORY);
	if (fd >= 0 &&
	    (cgroup_is_engines(apply->config, path) || fd_is_fs_type(fd, SYSFS_MAGIC) > 0 ||
	     fd_is_fs_type(fd, CGROUP2_SUPER_MAGIC) > 0 ||
	     fd_is_fs_type(fd, CGROUP_SUPER_MAGIC) > 0))
		return steal_fd(&fd);
	return target_open_directory(apply, path);
}

/**
 * cgroup_open_mounted() - open the root of what is mounted at a path
 * @apply: the set-up
 * @path: the path
 * @magic: f_type of statfs(2) that it must have
 *
 * Return: an O_PATH descriptor, -EINVAL if it is of another type, or another negative errno.
 */
int cgroup_open_mounted(const Apply *apply, const char *path, unsigned long magic)
{
	cleanup_close int fd = -1;
	int r;

	fd = open_in_root(apply->root_fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	r = fd_is_fs_type(fd, magic);
	if (r <= 0)
		return r < 0 ? r : -EINVAL;
	return steal_fd(&fd);
}

/**
 * cgroup_attach() - mount at the place of a step what was prepared for it
 *
 * Return: 0, or a negative errno.
 */
int cgroup_attach(Apply *apply, const PlanStep *step, int mount_fd)
{
	cleanup_close int fd = cgroup_open_target(apply, step->path);

	return fd < 0 ? fd : target_attach(apply, mount_fd, fd, /* is_ours= */ false);
}

/**
 * cgroup_mount_tree() - show the host's cgroup tree, read-only
 *
 * Return: 0, or a negative errno.
 */
int cgroup_mount_tree(Apply *apply, const PlanStep *step)
{
	if (step->hierarchy)
		return cgroup_v1_mount_tree(apply, step);
	return cgroup_attach(apply, step, apply->cgroup_tree_mount_fd);
}

/**
 * cgroup_mount_own() - mount the container's cgroup, writable
 *
 * Return: 0, or a negative errno.
 */
int cgroup_mount_own(Apply *apply, const PlanStep *step)
{
	return cgroup_attach(apply, step,
			     step->hierarchy ? cgroup_v1_own_mount(apply, step->hierarchy)
					     : apply->cgroup_own_mount_fd);
}

/**
 * cgroup_remount() - mount the engine's read-only cgroup mount once more on top of itself, writable
 *
 * On top, as crun makes its own read-only again after the hooks.
 *
 * Return: 0, or a negative errno.
 */
int cgroup_remount(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = -1, mount_fd = -1;

	fd = cgroup_open_mounted(apply, step->path, CGROUP2_SUPER_MAGIC);
	if (fd < 0)
		return fd;
	mount_fd = target_clone(fd, "", CGROUP_ATTRIBUTES, MOUNT_ATTR_RDONLY);
	return mount_fd < 0 ? mount_fd : target_attach(apply, mount_fd, fd, /* is_ours= */ false);
}

/*
 * is_delegated() - whether a file is one of those that the kernel lists in
 * /sys/kernel/cgroup/delegate
 */
static bool is_delegated(const char *delegate, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = delegate; *line;) {
		size_t n = strcspn(line, "\n");

		if (n == length && strncmp(line, name, n) == 0)
			return true;
		line += n;
		line += *line == '\n';
	}
	return false;
}

static int make_read_only(Apply *apply, int dir_fd, const char *name)
{
	cleanup_close int mount_fd = -1, fd = -1;

	mount_fd = target_clone(dir_fd, name, CGROUP_ATTRIBUTES | MOUNT_ATTR_RDONLY, 0);
	if (mount_fd < 0)
		return mount_fd;
	fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : target_attach(apply, mount_fd, fd, /* is_ours= */ false);
}

/**
 * cgroup_guard() - make all but the delegated files of the own cgroup read-only, each by a mount
 * over itself
 *
 * They hold the limits that the engine set; where nsdelegate does not guard them, the container's
 * root could raise them (`echo max > memory.max`).
 *
 * Return: 0, or a negative errno.
 */
int cgroup_guard(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = -1;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	fd = open_in_root(apply->root_fd, step->path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	r = fd_open_dir(fd, &dir);
	if (r < 0)
		return r;

	while ((r = dir_next(dir, &entry)) > 0) {
		if (entry->d_type != DT_REG || is_delegated(apply->cgroup_delegate, entry->d_name))
			continue;
		r = make_read_only(apply, fd, entry->d_name);
		if (r < 0)
			return log_debug_errno(r, "Failed to make %.64s read-only: %m",
					       entry->d_name);
	}
	return r;
}

static int give_entry(Apply *apply, int own_fd, const char *name, int open_flags)
{
	const ContainerRoot *root = &apply->observation->root;
	cleanup_close int fd = -1;
	struct stat st;
	int r;

	/* a cgroup file that this kernel lists and this cgroup has not, is none of our business */
	if (fstatat(own_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && strcmp(name, ".") != 0 ? 0 : -errno;
	if (st.st_uid != root->uid || st.st_gid != root->gid) {
		r = undo_add_owner(&apply->undo, own_fd, name, st.st_uid, st.st_gid);
		if (r < 0)
			return r;
		if (fchownat(own_fd, name, root->uid, root->gid, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
	if (!apply->label)
		return 0;
	fd = openat(own_fd, name, open_flags | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : label_file(fd, apply->label);
}

/**
 * cgroup_give_files() - give a cgroup and files of it to the container's root
 * @apply: the set-up
 * @own_fd: the container's cgroup, on the host
 * @list: names of files, with newlines between them
 *
 * Return: 0, or a negative errno.
 */
int cgroup_give_files(Apply *apply, int own_fd, const char *list)
{
	cleanup_free char *names = strdup(list);
	char *rest = names, *name;
	int r;

	if (!names)
		return -ENOMEM;
	r = give_entry(apply, own_fd, ".", O_RDONLY | O_DIRECTORY);
	while (r >= 0 && (name = strsep(&rest, "\n")))
		if (*name)
			r = give_entry(apply, own_fd, name, O_WRONLY);
	return r;
}

/**
 * cgroup_give() - give the own cgroup and its delegated files to the container's root (cgroups(7),
 * delegation)
 *
 * Return: 0, or a negative errno.
 */
int cgroup_give(Apply *apply, const PlanStep *step)
{
	if (step->hierarchy)
		return cgroup_v1_give(apply, step);
	return cgroup_give_files(apply, apply->observation->cgroup_own_fd, apply->cgroup_delegate);
}
