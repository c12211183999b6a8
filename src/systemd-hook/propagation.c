/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a mount in the container appears on the host as well (mount_namespaces(7), shared
 * subtrees).
 *
 * What is mounted on a shared mount is mounted on all mounts of its peer group. config.json does not
 * tell which mounts are shared: a bind without an option takes over what its source is. So the kernel
 * is asked: statmount(2), or /proc/PID/mountinfo before Linux 6.8.
 */
#include "propagation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "statmount.h"

#define MOUNTINFO_SIZE_MAX (16 * 1024 * 1024)

/* group_of_line() - the peer group of a line of mountinfo; 0 if that mount is not shared */
static uint64_t group_of_line(const char *line)
{
	static const char tag[] = " shared:", end[] = " - ";
	const char *stop = line + strcspn(line, "\n");
	const char *fields_end = memmem(line, (size_t) (stop - line), end, strlen(end)) ?: stop;
	const char *found = memmem(line, (size_t) (fields_end - line), tag, strlen(tag));

	return found ? strtoull(found + strlen(tag), NULL, 10) : 0;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/**
 * propagation_group_in() - find a mount's peer group in a mount table
 * @mountinfo: text of /proc/PID/mountinfo (proc(5))
 * @mount_id: the mount's id, first field of its line
 *
 * Return: the group's number, or 0 if the mount is not shared or not listed.
 */
uint64_t propagation_group_in(const char *mountinfo, uint64_t mount_id)
{
	for (const char *line = mountinfo; *line; line = next_line(line))
		if (strtoull(line, NULL, 10) == mount_id)
			return group_of_line(line);
	return 0;
}

/** propagation_has_group() - whether a mount table has a mount of a peer group */
bool propagation_has_group(const char *mountinfo, uint64_t group)
{
	for (const char *line = mountinfo; *line; line = next_line(line))
		if (group_of_line(line) == group)
			return true;
	return false;
}

/**
 * propagation_group() - find the peer group of a mount
 * @fd: something on the mount
 * @proc_fd: /proc/PID of a process in whose mount namespace it is
 * @ret: the group's number, 0 if the mount is not shared
 *
 * Return: 0, or a negative errno.
 */
int propagation_group(int fd, int proc_fd, uint64_t *ret)
{
	cleanup_free char *text = NULL;
	uint64_t mount_id;
	int r;

	if (statmount_read_group(fd, proc_fd, ret) >= 0)
		return 0;
	r = fd_get_mount(fd, &mount_id, NULL);
	if (r < 0)
		return r;
	r = read_file_at(proc_fd, "mountinfo", MOUNTINFO_SIZE_MAX, &text, NULL);
	if (r < 0)
		return r;
	*ret = propagation_group_in(text, mount_id);
	return 0;
}

/**
 * propagation_reaches() - whether a peer group has a mount in a mount namespace
 * @group: the group, 0 for none
 * @mountinfo_fd: /proc/PID/mountinfo of a process in it, opened there, or the negative errno of that;
 * its offset is used up
 *
 * Return: 1 or 0, or a negative errno.
 */
int propagation_reaches(uint64_t group, int mountinfo_fd)
{
	cleanup_free char *text = NULL;
	size_t size;
	int r;

	if (group == 0)
		return 0;
	if (mountinfo_fd < 0)
		return mountinfo_fd;
	if (lseek(mountinfo_fd, 0, SEEK_SET) < 0)
		return -errno;
	r = read_limited(mountinfo_fd, MOUNTINFO_SIZE_MAX, &text, &size);
	return r < 0 ? r : propagation_has_group(text, group);
}
