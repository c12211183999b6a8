/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what is there to what is to be done. Pure: reads nothing, changes nothing, so that it can be
 * tested as data and printed (--explain).
 *
 * The rules are those of systemd's container interface (https://systemd.io/CONTAINER_INTERFACE) and
 * of systemd-nspawn. What the engine or the user already mounted stays; a step is there only for
 * what is missing.
 *
 *   /run /run/lock /tmp   tmpfs; without CAP_SYS_ADMIN systemd cannot mount them and does not boot
 *   /sys/fs/cgroup        the container's own subtree must be writable, and nothing else may be
 *   /run/host             tells systemd that it is in a container: no hook can set `container=`
 *   /etc/machine-id       the container's id, by a mount, so that the image stays as it is
 *   /var/log/journal/<id> the directory of that name on the host
 */
#include "plan.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "plan-cgroup-v1.h"
#include "plan-machine-id.h"
#include "stream.h"

/* As systemd-nspawn(1) sizes them; /run/lock as Debian's run-lock.mount did. */
#define RUN_INODES "800k"
#define TMP_INODES "400k"
#define LOCK_SIZE "5m"

/** plan_done() - release what a plan holds */
void plan_done(Plan *plan)
{
	free(plan->cgroup_own_path);
	*plan = (Plan){};
}

/**
 * plan_add_step() - add a step at the end of a plan
 *
 * Return: the step, for what else is to be said of it.
 */
PlanStep *plan_add_step(Plan *plan, PlanStepType type, const char *path, bool is_essential)
{
	PlanStep *step = &plan->steps[plan->n_steps++];

	*step = (PlanStep){.type = type, .path = path, .is_essential = is_essential};
	return step;
}

/**
 * plan_add_note() - add what the user should know of a path
 *
 * Return: the note, for what else is to be said of it.
 */
PlanNote *plan_add_note(Plan *plan, const char *path, const char *text)
{
	PlanNote *note = &plan->notes[plan->n_notes++];

	*note = (PlanNote){.path = path, .text = text};
	return note;
}

/*
 * is_engine_noexec() - CRI-O mounts its four tmpfs noexec, which breaks programs that systemd runs
 * there
 */
static bool is_engine_noexec(const PlanInput *input, const Place *place, const char *path)
{
	const char *manager = oci_config_annotation(input->config, "io.container.manager");
	const OciMount *mount = oci_config_mount_at(input->config, path);

	return place->is_mount && place->is_noexec && place->owner == MOUNT_TMPFS && manager &&
	       strcmp(manager, "cri-o") == 0 && mount && oci_mount_has_option(mount, "noexec");
}

static void plan_tmpfs(const PlanInput *input, Plan *plan, const Place *place, const char *path,
		       const char *options)
{
	if (is_engine_noexec(input, place, path))
		plan_add_step(plan, STEP_ALLOW_EXEC, path, /* is_essential= */ false);
	if (place->is_mount)
		return;

	if (place->owner == MOUNT_OTHER) {
		plan_add_note(plan, path, "is in a volume: no tmpfs is mounted there");
		return;
	}
	plan_add_step(plan, STEP_TMPFS, path, /* is_essential= */ true)->options = options;
}

static void add_wider_note(Plan *plan)
{
	plan_add_note(plan, PATH_CGROUP,
		      "the container may write the host's whole cgroup tree, as its engine or user "
		      "mounted it: prefer a private cgroup namespace and no volume there");
}

static int plan_cgroup_private(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;

	if (!seen->cgroup.is_mount || (seen->cgroup_is_wider && seen->cgroup.is_read_only))
		plan_add_step(plan, STEP_CGROUP_OWN, PATH_CGROUP, /* is_essential= */ true);
	else if (seen->cgroup.is_read_only)
		plan_add_step(plan, STEP_CGROUP_REMOUNT, PATH_CGROUP, /* is_essential= */ true);
	else {
		if (seen->cgroup_is_wider)
			add_wider_note(plan);
		return 0;
	}

	if (!seen->cgroup_nsdelegate)
		plan_add_step(plan, STEP_CGROUP_GUARD, PATH_CGROUP, /* is_essential= */ true);
	return 0;
}

static int plan_cgroup_host(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;

	if (seen->cgroup.is_mount && !seen->cgroup.is_read_only) {
		add_wider_note(plan);
		return 0;
	}
	if (seen->cgroup.is_mount && seen->cgroup_own.is_mount && !seen->cgroup_own.is_read_only)
		return 0;

	if (asprintf(&plan->cgroup_own_path, PATH_CGROUP "%s", seen->cgroup_path) < 0) {
		plan->cgroup_own_path = NULL;
		return -ENOMEM;
	}
	if (!seen->cgroup.is_mount)
		plan_add_step(plan, STEP_CGROUP_TREE, PATH_CGROUP, /* is_essential= */ true);
	plan_add_step(plan, STEP_CGROUP_OWN, plan->cgroup_own_path, /* is_essential= */ true);
	/* nsdelegate guards the root of a namespace, and here is none */
	plan_add_step(plan, STEP_CGROUP_GUARD, plan->cgroup_own_path, /* is_essential= */ true);
	return 0;
}

static int plan_cgroup_v2(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;
	size_t before = plan->n_steps;
	int r;

	if (seen->cgroup.is_mount && seen->cgroup.fs_type != CGROUP2_SUPER_MAGIC) {
		plan_add_note(plan, PATH_CGROUP, "is a mount of another kind: left as it is");
		return 0;
	}
	if (seen->cgroup_is_shared) {
		plan_add_note(plan, PATH_CGROUP,
			      "the container has no cgroup of its own: left as it is");
		return 0;
	}

	r = seen->cgroup_is_private ? plan_cgroup_private(input, plan)
				    : plan_cgroup_host(input, plan);
	if (r < 0)
		return r;

	/*
	 * The engine's own writable mount may lack the SELinux label all the same. A root that is
	 * not the host's can do nothing in a cgroup that is not its own: runc gives it away in a
	 * cgroup namespace only. To the host's root it belongs as it was made.
	 */
	if (input->config->mount_label ||
	    (seen->root.is_other && (plan->n_steps > before || seen->cgroup_is_foreign)))
		plan_add_step(plan, STEP_CGROUP_OWNER, PATH_CGROUP, seen->root.is_other);
	return 0;
}

static int plan_cgroup(const PlanInput *input, Plan *plan)
{
	size_t before = plan->n_steps;
	bool mounts = false;
	int r = 0;

	if (input->observation->cgroup_layout == CGROUP_LEGACY)
		plan_cgroup_v1(input, plan);
	else
		r = plan_cgroup_v2(input, plan);
	if (r < 0)
		return r;

	for (size_t i = before; i < plan->n_steps; i++)
		mounts |= plan->steps[i].type != STEP_CGROUP_OWNER;
	if (mounts && input->observation->cgroup_is_on_host) {
		plan->n_steps = before;
		plan_add_note(plan, PATH_CGROUP,
			      "is on a mount that is shared with the host: left as it is");
	}
	return 0;
}

static void plan_journal(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;

	if (input->journal == JOURNAL_NO || !input->id_is_usable || plan->has_other_id ||
	    seen->journal_id.is_mount)
		return;
	/* with --journal=host the step itself fails, and says why */
	if (input->journal != JOURNAL_HOST) {
		if (seen->journal.kind == PATH_FILE || seen->journal.kind == PATH_OTHER) {
			plan_add_note(plan, PATH_JOURNAL,
				      "is not a directory: the journal stays in the container");
			return;
		}
		if (seen->journal.owner == MOUNT_OTHER) {
			plan_add_note(plan, PATH_JOURNAL,
				      "is on a volume: the journal stays there");
			return;
		}
	}
	(void) snprintf(plan->journal_path, sizeof(plan->journal_path), PATH_JOURNAL "/%s",
			input->id->text);
	plan_add_step(plan, STEP_JOURNAL, plan->journal_path, input->journal == JOURNAL_HOST);
}

/**
 * plan_make() - make the plan
 * @input: what is known
 * @ret: the plan; release with plan_done(). It points into itself and into @input: it must not be
 * copied
 *
 * Return: 0, or -ENOMEM.
 */
int plan_make(const PlanInput *input, Plan *ret)
{
	const Observation *seen = input->observation;
	const Options *options = input->options;
	int r;

	*ret = (Plan){};
	(void) snprintf(ret->run_options, sizeof(ret->run_options),
			"mode=0755,size=%s,nr_inodes=" RUN_INODES, options->run_size);
	(void) snprintf(ret->lock_options, sizeof(ret->lock_options), "mode=0755,size=" LOCK_SIZE);
	(void) snprintf(ret->tmp_options, sizeof(ret->tmp_options),
			"mode=1777,size=%s,nr_inodes=" TMP_INODES, options->tmp_size);

	plan_tmpfs(input, ret, &seen->run, PATH_RUN, ret->run_options);
	plan_tmpfs(input, ret, &seen->run_lock, PATH_RUN_LOCK, ret->lock_options);
	plan_tmpfs(input, ret, &seen->tmp, PATH_TMP, ret->tmp_options);
	if (is_engine_noexec(input, &seen->journal, PATH_JOURNAL))
		plan_add_step(ret, STEP_ALLOW_EXEC, PATH_JOURNAL, /* is_essential= */ false);
	r = plan_cgroup(input, ret);
	if (r < 0) {
		plan_done(ret);
		return r;
	}
	plan_run_host(input, ret);
	plan_machine_id(input, ret);
	plan_journal(input, ret);
	return 0;
}

/**
 * plan_find() - the first step of a type
 *
 * Return: the step, or NULL if the plan has none.
 */
const PlanStep *plan_find(const Plan *plan, PlanStepType type)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].type == type)
			return &plan->steps[i];
	return NULL;
}

/* shown_path() - a path, unless a file would keep what the user chose of it: his cgroup or his id */
static const char *shown_path(const char *path, FILE *file)
{
	static const char *const own[] = {PATH_CGROUP "/", PATH_JOURNAL "/"};

	if (fileno(file) < 0 || stream_kind(fileno(file)) == STREAM_READER)
		return path;
	for (size_t i = 0; i < ELEMENTSOF(own); i++)
		if (strncmp(path, own[i], strlen(own[i])) == 0)
			return STREAM_LEFT_OUT;
	return path;
}

/**
 * plan_print() - print a plan for a person, a line a step
 * @plan: the plan
 * @file: where to
 */
void plan_print(const Plan *plan, FILE *file)
{
	static const char *const texts[_STEP_MAX] = {
		[STEP_TMPFS] = "mount tmpfs on",
		[STEP_ALLOW_EXEC] = "allow programs on",
		[STEP_CGROUP_TREE] = "show the host's cgroup tree read-only on",
		[STEP_CGROUP_OWN] = "mount the container's cgroup writable on",
		[STEP_CGROUP_REMOUNT] = "make writable by a second mount",
		[STEP_CGROUP_GUARD] = "make all but the delegated files read-only in",
		[STEP_CGROUP_OWNER] = "give the delegated files to the container's root in",
		[STEP_CGROUP_HIERARCHIES] = "show the host's cgroup hierarchies read-only on",
		[STEP_CGROUP_SEAL] = "make read-only",
		[STEP_CGROUP_MASK] = "cover release_agent in",
		[STEP_RUN_HOST] = "describe the host in",
		[STEP_MACHINE_ID] = "mount the container's id on",
		[STEP_MASK_COMMIT] = "mask",
		[STEP_JOURNAL] = "mount the host's journal directory on",
	};

	for (size_t i = 0; i < plan->n_steps; i++) {
		const PlanStep *step = &plan->steps[i];

		(void) fprintf(file, "%s %s%s%s%s\n", texts[step->type],
			       shown_path(step->path, file), step->options ? " (" : "",
			       step->options ?: "", step->options ? ")" : "");
	}
	for (size_t i = 0; i < plan->n_notes; i++)
		(void) fprintf(file, "note: %s %s\n", shown_path(plan->notes[i].path, file),
			       plan->notes[i].text);
	if (plan->n_steps == 0)
		(void) fputs("nothing to do\n", file);
}
