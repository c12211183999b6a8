/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is there before we begin: the state of each path that the plan is about, and the container's
 * cgroup. Only looks; the container's mount namespace is seen through /proc/PID/root and not
 * entered.
 */
#include "observe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "cgroup-hierarchy.h"
#include "cgroup.h"
#include "fs-util.h"
#include "log.h"
#include "mount-table.h"
#include "observe-machine-id.h"
#include "paths.h"
#include "payload-version.h"
#include "propagation.h"

/** observation_done() - release what an observation holds */
void observation_done(Observation *observation)
{
	(void) close_fd(observation->cgroup_own_fd);
	free(observation->cgroup_path);
	mount_owners_done(&observation->owners);
	cgroup_hierarchies_free(observation->hierarchies, observation->n_hierarchies);
	*observation = (Observation) OBSERVATION_NULL;
}

/*
 * missing_place() - tell a path that is not there from a link that leads nowhere; take the rest
 * from its parent
 */
static int missing_place(const MountOwners *owners, int root_fd, const char *path, Place *ret)
{
	cleanup_close int link_fd = -1, parent_fd = -1;
	cleanup_free char *parent = NULL;
	uint64_t id;
	char *slash;
	int r;

	link_fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);
	ret->kind = link_fd >= 0 ? PATH_OTHER : PATH_MISSING;

	parent = strdup(path);
	if (!parent)
		return -ENOMEM;
	while (parent_fd < 0 && (slash = strrchr(parent, '/'))) {
		*slash = '\0';
		parent_fd = open_in_root(root_fd, *parent ? parent : "/", O_PATH);
	}
	if (parent_fd < 0)
		return parent_fd;
	r = fd_get_mount(parent_fd, &id, NULL);
	if (r >= 0)
		ret->owner = mount_owners_find(owners, id);
	return r;
}

/**
 * observe_place() - look at a path of the container
 * @owners: the mounts that config.json knows
 * @root_fd: the container's root file system
 * @path: the path
 * @ret: what is there
 *
 * Return: 0, or a negative errno.
 */
int observe_place(const MountOwners *owners, int root_fd, const char *path, Place *ret)
{
	cleanup_close int fd = -1;
	struct statx stx;
	struct statfs fs;
	int r;

	fd = open_in_root(root_fd, path, O_PATH);
	if (fd == -ENOENT)
		return missing_place(owners, root_fd, path, ret);
	if (fd == -ELOOP || fd == -ENOTDIR) {
		ret->kind = PATH_OTHER;
		return 0;
	}
	if (fd < 0)
		return fd;
	r = fd_statx_mount(fd, &stx);
	if (r < 0)
		return r;
	if (fstatfs(fd, &fs) < 0)
		return -errno;

	ret->kind = S_ISDIR(stx.stx_mode)   ? PATH_DIRECTORY
		    : S_ISREG(stx.stx_mode) ? PATH_FILE
					    : PATH_OTHER;
	ret->owner = mount_owners_find(owners, stx.stx_mnt_id);
	/* the root itself, to which a link of the image leads, is not what is mounted there */
	ret->is_mount = (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) && ret->owner != MOUNT_ROOTFS;
	ret->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	ret->ino = stx.stx_ino;
	ret->fs_type = (unsigned long) fs.f_type;
	ret->is_noexec = fs.f_flags & ST_NOEXEC;
	ret->is_marked = fs.f_flags & ST_NODIRATIME;
	/* crun makes a mount read-only only after the hooks have run: believe config.json */
	ret->is_still_writable = !(fs.f_flags & ST_RDONLY) && !ret->is_marked &&
				 mount_owners_become_read_only(owners, stx.stx_mnt_id);
	ret->is_read_only = (fs.f_flags & ST_RDONLY) || ret->is_still_writable;
	return 0;
}

/**
 * place_shows() - whether a place shows a directory of the host
 * @fd: the directory
 *
 * Return: 1 or 0, or the negative errno of fstat(2).
 */
int place_shows(const Place *place, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return place->dev == st.st_dev && place->ino == st.st_ino;
}

/*
 * observe_cgroup_propagation() - whether a mount on /sys/fs/cgroup would appear on the host
 *
 * Only asked where we would make one.
 */
static int observe_cgroup_propagation(const ContainerProcess *process, int root_fd,
				      Observation *ret)
{
	cleanup_close int fd = -1, host_fd = -1;
	uint64_t group;
	int r;

	if (ret->cgroup.is_mount && !ret->cgroup.is_read_only && ret->cgroup_is_private &&
	    ret->cgroup_layout == CGROUP_UNIFIED)
		return 0;
	fd = open_in_root(root_fd, PATH_CGROUP, O_PATH);
	if (fd < 0) /* nothing is there, or a link out of use */
		return 0;
	r = propagation_group(fd, process->proc_fd, &group);
	if (r < 0 || group == 0)
		return r;
	host_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (host_fd < 0)
		return -errno;
	r = propagation_reaches(group, host_fd);
	ret->cgroup_is_on_host = r > 0;
	return MIN(r, 0);
}

/* observe_private_cgroup() - what a container with a cgroup namespace sees of its cgroup */
static int observe_private_cgroup(Observation *ret)
{
	int r;

	/* An engine mounts the namespace's root; a user may have bound the host's whole tree. */
	if (ret->cgroup.is_mount && ret->cgroup.fs_type == CGROUP2_SUPER_MAGIC) {
		r = place_shows(&ret->cgroup, ret->cgroup_own_fd);
		if (r < 0)
			return r;
		ret->cgroup_is_wider = r == 0;
	}

	/* may ask for the whole mount table, so only where we would make the mount */
	if (!ret->cgroup.is_mount || ret->cgroup.is_read_only)
		ret->cgroup_nsdelegate = mount_table_has_nsdelegate(ret->cgroup_own_fd) > 0;
	return 0;
}

/* observe_legacy() - on a host with cgroup v1 */
static int observe_legacy(const ContainerProcess *process, const OciConfig *config, int root_fd,
			  Observation *ret)
{
	/* runc 1.1 leaves its tmpfs writable whatever the options are */
	ret->cgroup_is_unsealed = ret->cgroup.is_mount && ret->cgroup.fs_type == TMPFS_MAGIC &&
				  ret->cgroup.is_still_writable;
	ret->cgroup_is_engines = cgroup_is_engines(config, PATH_CGROUP);
	ret->payload_version = payload_version(config, root_fd);
	return cgroup_hierarchies_observe(process, config, root_fd, ret);
}

/* observe_cgroup_owner() - whether a root that is not ours owns its cgroup, as the runtime left it */
static int observe_cgroup_owner(Observation *ret)
{
	struct stat st;

	if (!ret->root.is_other)
		return 0;
	if (fstat(ret->cgroup_own_fd, &st) < 0)
		return -errno;
	ret->cgroup_is_foreign = st.st_uid != ret->root.uid;
	return 0;
}

static int observe_cgroup(const ContainerProcess *process, const OciConfig *config, int root_fd,
			  Observation *ret)
{
	cleanup_free char *own_path = NULL;
	struct statfs fs;
	int r;

	r = observe_place(&ret->owners, root_fd, PATH_CGROUP, &ret->cgroup);
	if (r < 0)
		return r;
	ret->cgroup_layout = statfs(PATH_CGROUP, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC
				     ? CGROUP_UNIFIED
				     : CGROUP_LEGACY;
	if (ret->cgroup_layout == CGROUP_LEGACY)
		return observe_legacy(process, config, root_fd, ret);

	r = cgroup_observe(process, ret);
	if (r < 0)
		return r;
	ret->cgroup_own_fd = cgroup_open_own(ret->cgroup_path);
	if (ret->cgroup_own_fd < 0)
		return ret->cgroup_own_fd;

	r = observe_cgroup_owner(ret);
	if (r < 0)
		return r;
	if (ret->cgroup_is_private)
		return observe_private_cgroup(ret);

	if (asprintf(&own_path, PATH_CGROUP "%s", ret->cgroup_path) < 0) {
		own_path = NULL;
		return -ENOMEM;
	}
	return observe_place(&ret->owners, root_fd, own_path, &ret->cgroup_own);
}

/**
 * observe() - look at all that the plan depends on
 * @process: the container's first process
 * @config: its config.json
 * @root_fd: its root file system
 * @id: its identity
 * @ret: what was seen; release with observation_done()
 *
 * Return: 0, or a negative errno.
 */
int observe(const ContainerProcess *process, const OciConfig *config, int root_fd,
	    const MachineId *id, Observation *ret)
{
	cleanup_observation Observation seen = OBSERVATION_NULL;
	char journal_id[sizeof(PATH_JOURNAL "/") + sizeof(id->text)];
	const struct {
		const char *path;
		Place *place;
	} places[] = {
		{PATH_RUN, &seen.run},
		{PATH_RUN_LOCK, &seen.run_lock},
		{PATH_RUN_HOST, &seen.run_host},
		{PATH_TMP, &seen.tmp},
		{PATH_MACHINE_ID, &seen.etc_machine_id},
		{PATH_JOURNAL, &seen.journal},
	};
	int r;

	r = container_root_find(process, &seen.root);
	if (r < 0)
		return log_debug_errno(r, "Cannot find the container's root user: %m");
	r = mount_owners_load(config, root_fd, &seen.owners);
	if (r < 0)
		return log_debug_errno(r, "Cannot look at the container's mounts: %m");
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		r = observe_place(&seen.owners, root_fd, places[i].path, places[i].place);
		if (r < 0)
			return log_debug_errno(r, "Cannot look at %s: %m", places[i].path);
	}
	(void) snprintf(journal_id, sizeof(journal_id), PATH_JOURNAL "/%s", id->text);
	if (seen.journal.kind == PATH_MISSING)
		seen.journal_id = seen.journal;
	else
		r = observe_place(&seen.owners, root_fd, journal_id, &seen.journal_id);
	if (r < 0)
		return log_debug_errno(r, "Cannot look at %s: %m", journal_id);
	r = observe_machine_id(root_fd, &seen);
	if (r < 0)
		return log_debug_errno(r, "Cannot look at the container's machine id: %m");

	r = observe_cgroup(process, config, root_fd, &seen);
	if (r >= 0)
		r = observe_cgroup_propagation(process, root_fd, &seen);
	if (r < 0)
		return log_debug_errno(r, "Cannot look at the container's cgroup: %m");

	*ret = seen;
	seen = (Observation) OBSERVATION_NULL;
	return 0;
}
