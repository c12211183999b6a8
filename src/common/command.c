/* SPDX-License-Identifier: Apache-2.0 */
/* Which file of the image the container's command is. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fs-util.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int resolve_path(int root_fd, const char *path, char **ret)
{
	cleanup_close int fd = -1;
	struct stat st;

	fd = open_in_root(root_fd, path, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	return fd_get_path(fd, ret);
}

/**
 * command_resolve() - find the file that process.args[0] runs
 * @config: the container
 * @root_fd: its root file system
 * @ret: where the links end, as a path outside the container; to be freed
 *
 * A name without a slash is looked up in the container's PATH, as the runtime does.
 *
 * Return: 0, -ENOENT if there is no command or no such file, or another negative errno.
 */
int command_resolve(const OciConfig *config, int root_fd, char **ret)
{
	const char *directories;
	int r = -ENOENT;

	if (!config->arg0 || !*config->arg0)
		return -ENOENT;
	if (strchr(config->arg0, '/'))
		return resolve_path(root_fd, config->arg0, ret);

	directories = oci_config_env(config, "PATH") ?: DEFAULT_PATH;
	while (*directories && r < 0) {
		size_t length = strcspn(directories, ":");
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%.*s/%s", (int) length, directories, config->arg0) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = resolve_path(root_fd, path, ret);
		directories += length;
		directories += *directories == ':';
	}
	return r;
}
