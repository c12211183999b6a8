/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files by descriptor: bounded reads, look-ups that cannot leave a root, and which mount a
 * descriptor is on.
 */
#include "fs-util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"

#define READ_CHUNK 4096
#define OPEN_TRIES_MAX 10000 /* some 20 ms */

/* read_to_end() - read_limited() of what fstat(2) has told of */
static int read_to_end(int fd, const struct stat *st, size_t max_size, char **ret, size_t *ret_size)
{
	cleanup_free char *data = NULL;
	size_t size = 0, space = READ_CHUNK;

	/*
	 * A guess that saves reading a file in pieces; files of /proc say 0. One byte more to see
	 * the end.
	 */
	if (S_ISREG(st->st_mode) && st->st_size > 0)
		space = MIN((size_t) st->st_size, max_size) + 1;

	for (;;) {
		char *bigger;
		ssize_t n;

		bigger = realloc(data, size + space + 1);
		if (!bigger)
			return -ENOMEM;
		data = bigger;

		n = read(fd, data + size, space);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		size += (size_t) n;
		if (size > max_size)
			return -E2BIG;
		if (n == 0)
			break;
		space = MAX(space - (size_t) n, (size_t) READ_CHUNK);
	}

	data[size] = '\0';
	*ret = steal_ptr(data);
	*ret_size = size;
	return 0;
}

/**
 * read_limited() - read a descriptor to its end
 * @fd: what to read
 * @max_size: bytes at most
 * @ret: the content, with a NUL behind it; to be freed
 * @ret_size: its length without the NUL
 *
 * Return: 0, -E2BIG if there is more than @max_size, -ENOMEM, or the negative errno of fstat(2) or
 * read(2).
 */
int read_limited(int fd, size_t max_size, char **ret, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return read_to_end(fd, &st, max_size, ret, ret_size);
}

/**
 * fd_open_regular() - open a regular file (or one of procfs) for reading
 * @fd: the file, O_PATH; stays the caller's
 *
 * Looked at before it is opened: to open a device can do something, and a FIFO can wait. Its owner
 * may hold a lease on it (F_SETLEASE in fcntl(2)), for which open(2) would wait up to 45 seconds.
 *
 * Return: the descriptor, -EINVAL if it is not a regular file, -EWOULDBLOCK if somebody holds a
 * lease on it, or another negative errno of open(2).
 */
int fd_open_regular(int fd)
{
	char link[PROC_FD_PATH_MAX];
	struct stat st;
	int readable_fd;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;

	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	readable_fd = open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return readable_fd >= 0 ? readable_fd : -errno;
}

/**
 * open_regular_at() - open a regular file (or one of procfs) for reading, by a path of the host
 * @dir_fd: directory, or AT_FDCWD
 * @path: path below it
 *
 * Return: as fd_open_regular().
 */
int open_regular_at(int dir_fd, const char *path)
{
	cleanup_close int fd = -1;

	fd = openat(dir_fd, path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd_open_regular(fd);
}

/**
 * read_file_at() - read a whole regular file (or one of procfs) that only the host's root can make
 * @dir_fd: directory, or AT_FDCWD
 * @path: path below it
 * @max_size: bytes at most
 * @ret: the content, with a NUL behind it; to be freed
 * @ret_size: its length, may be NULL
 *
 * Opened at once: nobody puts a device there to have it opened.
 *
 * Return: 0, -E2BIG, -EINVAL if it is not a regular file, -ENOMEM, or a negative errno of open(2)
 * or read(2).
 */
int read_file_at(int dir_fd, const char *path, size_t max_size, char **ret, size_t *ret_size)
{
	cleanup_close int fd = -1;
	struct stat st;
	size_t size = 0;
	int r;

	fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;

	r = read_to_end(fd, &st, max_size, ret, &size);
	if (r >= 0 && ret_size)
		*ret_size = size;
	return r;
}

/**
 * write_text() - write a new file's whole text
 * @fd: the file
 * @text: what it is to hold
 *
 * Return: 0, -ENOSPC if only a part of it has room, or the negative errno of write(2).
 */
int write_text(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t n;

	n = write(fd, text, length);
	if (n < 0)
		return -errno;
	return (size_t) n == length ? 0 : -ENOSPC;
}

/**
 * open_in_root() - open a path as a process with that root would
 * @root_fd: the root, O_PATH will do
 * @path: the path, absolute or not; links in it, absolute ones too, stay inside the root
 * @flags: open(2) flags; O_CLOEXEC is added
 *
 * The one way by which something below a container's root is reached: openat2(2) with
 * RESOLVE_IN_ROOT, so that no link of the image leads out, and RESOLVE_NO_MAGICLINKS.
 *
 * Return: the descriptor, or a negative errno; never -EXDEV, which is of volumes here.
 */
int open_in_root(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t) (flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/*
	 * EAGAIN: a rename or mount anywhere on the machine got in the way of a `..`; EXDEV: what
	 * was found has just been moved out of the root. Whoever makes one after the other must not
	 * keep others from starting, nor us here for ever.
	 */
	for (int tries = 0; tries < OPEN_TRIES_MAX; tries++) {
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0)
			return (int) fd;
		if (errno != EAGAIN && errno != EINTR && errno != EXDEV)
			break;
	}
	return errno == EXDEV ? -EAGAIN : -errno;
}

/**
 * look_up_failed() - whether a look-up found out nothing
 * @r: what it returned
 *
 * Return: false if it succeeded, or if its error says that there is no such file.
 */
bool look_up_failed(int r)
{
	return r < 0 && r != -ENOENT && r != -ENOTDIR && r != -ELOOP && r != -ENAMETOOLONG;
}

/**
 * file_is_at_fault() - whether an error says something of the file that was to be read
 * @r: the negative errno of open_regular_at() or read_limited(), say
 *
 * A lease on it, too, is the doing of whoever owns it.
 *
 * Return: false if another try might read it: there was no memory or no descriptor, or the device
 * failed. Then nothing is known of the file.
 */
bool file_is_at_fault(int r)
{
	return r < 0 && (!look_up_failed(r) || r == -EACCES || r == -EPERM || r == -EINVAL ||
			 r == -E2BIG || r == -EWOULDBLOCK);
}

/**
 * fd_open_dir() - open a directory that is open already, for readdir(3)
 * @dir_fd: the directory, O_PATH will do; stays the caller's, with an offset of its own
 * @ret: the stream
 *
 * Return: 0, -ENOMEM, or the negative errno of openat(2).
 */
int fd_open_dir(int dir_fd, DIR **ret)
{
	DIR *dir;
	int fd;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void) close(fd);
		return -ENOMEM;
	}
	*ret = dir;
	return 0;
}

/**
 * dir_next() - the next entry of a directory, `.` and `..` left out
 * @dir: the stream
 * @ret: the entry, good until the next call (readdir(3))
 *
 * Return: 1, 0 at the end, or the negative errno of readdir(3).
 */
int dir_next(DIR *dir, struct dirent **ret)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
	} while (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	*ret = entry;
	return 1;
}

/**
 * fd_get_path() - the path by which the kernel knows a descriptor
 * @fd: the descriptor
 * @ret: the path, as seen from our root; to be freed
 *
 * For messages and for the name of what a chain of links ended at; never to open it again.
 *
 * Return: 0, -EBADF if /proc has no such descriptor, -ENAMETOOLONG, -ENOMEM, or another negative
 * errno of readlink(2).
 */
int fd_get_path(int fd, char **ret)
{
	char link[PROC_FD_PATH_MAX], path[PATH_MAX], *copy;
	ssize_t n;

	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	if (n < 0)
		return errno == ENOENT ? -EBADF : -errno;
	if ((size_t) n >= sizeof(path))
		return -ENAMETOOLONG;

	copy = strndup(path, (size_t) n);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

/**
 * fd_statx_mount() - type, number and mount of a descriptor
 * @fd: the descriptor, O_PATH will do
 * @ret: type, inode number, mount id, and whether it is the root of its mount
 *
 * Return: 0, -ENOSYS before Linux 5.8, or the negative errno of statx(2).
 */
int fd_statx_mount(int fd, struct statx *ret)
{
	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO | STATX_MNT_ID,
		  ret) < 0)
		return -errno;
	return ret->stx_mask & STATX_MNT_ID ? 0 : -ENOSYS;
}

/**
 * fd_get_mount() - which mount a descriptor is on
 * @fd: the descriptor, O_PATH will do
 * @ret_mount_id: the mount's id, as in /proc/self/mountinfo; may be NULL
 * @ret_is_mount_root: whether the descriptor is the mount's root; may be NULL
 *
 * Return: as fd_statx_mount().
 */
int fd_get_mount(int fd, uint64_t *ret_mount_id, bool *ret_is_mount_root)
{
	struct statx stx;
	int r;

	r = fd_statx_mount(fd, &stx);
	if (r < 0)
		return r;
	if (ret_mount_id)
		*ret_mount_id = stx.stx_mnt_id;
	if (ret_is_mount_root)
		*ret_is_mount_root = stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

/**
 * fd_is_same_file() - whether two descriptors are of the same file or directory, by whatever mount
 *
 * Return: 1 or 0, or the negative errno of fstat(2).
 */
int fd_is_same_file(int fd, int other_fd)
{
	struct stat st, other;

	if (fstat(fd, &st) < 0 || fstat(other_fd, &other) < 0)
		return -errno;
	return st.st_dev == other.st_dev && st.st_ino == other.st_ino;
}

/**
 * fd_is_fs_type() - whether a descriptor is on a file system of some type
 * @fd: the descriptor, O_PATH will do
 * @magic: f_type of statfs(2)
 *
 * Return: 1 or 0, or the negative errno of fstatfs(2).
 */
int fd_is_fs_type(int fd, unsigned long magic)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return (unsigned long) fs.f_type == magic;
}
