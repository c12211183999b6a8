/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's part for the container's id, in /run/host and in /etc/machine-id.
 *
 * Our id is mounted over the file, whatever the image has there. PID 1 would write it, or commit it
 * later, to the image. A file of the user's stays as it is.
 */
#include "plan-machine-id.h"

#include <linux/magic.h>

#include "paths.h"

/* What follows where /etc/machine-id does not get our id */
#define OTHER_ID                                                                                   \
	": left as it is, so systemd-machined knows the container by another id, and the journal " \
	"stays in the container"

static const char no_run_host[] = "is a volume: /run/host is not set up";
static const char no_run_host_and_id[] =
	"is a volume: neither /run/host nor a machine id is set up" OTHER_ID;

/* run_is_writable() - whether files may be made on the container's /run, as it will be */
static bool run_is_writable(const PlanInput *input)
{
	const Place *run = &input->observation->run;

	return !run->is_mount || (run->owner == MOUNT_TMPFS && !run->is_read_only);
}

/**
 * plan_run_host() - plan /run/host
 * @input: what is known
 * @plan: gets a step, or a note
 */
void plan_run_host(const PlanInput *input, Plan *plan)
{
	if (input->observation->run_host.is_mount)
		return;
	if (!run_is_writable(input)) {
		plan_add_note(plan, PATH_RUN, no_run_host);
		return;
	}
	plan_add_step(plan, STEP_RUN_HOST, PATH_RUN_HOST, /* is_essential= */ false);
}

/*
 * pid1_writes_id() - whether PID 1 will write our id into a file where we do not mount it
 *
 * It takes the id from `container_uuid` where it finds none. It sets the id of a first boot, for
 * which the file is absent or `uninitialized`, by a mount, and so needs CAP_SYS_ADMIN.
 */
static bool pid1_writes_id(const PlanInput *input)
{
	const Observation *seen = input->observation;
	const char *uuid = oci_config_env(input->config, "container_uuid");
	const OciMount *mount = oci_config_mount_over(input->config, PATH_MACHINE_ID);
	bool is_first_boot = seen->etc_machine_id.kind != PATH_FILE ||
			     seen->machine_id_state == MACHINE_ID_UNINITIALIZED;
	MachineId id;

	if (seen->etc_machine_id.kind == PATH_DIRECTORY || seen->etc_machine_id.kind == PATH_OTHER)
		return false;
	/* crun makes a mount read-only only after the hooks have run */
	if (seen->etc_machine_id.is_read_only || (mount && oci_mount_has_option(mount, "ro")))
		return false;
	return seen->machine_id_is_writable && !seen->has_dbus_id &&
	       seen->machine_id_state != MACHINE_ID_VALID && uuid &&
	       machine_id_parse(uuid, &id) >= 0 && machine_id_equal(&id, input->id) &&
	       (!is_first_boot || input->config->has_sys_admin);
}

/* is_said_already() - whether /run and /run/host are our own, so that an earlier call has said it */
static bool is_said_already(const PlanInput *input)
{
	const Place *run = &input->observation->run, *run_host = &input->observation->run_host;

	return run->is_mount && run->owner == MOUNT_OTHER && run->fs_type == TMPFS_MAGIC &&
	       run_host->is_mount && run_host->owner == MOUNT_OTHER &&
	       !oci_config_mount_over(input->config, PATH_RUN);
}

/* why_not_mounted() - why our id is not mounted over /etc/machine-id; NULL if it is */
static const char *why_not_mounted(const PlanInput *input)
{
	static const char another[] = "holds another id than the user's file on the host" OTHER_ID;
	const Observation *seen = input->observation;
	const Place *file = &seen->etc_machine_id;
	bool has_id = file->kind == PATH_FILE && seen->machine_id_state == MACHINE_ID_VALID;

	if (input->id_source == IDENTITY_FROM_MOUNT)
		return another;
	if (file->kind == PATH_DIRECTORY || file->kind == PATH_OTHER)
		return "is not a regular file" OTHER_ID;
	if (file->is_mount || file->owner != MOUNT_ROOTFS)
		return has_id ? "is on a volume and holds another id" OTHER_ID
			      : "is on a volume and holds no id that can be read" OTHER_ID;
	if (!run_is_writable(input))
		return "gets no mount, as /run is a volume" OTHER_ID;
	return NULL;
}

/**
 * plan_machine_id() - plan what becomes of the container's /etc/machine-id
 * @input: what is known
 * @plan: gets steps, or a note and that there will be another id than ours
 */
void plan_machine_id(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;
	const Place *file = &seen->etc_machine_id;
	PlanNote *note;
	const char *why;

	/* the user's, as our own has the mask already */
	if (file->is_mount && !seen->commit_is_masked && run_is_writable(input))
		plan_add_step(plan, STEP_MASK_COMMIT, PATH_COMMIT_MASK, /* is_essential= */ false);
	if (!input->id_is_usable)
		return;
	if (file->kind == PATH_FILE && seen->machine_id_state == MACHINE_ID_VALID &&
	    machine_id_equal(&seen->machine_id, input->id))
		return;
	why = why_not_mounted(input);
	if (!why) {
		/* without it journald does not write into the directory on the host */
		plan_add_step(plan, STEP_MACHINE_ID, PATH_MACHINE_ID,
			      input->journal == JOURNAL_HOST);
		return;
	}
	if (pid1_writes_id(input))
		return;
	plan->has_other_id = true;
	if (is_said_already(input))
		return;
	note = plan->n_notes > 0 ? &plan->notes[plan->n_notes - 1] : NULL;
	if (note && note->text == no_run_host)
		note->text = no_run_host_and_id;
	else
		note = plan_add_note(plan, PATH_MACHINE_ID, why);
	note->is_fatal = input->journal == JOURNAL_HOST;
}
