/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a container's config.json is. In the bundle, but crun (every version up to 1.29.1) takes the
 * bundle from its own working directory, which is "/" under podman --userns=nomap and the like. It
 * keeps a copy of the file in its state directory.
 */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs-util.h"
#include "id-map.h"

#define CRUN_STATE_DIR "/run/crun"
#define UID_MAP_SIZE_MAX 65536

/**
 * bundle_outer_uid() - who the root of our user namespace is outside of it
 * @uid_map: /proc/self/uid_map
 * @ret: the uid
 *
 * Return: true if that is another user: we were called by a rootless engine.
 */
bool bundle_outer_uid(const char *uid_map, uid_t *ret)
{
	uint32_t uid;

	if (id_map_to_outside(uid_map, 0, &uid) < 0 || uid == 0)
		return false;
	*ret = uid;
	return true;
}

static int open_config_in(const char *directory, const char *name)
{
	cleanup_free char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/%s/config.json", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 ? fd : -errno;
}

static int open_copy_of_crun(const char *id)
{
	char directory[sizeof("/run/user/4294967295/crun")] = CRUN_STATE_DIR;
	cleanup_free char *uid_map = NULL;
	uid_t uid;

	if (read_file_at(AT_FDCWD, "/proc/self/uid_map", UID_MAP_SIZE_MAX, &uid_map, NULL) >= 0 &&
	    bundle_outer_uid(uid_map, &uid))
		(void) snprintf(directory, sizeof(directory), "/run/user/%u/crun", uid);
	return open_config_in(directory, id);
}

/**
 * bundle_open_config() - open the config.json of a container
 * @state: the container
 *
 * Return: a descriptor, or the negative errno of open(2) for the file in the bundle.
 */
int bundle_open_config(const OciState *state)
{
	int fd, copy_fd;

	fd = open_config_in(state->bundle, ".");
	if (fd != -ENOENT || !state->root)
		return fd;

	copy_fd = open_copy_of_crun(state->id);
	return copy_fd >= 0 || copy_fd == -ENOMEM ? copy_fd : fd;
}
