/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an engine still has a container, stopped ones included, by what it keeps of it.
 *
 * Each container has a home, a directory that the engine removes with it, and the home is in a store
 * with those of other containers. A container is gone only if all of this shows it:
 *   - neither its home nor its bundle is there;
 *   - the store is the very directory in which the home was when the container started, so nobody
 *     moved it, and its file system is mounted;
 *   - the store is complete: it has the engine's own list of containers, which lacks this one.
 * What cannot be told is not gone.
 *
 *   engine        home                                        list
 *   podman, CRI-O <storage>/overlay-containers/<id>           containers.json, volatile-containers.json
 *   Docker        <data-root>/containers/<id>                 none: the daemon has to be asked
 *   containerd    not known: it removes the bundle of a stopped container
 *   runc, crun    the bundle                                  none: another bundle has to be in the store
 */
#include "container-home.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs-util.h"

#define LIST_SIZE_MAX (64 * 1024 * 1024)
#define STORAGE_SUFFIX "-containers"
#define CONTAINERD_TASK "/io.containerd.runtime.v"
#define DOCKERS_NAMESPACE "/moby/"

/* The lists of containers/storage, of which a store has one or both. */
static const char *const lists[] = {"containers.json", "volatile-containers.json"};

/** container_home_done() - release what a home holds */
void container_home_done(ContainerHome *home)
{
	free(home->path);
	*home = (ContainerHome){};
}

static bool is_containerds(const char *bundle)
{
	return strstr(bundle, CONTAINERD_TASK);
}

static bool is_dockers(const char *bundle)
{
	return is_containerds(bundle) && strstr(bundle, DOCKERS_NAMESPACE);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* end_of_component() - where in a path the directory with some name ends; NULL if there is none */
static const char *end_of_component(const char *path, const char *name)
{
	size_t length = strlen(name);

	for (; (path = strchr(path, '/')); path++)
		if (strncmp(path + 1, name, length) == 0 && strchr("/", path[1 + length]))
			return path + 1 + length;
	return NULL;
}

/* open_store() - the directory that a home is in */
static int open_store(const char *home)
{
	const char *slash = strrchr(home, '/');
	cleanup_free char *store = NULL;
	int fd;

	if (!slash || slash == home)
		return -ENOENT;
	store = strndup(home, (size_t) (slash - home));
	if (!store)
		return -ENOMEM;
	fd = open(store, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool has_list(int store_fd)
{
	for (size_t i = 0; i < ELEMENTSOF(lists); i++)
		if (faccessat(store_fd, lists[i], F_OK, 0) == 0)
			return true;
	return false;
}

/* is_storage() - whether a path is that of a home of containers/storage: …/overlay-containers/<id> */
static bool is_storage(const char *path, const char *id)
{
	const char *slash = strrchr(path, '/');
	size_t length = sizeof(STORAGE_SUFFIX) - 1;

	return slash && strcmp(slash + 1, id) == 0 && slash - path > (ptrdiff_t) length &&
	       memcmp(slash - length, STORAGE_SUFFIX, length) == 0;
}

static bool is_listing_store(const char *home)
{
	cleanup_close int store_fd = open_store(home);

	return store_fd >= 0 && has_list(store_fd);
}

/*
 * home_beside_root() - where containers/storage has a container whose root file system it mounts
 *
 * Return: 0, with NULL if it is none of those, or -ENOMEM.
 */
static int home_beside_root(const OciState *state, const OciConfig *config, char **ret)
{
	static const char merged[] = "/merged";
	const char *root = config->root_path, *layer;
	size_t length = strlen(root);

	*ret = NULL;
	if (!ends_with(root, merged))
		return 0;
	length -= sizeof(merged) - 1;
	layer = memrchr(root, '/', length);
	if (!layer ||
	    asprintf(ret, "%.*s" STORAGE_SUFFIX "/%s", (int) (layer - root), root, state->id) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

/* home_among_mounts() - Docker mounts files of the container's home */
static int home_among_mounts(const OciState *state, const OciConfig *config, char **ret)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const char *source = config->mounts[i].source, *end;

		end = source && *source == '/' ? end_of_component(source, state->id) : NULL;
		if (end) {
			*ret = strndup(source, (size_t) (end - source));
			return *ret ? 0 : -ENOMEM;
		}
	}
	return 0;
}

/* find_path() - 0, with NULL if none is known, or -ENOMEM */
static int find_path(const OciState *state, const OciConfig *config, char **ret)
{
	const char *bundle = state->bundle, *end = end_of_component(bundle, state->id);
	cleanup_free char *home = NULL;
	int r;

	*ret = NULL;
	if (is_dockers(bundle))
		return home_among_mounts(state, config, ret);
	if (is_containerds(bundle) || strcmp(bundle, "/") == 0)
		return 0;
	r = home_beside_root(state, config, &home);
	if (r < 0)
		return r;
	if (home && is_listing_store(home))
		*ret = steal_ptr(home);
	else
		*ret = end ? strndup(bundle, (size_t) (end - bundle)) : strdup(bundle);
	return *ret ? 0 : -ENOMEM;
}

static int identify(int fd, DirectoryIdentity *ret)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &stx) < 0)
		return -errno;
	*ret = (DirectoryIdentity){.inode = stx.stx_ino};
	if (stx.stx_mask & STATX_BTIME) {
		ret->born_sec = stx.stx_btime.tv_sec;
		ret->born_nsec = stx.stx_btime.tv_nsec;
	}
	return 0;
}

/**
 * container_home_find() - find what the engine keeps of a container that is being started
 * @state: the container
 * @config: its config.json
 * @ret: its home; release with container_home_done()
 *
 * Return: 0, also if nothing is found, or a negative errno.
 */
int container_home_find(const OciState *state, const OciConfig *config, ContainerHome *ret)
{
	cleanup_free char *path = NULL;
	cleanup_close int store_fd = -1;
	ContainerHome home = {};
	int r;

	r = find_path(state, config, &path);
	if (r < 0)
		return r;
	store_fd = path ? open_store(path) : -ENOENT;
	if (store_fd < 0 && store_fd != -ENOENT && store_fd != -ENOTDIR && store_fd != -EACCES)
		return store_fd;
	if (store_fd >= 0) {
		r = identify(store_fd, &home.store);
		if (r < 0)
			return r;
		home.has_store = true;
	}
	home.path = steal_ptr(path);
	*ret = home;
	return 0;
}

static Presence presence_of_path(const char *path)
{
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return PRESENCE_THERE;
	return errno == ENOENT || errno == ENOTDIR ? PRESENCE_GONE : PRESENCE_UNKNOWN;
}

/* presence_in_lists() - by the lists of containers/storage, which writes them whole */
static Presence presence_in_lists(int store_fd, const char *id)
{
	Presence presence = PRESENCE_UNKNOWN;

	for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
		cleanup_free char *text = NULL;
		size_t size;
		int r;

		r = read_file_at(store_fd, lists[i], LIST_SIZE_MAX, &text, &size);
		if (r == -ENOENT)
			continue;
		if (r < 0 || size < 2 || text[0] != '[' || text[size - 1] != ']')
			return PRESENCE_UNKNOWN;
		if (strstr(text, id))
			return PRESENCE_THERE;
		presence = PRESENCE_GONE;
	}
	return presence;
}

/* presence_in_bundles() - an empty directory may be one whose bundles were moved */
static Presence presence_in_bundles(int store_fd)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;

	if (fd_open_dir(store_fd, &dir) < 0)
		return PRESENCE_UNKNOWN;
	return dir_next(dir, &entry) > 0 ? PRESENCE_GONE : PRESENCE_UNKNOWN;
}

static bool is_same_store(int store_fd, const ContainerHome *home)
{
	DirectoryIdentity now = {};

	return identify(store_fd, &now) >= 0 && now.inode == home->store.inode &&
	       now.born_sec == home->store.born_sec && now.born_nsec == home->store.born_nsec;
}

/* presence_in_store() - of a container whose home is not there */
static Presence presence_in_store(const char *id, const char *bundle, const char *path,
				  const ContainerHome *home)
{
	cleanup_close int store_fd = open_store(path);

	if (store_fd < 0 || (home->has_store && !is_same_store(store_fd, home)))
		return PRESENCE_UNKNOWN;
	if (is_containerds(bundle))
		return home->has_store && is_dockers(bundle) ? PRESENCE_ASK_DOCKER
							     : PRESENCE_UNKNOWN;
	/* a mark of an older version does not know the store: then only a list proves anything */
	if (!home->has_store || is_storage(path, id) || has_list(store_fd))
		return presence_in_lists(store_fd, id);
	return presence_in_bundles(store_fd);
}

/**
 * container_home_presence() - whether a container is gone, and not only stopped
 * @id: its id
 * @bundle: its bundle, absolute
 * @home: its home, as it was when the container started
 */
Presence container_home_presence(const char *id, const char *bundle, const ContainerHome *home)
{
	const char *end = end_of_component(bundle, id);
	cleanup_free char *path = NULL;
	Presence presence;

	path = home->path ? strdup(home->path)
	       : end	  ? strndup(bundle, (size_t) (end - bundle))
			  : strdup(bundle);
	if (!path || strcmp(path, "/") == 0)
		return PRESENCE_UNKNOWN;
	presence = presence_of_path(path);
	/* crun's mistake, see src/common/bundle.c */
	if (presence == PRESENCE_GONE && strcmp(bundle, "/") != 0)
		presence = presence_of_path(bundle);
	return presence == PRESENCE_GONE ? presence_in_store(id, bundle, path, home) : presence;
}
