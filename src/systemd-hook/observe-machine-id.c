/* SPDX-License-Identifier: Apache-2.0 */
/* What the container's /etc/machine-id holds, and what PID 1 would make of it. */
#include "observe-machine-id.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs-util.h"
#include "paths.h"

#define MACHINE_ID_SIZE_MAX 64
#define LINKS_MAX 40 /* as the kernel follows */

/**
 * machine_id_state() - what a container's /etc/machine-id holds
 * @text: its content, with a NUL behind it
 * @size: its length without that
 * @ret: the id, if it is valid
 */
MachineIdState machine_id_state(const char *text, size_t size, MachineId *ret)
{
	if (size == 0)
		return MACHINE_ID_EMPTY;
	if (strlen(text) != size)
		return MACHINE_ID_INVALID;
	if (strcmp(text, "uninitialized\n") == 0 || strcmp(text, "uninitialized") == 0)
		return MACHINE_ID_UNINITIALIZED;
	return machine_id_parse(text, ret) < 0 ? MACHINE_ID_INVALID : MACHINE_ID_VALID;
}

/*
 * read_id() - read a file of the container that may hold an id
 *
 * A file that cannot be read holds no id that the container could use. Where it is not the file's
 * fault, nothing is known.
 */
static int read_id(int path_fd, MachineIdState *ret_state, MachineId *ret)
{
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	size_t size;
	int r;

	*ret_state = MACHINE_ID_INVALID;
	fd = fd_open_regular(path_fd);
	r = fd < 0 ? fd : read_limited(fd, MACHINE_ID_SIZE_MAX, &text, &size);
	if (r < 0)
		return file_is_at_fault(r) ? 0 : r;
	*ret_state = machine_id_state(text, size, ret);
	return 0;
}

static int read_machine_id(int root_fd, Observation *seen)
{
	cleanup_close int fd = -1;
	struct stat st;

	fd = open_in_root(root_fd, PATH_MACHINE_ID, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	seen->machine_id_is_writable = !seen->root.is_other || st.st_uid == seen->root.uid;
	return read_id(fd, &seen->machine_id_state, &seen->machine_id);
}

/*
 * follow() - replace a path by where it leads, if it is a link
 *
 * What is read is only a path: it is looked up below the root like any other.
 */
static int follow(int root_fd, char *path, size_t size)
{
	cleanup_close int fd = -1;
	char target[PATH_MAX];
	size_t length;
	ssize_t n;

	fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		/* Linux says ENOENT of what is no link */
		return errno == ENOENT || errno == EINVAL ? 0 : -errno;
	/* relative to the directory of the link */
	length = *target == '/' ? 0 : (size_t) (strrchr(path, '/') + 1 - path);
	if (length + (size_t) n >= size)
		return -ENAMETOOLONG;
	memcpy(path + length, target, (size_t) n);
	path[length + (size_t) n] = '\0';
	/* a directory's name */
	return path[length + (size_t) n - 1] == '/' ? -EISDIR : 1;
}

/**
 * machine_id_path() - where a link at /etc/machine-id leads, or would lead if the file were made
 * @root_fd: the container's root file system
 * @ret: an absolute path in the container; its last part is no link
 * @size: space for it
 *
 * Return: 0, -ELOOP, -ENAMETOOLONG, -EISDIR, or another negative errno.
 */
int machine_id_path(int root_fd, char *ret, size_t size)
{
	int r = 1;

	(void) snprintf(ret, size, "%s", PATH_MACHINE_ID);
	for (int links = 0; r > 0; links++)
		r = links < LINKS_MAX ? follow(root_fd, ret, size) : -ELOOP;
	return r;
}

/* open_nearest() - open the directory above a path that is there, however far up */
static int open_nearest(int root_fd, const char *path)
{
	char parent[PATH_MAX];
	int fd;

	(void) snprintf(parent, sizeof(parent), "%s", path);
	do {
		char *slash = strrchr(parent, '/');

		slash[slash == parent] = '\0';
		fd = open_in_root(root_fd, parent, O_PATH | O_DIRECTORY);
	} while (fd == -ENOENT && parent[1]);
	return fd;
}

/* look_behind_link() - see whether the file could be made where a link leads nowhere */
static int look_behind_link(int root_fd, Observation *seen)
{
	cleanup_close int fd = -1;
	char path[PATH_MAX];
	int r;

	r = machine_id_path(root_fd, path, sizeof(path));
	if (r < 0)
		return r == -EISDIR || !look_up_failed(r) ? 0 : r;
	/* no file can be made there, and it is nobody's volume */
	fd = open_nearest(root_fd, path);
	r = fd < 0 ? fd : fd_is_fs_type(fd, PROC_SUPER_MAGIC);
	if (r != 0)
		return look_up_failed(r) ? r : 0;
	return observe_place(&seen->owners, root_fd, path, &seen->etc_machine_id);
}

/* has_dbus_id() - whether PID 1 takes an id from D-Bus's file: not from a link, and before ours */
static int has_dbus_id(int root_fd)
{
	cleanup_close int fd = -1;
	MachineIdState state;
	MachineId id;
	int r;

	fd = open_in_root(root_fd, PATH_DBUS_MACHINE_ID, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return look_up_failed(fd) ? fd : 0;
	r = read_id(fd, &state, &id);
	return r < 0 ? r : state == MACHINE_ID_VALID;
}

/* is_there() - whether there is anything by that name, a link that leads nowhere included */
static int is_there(int root_fd, const char *path)
{
	cleanup_close int fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);

	if (fd >= 0)
		return 1;
	return look_up_failed(fd) ? fd : 0;
}

/**
 * observe_machine_id() - look at what the plan for /etc/machine-id depends on
 * @root_fd: the container's root file system
 * @seen: what was seen of the container's root and of the places; gets the rest
 *
 * Return: 0, or a negative errno.
 */
int observe_machine_id(int root_fd, Observation *seen)
{
	const Place *file = &seen->etc_machine_id;
	int r = 0;

	seen->machine_id_is_writable = !seen->root.is_other;
	if (file->kind == PATH_OTHER)
		r = look_behind_link(root_fd, seen);
	else if (file->kind == PATH_FILE)
		r = read_machine_id(root_fd, seen);
	if (r >= 0 && file->is_mount) {
		r = is_there(root_fd, PATH_COMMIT_MASK);
		seen->commit_is_masked = r > 0;
	}
	if (r >= 0 && seen->machine_id_state != MACHINE_ID_VALID && file->owner != MOUNT_ROOTFS) {
		r = has_dbus_id(root_fd);
		seen->has_dbus_id = r > 0;
	}
	return MIN(r, 0);
}
