/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of the image's systemd, to tell the user why it will not boot. The image's word is
 * enough for that, and for nothing else.
 */
#include "payload-version.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fs-util.h"

/* systemd is linked with a library of its own whose name ends in its version */
#define LIBRARY "libsystemd-shared-"
#define NAME_SIZE (sizeof(LIBRARY "9999") - 1)
#define SEARCH_MAX (16U << 20)

/* number() - the decimal number that a text begins with, 0 if it does with none */
static unsigned int number(const char *text, size_t length)
{
	unsigned int value = 0;

	for (size_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (unsigned int) (text[i] - '0');
	return value;
}

static unsigned int search(int fd)
{
	char buffer[65536];
	size_t kept = 0, total = 0;
	ssize_t n;

	while (total < SEARCH_MAX && (n = read(fd, buffer + kept, sizeof(buffer) - kept)) > 0) {
		size_t size = kept + (size_t) n;
		const char *found = memmem(buffer, size, LIBRARY, strlen(LIBRARY));

		if (found && found + NAME_SIZE < buffer + size)
			return number(found + strlen(LIBRARY), NAME_SIZE - strlen(LIBRARY));
		/* the name may stand on the border of two buffers */
		kept = size < NAME_SIZE ? size : NAME_SIZE;
		memmove(buffer, buffer + size - kept, kept);
		total += (size_t) n;
	}
	return 0;
}

/**
 * payload_version() - find out the version of the systemd that a container runs
 * @config: the container
 * @root_fd: its root file system
 *
 * Return: the version, or 0 if it cannot be told.
 */
unsigned int payload_version(const OciConfig *config, int root_fd)
{
	const char *path =
		config->arg0 && *config->arg0 == '/' ? config->arg0 : "/usr/lib/systemd/systemd";
	cleanup_close int path_fd = -1, fd = -1;

	path_fd = open_in_root(root_fd, path, O_PATH);
	fd = path_fd < 0 ? path_fd : fd_open_regular(path_fd);
	return fd < 0 ? 0 : search(fd);
}
