/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The units that the container's systemd makes of mounts (systemd.mount(5)).
 *
 * It stops them at the end: at a soft-reboot it unmounts them, and where it may not, umount(8)
 * complains. A drop-in keeps it from that.
 */
#include "mount-unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "path-util.h"
#include "paths.h"
#include "target.h"

#define DROP_IN "# made by oci-systemd-hook\n[Unit]\nDefaultDependencies=no\n"

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == ':' || c == '_' || c == '.';
}

/**
 * mount_unit_name() - the name of a mount's unit, as systemd-escape(1) --path --suffix=mount has it
 * @path: an absolute path without `.`, `..` and repeated slashes; not the root
 * @ret: the name
 * @size: space for it
 *
 * Return: its length, or -ENAMETOOLONG.
 */
int mount_unit_name(const char *path, char *ret, size_t size)
{
	static const char suffix[] = ".mount";
	size_t length = 0;

	path++;
	for (const char *c = path; *c; c++) {
		bool is_escaped = *c != '/' && (!is_plain(*c) || (c == path && *c == '.'));

		if (length + strlen("\\x2d") + sizeof(suffix) > size)
			return -ENAMETOOLONG;
		if (is_escaped)
			length += (size_t) sprintf(ret + length, "\\x%02x", (unsigned char) *c);
		else
			ret[length++] = *c == '/' ? '-' : *c;
	}
	memcpy(ret + length, suffix, sizeof(suffix));
	return (int) (length + strlen(suffix));
}

/* read_path() - where a descriptor is, as we see it */
static int read_path(const Apply *apply, int fd, char *ret)
{
	char name[sizeof("fd/2147483647")];
	ssize_t n;

	(void) snprintf(name, sizeof(name), "fd/%d", fd);
	n = readlinkat(apply->undo.proc_fd, name, ret, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n == PATH_MAX)
		return -ENAMETOOLONG;
	ret[n] = '\0';
	return (int) n;
}

/*
 * name_of() - the name of the unit of what is mounted at a place of the container
 *
 * Return: its length, 0 if there can be none, or a negative errno.
 */
static int name_of(const Apply *apply, int fd, char *ret, size_t size)
{
	char root[PATH_MAX], path[PATH_MAX];
	const char *below;
	int r;

	r = read_path(apply, apply->root_fd, root);
	if (r >= 0)
		r = read_path(apply, fd, path);
	if (r < 0)
		return r;
	below = path_below(path, root);
	/* what was moved out of the root in between */
	if (!below || !*below)
		return 0;
	r = mount_unit_name(below - 1, ret, size);
	return r == -ENAMETOOLONG ? 0 : r;
}

/**
 * mount_unit_keep() - keep the container's systemd from unmounting something
 * @apply: the set-up
 * @fd: the place that it is mounted on, or its root
 *
 * Left out silently where /run is a volume. Where the drop-in cannot be made otherwise, that is
 * said, and the mount is made all the same, but for --strict.
 *
 * Return: 0, or a negative errno.
 */
int mount_unit_keep(Apply *apply, int fd)
{
	char directory[sizeof(PATH_UNIT_DIR "/.d") + MOUNT_UNIT_NAME_MAX];
	char name[MOUNT_UNIT_NAME_MAX + 1 - 2]; /* and ".d" */
	size_t mark = apply->undo.n_entries;
	int r;

	r = name_of(apply, fd, name, sizeof(name));
	if (r <= 0)
		return r;
	(void) snprintf(directory, sizeof(directory), PATH_UNIT_DIR "/%s.d", name);
	r = target_write_file(apply, directory, DROP_IN_NAME, DROP_IN);
	if (r >= 0 || r == -EXDEV)
		return 0;
	undo_back_to(&apply->undo, mark);
	if (apply->is_strict) {
		apply->failed_at = PATH_UNIT_DIR;
		return r;
	}
	(void) log_full(LOG_WARNING, r,
			"Failed to write a drop-in for %.256s below " PATH_UNIT_DIR
			", so a soft-reboot unmounts it: %m",
			name);
	return 0;
}
