/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup hierarchies of a host that has cgroup v1, alone or with v2 beside it (hybrid): which
 * there are, where the host has them, and what the container sees of each. Only looks.
 */
#include "cgroup-hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "fs-util.h"
#include "mount-table.h"
#include "paths.h"
#include "payload-version.h"

#define HIERARCHIES_MAX 32 /* the kernel knows fewer controllers */
#define TRACKING "name=systemd"
#define UNIFIED "unified"

static void release(CgroupHierarchy *hierarchy)
{
	free(hierarchy->controllers);
	free(hierarchy->path);
	free(hierarchy->name);
	free(hierarchy->place_path);
	free(hierarchy->own_path);
	(void) close_fd(hierarchy->root_fd);
	(void) close_fd(hierarchy->own_fd);
}

/** cgroup_hierarchies_free() - release a list of hierarchies */
void cgroup_hierarchies_free(CgroupHierarchy *hierarchies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		release(&hierarchies[i]);
	free(hierarchies);
}

/*
 * parse_line() - one line of /proc/PID/cgroup: 1, or 0 if it is not for us, or -ENOMEM
 *
 * Not for us are hierarchies of other names, which other managers made for themselves, and a path
 * that leads out of our cgroup namespace.
 */
static int parse_line(const char *line, size_t length, CgroupHierarchy *ret)
{
	const char *end = line + length;
	const char *controllers = memchr(line, ':', length);
	const char *path =
		controllers ? memchr(controllers + 1, ':', (size_t) (end - controllers - 1)) : NULL;
	size_t n;

	if (!path || ++path == end || *path != '/' ||
	    (end - path >= 3 && strncmp(path, "/..", 3) == 0))
		return 0;
	n = (size_t) (path - 1 - ++controllers);
	if (memchr(controllers, '=', n) &&
	    (n != strlen(TRACKING) || memcmp(controllers, TRACKING, n) != 0))
		return 0;

	*ret = (CgroupHierarchy){.is_unified = n == 0,
				 .is_tracking = n == 0 || memchr(controllers, '=', n),
				 .controllers = strndup(controllers, n),
				 .path = strndup(path, (size_t) (end - path)),
				 .root_fd = -1,
				 .own_fd = -1};
	if (ret->controllers && ret->path)
		return 1;
	free(ret->controllers);
	free(ret->path);
	return -ENOMEM;
}

/* is_listed() - whether a hierarchy is in a list already, which has room for each of the kernel's once */
static bool is_listed(const CgroupHierarchy *hierarchies, size_t n, const char *controllers)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(hierarchies[i].controllers, controllers) == 0)
			return true;
	return false;
}

/**
 * cgroup_hierarchies_from_text() - the hierarchies that /proc/PID/cgroup lists (cgroups(7))
 * @text: content of the file
 * @ret: list, in the order of the file; release with cgroup_hierarchies_free()
 * @ret_n: its length
 *
 * Return: 0, or -ENOMEM.
 */
int cgroup_hierarchies_from_text(const char *text, CgroupHierarchy **ret, size_t *ret_n)
{
	CgroupHierarchy *hierarchies = calloc(HIERARCHIES_MAX, sizeof(*hierarchies));
	size_t n = 0;
	int r;

	if (!hierarchies)
		return -ENOMEM;
	for (const char *line = text; *line && n < HIERARCHIES_MAX;) {
		size_t length = strcspn(line, "\n");

		r = parse_line(line, length, &hierarchies[n]);
		if (r < 0) {
			cgroup_hierarchies_free(hierarchies, n);
			return r;
		}
		if (r > 0 && is_listed(hierarchies, n, hierarchies[n].controllers))
			release(&hierarchies[n]);
		else
			n += (size_t) r;
		line += length + (line[length] == '\n');
	}
	*ret = hierarchies;
	*ret_n = n;
	return 0;
}

/*
 * find_on_host() - open a hierarchy where the host has it mounted: 1, 0 if it has not, or a negative
 * errno
 *
 * What is shown alone is shown on /sys/fs/cgroup itself.
 */
static int find_on_host(CgroupMountTable *table, bool is_alone, CgroupHierarchy *hierarchy)
{
	cleanup_free char *where = NULL;
	cleanup_close int root_fd = -1;
	const char *name;
	int r;

	r = cgroup_mount_find(table, hierarchy->is_unified ? NULL : hierarchy->controllers, &where);
	if (r < 0)
		return r;
	/* elsewhere, v2 is nothing that systemd would look at */
	if (!where || (hierarchy->is_unified && strcmp(where, PATH_CGROUP "/" UNIFIED) != 0))
		return 0;
	root_fd = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	r = fd_is_fs_type(root_fd,
			  hierarchy->is_unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
	if (r <= 0)
		return r;
	hierarchy->own_fd = open_in_root(root_fd, hierarchy->path, O_PATH | O_DIRECTORY);
	if (hierarchy->own_fd < 0)
		return hierarchy->own_fd;

	name = hierarchy->is_unified	? UNIFIED
	       : hierarchy->is_tracking ? "systemd"
					: strrchr(where, '/') + 1;
	hierarchy->name = strdup(name);
	if (asprintf(&hierarchy->place_path, PATH_CGROUP "%s%s", is_alone ? "" : "/",
		     is_alone ? "" : name) < 0)
		hierarchy->place_path = NULL;
	else if (asprintf(&hierarchy->own_path, "%s%s", hierarchy->place_path, hierarchy->path) < 0)
		hierarchy->own_path = NULL;
	hierarchy->root_fd = steal_fd(&root_fd);
	return hierarchy->name && hierarchy->place_path && hierarchy->own_path ? 1 : -ENOMEM;
}

/* is_shared_with() - whether a cgroup is that of another list, too, or is the whole machine's */
static bool is_shared_with(const CgroupHierarchy *hierarchy, const CgroupHierarchy *others,
			   size_t n)
{
	if (strcmp(hierarchy->path, "/") == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (strcmp(hierarchy->controllers, others[i].controllers) == 0)
			return strcmp(hierarchy->path, others[i].path) == 0;
	return false;
}

/* look_for_agent() - whether the container sees the release_agent of a hierarchy, in its root only */
static int look_for_agent(const MountOwners *owners, int root_fd, CgroupHierarchy *hierarchy)
{
	cleanup_free char *path = NULL;
	Place place = {};
	int r;

	if (asprintf(&path, "%s/" CGROUP_RELEASE_AGENT, hierarchy->place_path) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = observe_place(owners, root_fd, path, &place);
	hierarchy->has_agent = place.kind == PATH_FILE && place.fs_type == CGROUP_SUPER_MAGIC;
	return r;
}

/* look() - what the container sees of a hierarchy */
static int look(const OciConfig *config, const Observation *seen, int root_fd,
		CgroupHierarchy *hierarchy)
{
	const MountOwners *owners = &seen->owners;
	const OciMount *mount = oci_config_mount_at(config, hierarchy->place_path)
					?: oci_config_mount_at(config, PATH_CGROUP);
	Place *place = &hierarchy->place;
	int r;

	r = observe_place(owners, root_fd, hierarchy->place_path, place);
	if (r < 0)
		return r;
	/* crun makes its mounts read-only only after the hooks */
	if (!place->is_marked && mount && oci_mount_is_read_only(mount))
		place->is_read_only = true;
	if (place->is_mount) {
		r = place_shows(place, hierarchy->own_fd);
		if (r < 0)
			return r;
		hierarchy->is_own = r > 0;
		r = look_for_agent(owners, root_fd, hierarchy);
		if (r < 0)
			return r;
	}
	if (hierarchy->is_unified)
		hierarchy->is_guarded = mount_table_has_nsdelegate(hierarchy->own_fd) > 0;
	if (seen->cgroup_is_private)
		return 0;
	return observe_place(owners, root_fd, hierarchy->own_path, &hierarchy->own_place);
}

/**
 * cgroup_hierarchies_observe() - look at the hierarchies of the host and at what the container sees
 * of them
 * @process: its first process, already in its cgroups
 * @config: its config.json
 * @root_fd: its root file system
 * @ret: gets hierarchies and cgroup_is_private; has payload_version
 *
 * Return: 0, or a negative errno.
 */
int cgroup_hierarchies_observe(const ContainerProcess *process, const OciConfig *config,
			       int root_fd, Observation *ret)
{
	cleanup_cgroup_mount_table CgroupMountTable table = {};
	CgroupHierarchy *own = NULL;
	cleanup_free char *text = NULL, *own_text = NULL;
	size_t n_own;
	int r;

	r = cgroup_read(process, &text, &own_text, &ret->cgroup_is_private);
	if (r < 0)
		return r;
	r = cgroup_hierarchies_from_text(text, &ret->hierarchies, &ret->n_hierarchies);
	if (r < 0)
		return r;
	r = cgroup_hierarchies_from_text(own_text, &own, &n_own);
	if (r < 0)
		return r;

	for (size_t i = 0; r >= 0 && i < ret->n_hierarchies; i++) {
		CgroupHierarchy *hierarchy = &ret->hierarchies[i];

		hierarchy->is_shared = is_shared_with(hierarchy, own, n_own);
		r = find_on_host(
			&table, hierarchy->is_unified && ret->payload_version >= PAYLOAD_WITHOUT_V1,
			hierarchy);
		hierarchy->is_mounted = r > 0;
		if (r > 0)
			r = look(config, ret, root_fd, hierarchy);
	}
	cgroup_hierarchies_free(own, n_own);
	return r < 0 ? r : 0;
}
