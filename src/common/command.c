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

/*
 * resolve_path() - the file at a path
 *
 * What is no link has its name in the path. Only for others the kernel is asked, in /proc: that
 * takes as long as all the rest of a call that finds a container not to be ours.
 */
static int resolve_path(int root_fd, const char *path, char **ret)
{
	cleanup_close int fd = -1;
	struct stat st;
	bool is_link;

	fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	is_link = S_ISLNK(st.st_mode);
	if (is_link) {
		(void) close(fd);
		fd = open_in_root(root_fd, path, O_PATH);
		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return -errno;
	}
	/* the runtime's search passes such a file by too */
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return -ENOENT;
	if (is_link)
		return fd_get_path(fd, ret);
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}

/* resolve_in() - resolve a name in a directory; a relative one counts from process.cwd */
static int resolve_in(const OciConfig *config, int root_fd, const char *directory, size_t length,
		      char **ret)
{
	const char *cwd = length == 0 || *directory != '/' ? config->cwd : NULL;
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/%.*s/%s", cwd ?: "", (int) length, directory, config->arg0) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return resolve_path(root_fd, path, ret);
}

/**
 * command_resolve() - find the file that process.args[0] runs
 * @config: the container
 * @root_fd: its root file system
 * @ret: a path whose last part is the name of that file, where all links end; to be freed
 *
 * As the runtime does: a name without a slash is looked up in the container's PATH, and what is
 * relative counts from its working directory.
 *
 * Return: 0, -ENOENT if there is no command or no such file, -EACCES if one may be where we cannot
 * look, or another negative errno (look_up_failed()).
 */
int command_resolve(const OciConfig *config, int root_fd, char **ret)
{
	const char *directories;
	int result = -ENOENT, r;

	if (!config->arg0 || !*config->arg0)
		return -ENOENT;
	if (*config->arg0 == '/')
		return resolve_path(root_fd, config->arg0, ret);
	if (strchr(config->arg0, '/'))
		return resolve_in(config, root_fd, "", 0, ret);

	directories = oci_config_env(config, "PATH") ?: DEFAULT_PATH;
	while (*directories) {
		size_t length = strcspn(directories, ":");

		r = resolve_in(config, root_fd, directories, length, ret);
		if (r >= 0 || (look_up_failed(r) && r != -EACCES))
			return r;
		if (r == -EACCES)
			result = r;
		directories += length;
		directories += *directories == ':';
	}
	return result;
}
