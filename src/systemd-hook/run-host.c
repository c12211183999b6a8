/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /run/host, by which systemd in a container learns of its manager
 * (https://systemd.io/CONTAINER_INTERFACE), and /etc/machine-id, whose file is kept there.
 *
 * A tmpfs of its own, read-only: what it says cannot be changed from inside, and systemd makes no
 * mount unit of anything below /run/host.
 */
#include "run-host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "fs-util.h"
#include "log.h"
#include "mount-attributes.h"
#include "mount-unit.h"
#include "observe-machine-id.h"
#include "paths.h"
#include "target.h"
#include "tmpfs.h"

#define MACHINE_ID_NAME "machine-id"

/* write_file() - make a file: 0, or 1 if it stays what it is, a place for a mount of the user's */
static int write_file(int dir_fd, const char *name, const char *content)
{
	cleanup_close int fd = -1;

	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd < 0)
		return errno == EEXIST ? 1 : -errno;
	return write_text(fd, content);
}

/*
 * manager_name() - what systemd-detect-virt(1) in the container is to say; the words that engines
 * use in `container=`
 */
static const char *manager_name(const OciConfig *config)
{
	static const char *const names[][2] = {
		{"libpod", "podman\n"},
		{"cri-o", "crio\n"},
	};
	const char *manager = oci_config_annotation(config, "io.container.manager");

	for (size_t i = 0; manager && i < ELEMENTSOF(names); i++)
		if (strcmp(manager, names[i][0]) == 0)
			return names[i][1];
	return "oci\n";
}

static int new_tmpfs(const Apply *apply)
{
	return tmpfs_new(apply, "mode=0755,size=1m,nr_inodes=1k",
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int write_id(const Apply *apply, int fd, const char *name)
{
	char text[sizeof(apply->id->text) + 1];

	(void) snprintf(text, sizeof(text), "%s\n", apply->id->text);
	return write_file(fd, name, text);
}

/* fill() - write the files of /run/host, that with the id for /etc/machine-id only if it is wanted */
static int fill(const Apply *apply, int fd, bool *ret_has_id)
{
	int r;

	r = write_file(fd, "container-manager", manager_name(apply->config));
	if (r < 0)
		return r;
	r = write_id(apply, fd, "container-uuid");
	if (r < 0)
		return r;
	if (plan_find(apply->plan, STEP_MACHINE_ID)) {
		r = write_id(apply, fd, MACHINE_ID_NAME);
		if (r < 0)
			return r;
		*ret_has_id = r == 0;
	}
	r = apply->os_release ? write_file(fd, "os-release", apply->os_release) : 0;
	return MIN(r, 0);
}

/**
 * run_host_mount() - mount /run/host
 *
 * Only the user's mounts below it stay, not what the image has there.
 *
 * Return: 0, or a negative errno.
 */
int run_host_mount(Apply *apply, const PlanStep *step)
{
	cleanup(copy_up_done) CopyUp copy = {.mounts_only = true, .kept = KEPT_MOUNTS_NULL};
	cleanup_close int fd = -1, target_fd = -1;
	bool has_id = false;
	int r;

	fd = new_tmpfs(apply);
	if (fd < 0)
		return fd;
	r = tmpfs_keep(apply, step->path, fd, &copy);
	/* at the limit those of config.json are kept; else it is not known which there are */
	if (r > 0 && copy.stopped_by != -E2BIG)
		r = copy.stopped_by;
	if (r < 0)
		return r;
	r = fill(apply, fd, &has_id);
	if (r < 0)
		return r;
	r = mount_attributes_change_new(fd, MOUNT_ATTR_RDONLY, 0);
	if (r < 0)
		return r;

	target_fd = target_open_directory(apply, step->path);
	if (target_fd < 0)
		return target_fd;
	r = target_attach(apply, fd, target_fd, /* is_ours= */ false);
	if (r < 0)
		return r;
	r = kept_mounts_move(&copy.kept, apply);
	if (r < 0)
		return r;
	if (has_id)
		apply->run_host_fd = steal_fd(&fd);
	return 0;
}

/*
 * id_mount() - a mount of a file with the id, where /run/host or the name in it is not ours
 *
 * The file's tmpfs is mounted on /run as long as it takes to clone the file: what is not mounted
 * cannot be cloned before Linux 6.15.
 */
static int id_mount(Apply *apply)
{
	cleanup_close int fd = -1, target_fd = -1;
	size_t mark = apply->undo.n_entries;
	int mount_fd, r;

	fd = new_tmpfs(apply);
	if (fd < 0)
		return fd;
	r = write_id(apply, fd, MACHINE_ID_NAME);
	if (r < 0)
		return r;
	target_fd = target_open_directory(apply, PATH_RUN);
	if (target_fd < 0)
		return target_fd;
	r = target_attach(apply, fd, target_fd, /* is_ours= */ false);
	if (r < 0)
		return r;
	mount_fd = target_clone(fd, MACHINE_ID_NAME, MOUNT_ATTR_RDONLY, 0);
	undo_back_to(&apply->undo, mark);
	return mount_fd;
}

static int mask_commit(Apply *apply)
{
	int r;

	r = target_write_file(apply, PATH_UNIT_DIR, COMMIT_SERVICE, /* content= */ NULL);
	if (r < 0)
		apply->failed_at = PATH_UNIT_DIR;
	return r;
}

/**
 * run_host_keep_users_id() - let systemd neither commit nor unmount the user's file at
 * /etc/machine-id
 *
 * The service that would commit the id to disk fails where the file is a mount, and the system ends
 * `degraded`.
 *
 * Return: 0, or a negative errno.
 */
int run_host_keep_users_id(Apply *apply, const PlanStep *step)
{
	cleanup_close int fd = -1;
	int r;

	(void) step;
	r = mask_commit(apply);
	if (r < 0)
		return r;
	fd = open_in_root(apply->root_fd, PATH_MACHINE_ID, O_PATH);
	return fd < 0 ? fd : mount_unit_keep(apply, fd);
}

/* open_machine_id() - open the file to mount on; where there is none it is made, also by way of a link */
static int open_machine_id(Apply *apply)
{
	char path[PATH_MAX];
	int fd, r;

	fd = target_open_file(apply, PATH_MACHINE_ID);
	/* a link, maybe one that leads out of the user's volume */
	if (fd != -EEXIST && fd != -EXDEV)
		return fd;
	r = machine_id_path(apply->root_fd, path, sizeof(path));
	return r < 0 ? r : target_open_file(apply, path);
}

/**
 * run_host_bind_machine_id() - mount our id over /etc/machine-id, and let systemd neither commit nor
 * unmount it
 *
 * Return: 0, or a negative errno.
 */
int run_host_bind_machine_id(Apply *apply, const PlanStep *step)
{
	cleanup_close int mount_fd = -1, target_fd = -1;
	int r;

	(void) step;
	r = mask_commit(apply);
	if (r < 0)
		return r;
	target_fd = open_machine_id(apply);
	if (target_fd < 0)
		return target_fd;
	r = mount_unit_keep(apply, target_fd);
	if (r < 0)
		return r;
	mount_fd = apply->run_host_fd < 0 ? id_mount(apply)
					  : target_clone(apply->run_host_fd, MACHINE_ID_NAME,
							 MOUNT_ATTR_RDONLY, 0);
	return mount_fd < 0 ? mount_fd
			    : target_attach(apply, mount_fd, target_fd, /* is_ours= */ false);
}
