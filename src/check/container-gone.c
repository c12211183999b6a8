/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an engine still has a container, stopped ones included, by what it keeps of it.
 *
 * podman and CRI-O keep the bundle as long as the container, and so does whoever calls a runtime by
 * hand. containerd removes it when the container stops, and Docker, which has a directory for each
 * container besides, with it. Where that cannot be told, nor whether the engine's storage is mounted
 * at all, a container is not gone.
 */
#include "container-gone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define DOCKER "/var/lib/docker/containers"
#define CONTAINERD_TASK "/io.containerd.runtime.v"
#define DOCKERS_NAMESPACE "/moby/"

static Presence presence_of_path(const char *path)
{
	if (access(path, F_OK) == 0)
		return PRESENCE_THERE;
	return errno == ENOENT || errno == ENOTDIR ? PRESENCE_GONE : PRESENCE_UNKNOWN;
}

/* find_component() - where a part of a path has a name, with its leading slash; NULL if none has */
static char *find_component(char *path, const char *name)
{
	size_t length = strlen(name);

	for (char *found = path; (found = strchr(found, '/')); found++)
		if (strncmp(found + 1, name, length) == 0 && strchr("/", found[length + 1]))
			return found;
	return NULL;
}

/* presence_in_docker() - of a container whose bundle is containerd's */
static Presence presence_in_docker(const char *id, const char *bundle)
{
	cleanup_free char *path = NULL;

	if (!strstr(bundle, DOCKERS_NAMESPACE) || access(DOCKER, F_OK) < 0)
		return PRESENCE_UNKNOWN;
	if (asprintf(&path, DOCKER "/%s", id) < 0) {
		path = NULL;
		return PRESENCE_UNKNOWN;
	}
	return presence_of_path(path);
}

/**
 * container_presence() - whether a container is gone, and not only stopped
 * @id: its id
 * @bundle: its bundle, absolute
 */
Presence container_presence(const char *id, const char *bundle)
{
	Presence presence = presence_of_path(bundle);
	cleanup_free char *store = NULL;
	char *end;

	if (strcmp(bundle, "/") == 0) /* crun's mistake, see src/common/bundle.c */
		return PRESENCE_UNKNOWN;
	if (presence != PRESENCE_GONE)
		return presence;
	if (strstr(bundle, CONTAINERD_TASK))
		return presence_in_docker(id, bundle);

	/* the directory that has all containers, or bundles */
	store = strdup(bundle);
	if (!store)
		return PRESENCE_UNKNOWN;
	end = find_component(store, id) ?: strrchr(store, '/');
	if (end > store)
		*end = '\0';
	return access(store, F_OK) == 0 ? PRESENCE_GONE : PRESENCE_UNKNOWN;
}
