/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What oci-systemd-hook would do at a container's next start: the hook's own plan (plan.c), made from
 * config.json alone, so that containers that do not run have one too. The hook itself looks at the
 * mounts; what a link of the image changes in the plan is not seen here.
 */
#include "explain-plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "systemd-hook/mount-table.h"
#include "systemd-hook/observe-machine-id.h"
#include "systemd-hook/paths.h"
#include "systemd-hook/plan.h"

/* foresee_place() - a path of the container, as the mounts of config.json leave it */
static void foresee_place(const OciConfig *config, const char *path, PathKind kind, Place *ret)
{
	const OciMount *mount = oci_config_mount_over(config, path);
	bool is_tmpfs = mount && mount->type && strcmp(mount->type, "tmpfs") == 0 &&
			!oci_mount_is_bind(mount);

	ret->kind = kind;
	ret->owner = !mount ? MOUNT_ROOTFS : is_tmpfs ? MOUNT_TMPFS : MOUNT_OTHER;
	ret->is_mount = mount && strcmp(mount->path, path) == 0;
	ret->is_read_only = mount && oci_mount_is_read_only(mount);
	ret->is_noexec = mount && oci_mount_has_option(mount, "noexec");
}

/* is_shared() - whether an option makes a mount shared; the hook asks the kernel besides */
static bool is_shared(const OciMount *mount)
{
	return mount &&
	       (oci_mount_has_option(mount, "shared") || oci_mount_has_option(mount, "rshared"));
}

/* foresee_cgroup() - false on a host with cgroup v1, where the hook must look at each hierarchy */
static bool foresee_cgroup(const OciConfig *config, Observation *ret)
{
	const OciMount *mount = oci_config_mount_at(config, PATH_CGROUP);
	cleanup_close int fd = open(PATH_CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fd_is_fs_type(fd, CGROUP2_SUPER_MAGIC) <= 0)
		return false;
	foresee_place(config, PATH_CGROUP, PATH_DIRECTORY, &ret->cgroup);
	if (mount && (oci_mount_is_bind(mount) || strncmp(mount->type ?: "", "cgroup", 6) == 0))
		ret->cgroup.fs_type = CGROUP2_SUPER_MAGIC;
	ret->cgroup_is_on_host = is_shared(oci_config_mount_over(config, PATH_CGROUP));
	ret->cgroup_is_private = explain_has_namespace(config, "cgroup");
	ret->cgroup_is_wider = ret->cgroup_is_private && mount && oci_mount_is_bind(mount);
	ret->cgroup_nsdelegate = mount_table_has_nsdelegate(fd) > 0;
	return true;
}

/* has_etc() - whether a root file system is there, and not only the place where it will be mounted */
static bool has_etc(int root_fd)
{
	cleanup_close int fd = open_in_root(root_fd, "/etc", O_PATH | O_DIRECTORY);

	return fd >= 0;
}

/*
 * look_at_machine_id() - see what a root file system has at /etc/machine-id
 *
 * Return: 0, or a negative errno.
 */
static int look_at_machine_id(int root_fd, Observation *ret)
{
	Place *file = &ret->etc_machine_id;
	cleanup_close int fd = open_in_root(root_fd, PATH_MACHINE_ID, O_PATH);
	cleanup_close int link_fd = open_in_root(root_fd, PATH_MACHINE_ID, O_PATH | O_NOFOLLOW);
	struct stat st = {};

	if (look_up_failed(fd))
		return fd;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -errno;
	file->kind = S_ISREG(st.st_mode)       ? PATH_FILE
		     : S_ISDIR(st.st_mode)     ? PATH_DIRECTORY
		     : fd >= 0 || link_fd >= 0 ? PATH_OTHER
					       : PATH_MISSING;
	return observe_machine_id(root_fd, ret);
}

/*
 * foresee_machine_id() - what will be in /etc/machine-id
 *
 * In the image that is what the root file system has on the host. In a volume it is what the
 * container sees, while it runs: no mount of ours is on it. Where nothing can be seen, an empty
 * file, as images have it.
 */
static int foresee_machine_id(const OciConfig *config, int root_fd, const MachineId *id,
			      IdentitySource source, Observation *ret)
{
	Place *file = &ret->etc_machine_id;
	cleanup_close int image_fd = -1;

	foresee_place(config, PATH_MACHINE_ID, PATH_FILE, file);
	ret->machine_id_is_writable = true;
	ret->machine_id_state = MACHINE_ID_EMPTY;
	if (source == IDENTITY_FROM_MOUNT) {
		ret->machine_id_state = MACHINE_ID_VALID;
		ret->machine_id = *id;
		return 0;
	}
	if (file->owner != MOUNT_ROOTFS)
		return root_fd < 0 ? 0 : look_at_machine_id(root_fd, ret);
	image_fd = open(config->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return image_fd < 0 || !has_etc(image_fd) ? 0 : look_at_machine_id(image_fd, ret);
}

static int foresee(const OciConfig *config, int root_fd, const MachineId *id, IdentitySource source,
		   Observation *ret)
{
	char journal[sizeof(PATH_JOURNAL "/") + sizeof(id->text)];
	int r;

	(void) snprintf(journal, sizeof(journal), PATH_JOURNAL "/%s", id->text);
	foresee_place(config, PATH_RUN, PATH_DIRECTORY, &ret->run);
	foresee_place(config, PATH_RUN_LOCK, PATH_DIRECTORY, &ret->run_lock);
	foresee_place(config, PATH_RUN_HOST, PATH_DIRECTORY, &ret->run_host);
	foresee_place(config, PATH_TMP, PATH_DIRECTORY, &ret->tmp);
	foresee_place(config, PATH_JOURNAL, PATH_DIRECTORY, &ret->journal);
	foresee_place(config, journal, PATH_DIRECTORY, &ret->journal_id);
	r = foresee_machine_id(config, root_fd, id, source, ret);
	if (r < 0)
		return r;
	if (!foresee_cgroup(config, ret)) {
		/* as if nothing were missing */
		ret->cgroup = (Place){.kind = PATH_DIRECTORY, .is_mount = true};
		ret->cgroup.fs_type = CGROUP2_SUPER_MAGIC;
		ret->cgroup_is_private = true;
	}
	/* it is of the container's next start */
	ret->cgroup_path = strdup("/<its cgroup>");
	return ret->cgroup_path ? 0 : -ENOMEM;
}

static int report_plan(Report *report, const Plan *plan)
{
	cleanup_free char *text = NULL;
	FILE *file;
	char *rest;
	size_t size;

	file = open_memstream(&text, &size);
	if (!file)
		return -errno;
	plan_print(plan, file);
	if (fclose(file) == EOF)
		return -errno;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		bool is_note = strncmp(line, "note: ", 6) == 0;

		report_add(report, LEVEL_NOTE, "hook-plan", "oci-systemd-hook", NULL,
			   "at the next start would %s%s", is_note ? "warn: " : "",
			   is_note ? line + 6 : line);
	}
	return 0;
}

/** explain_has_namespace() - whether config.json gives the container a namespace of a type */
bool explain_has_namespace(const OciConfig *config, const char *wanted)
{
	json_t *linux_object = json_object_get(config->json, "linux"), *item;
	size_t i;

	json_array_foreach (json_object_get(linux_object, "namespaces"), i, item) {
		const char *type = json_string_value(json_object_get(item, "type"));

		if (type && strcmp(type, wanted) == 0)
			return true;
	}
	return false;
}

/**
 * explain_plan() - report what oci-systemd-hook would do
 * @report: where to
 * @config: the container
 * @root_fd: its root file system as it sees it now; -1: it does not run
 * @options: the administrator's policy for it
 * @id: its machine id
 * @source: where that is from
 *
 * Return: 0, or a negative errno.
 */
int explain_plan(Report *report, const OciConfig *config, int root_fd, const Options *options,
		 const MachineId *id, IdentitySource source)
{
	cleanup_observation Observation observation = OBSERVATION_NULL;
	cleanup_plan Plan plan = {};
	PlanInput input = {
		.config = config,
		.observation = &observation,
		.options = options,
		.id = id,
		.id_source = source,
	};
	int r;

	r = identity_is_usable(id, source);
	if (r < 0)
		return r;
	input.id_is_usable = r;
	(void) journal_mode_choose(config, options->journal_is_given ? &options->journal : NULL,
				   &input.journal);
	r = foresee(config, root_fd, id, source, &observation);
	if (r >= 0)
		r = plan_make(&input, &plan);
	return r < 0 ? r : report_plan(report, &plan);
}
