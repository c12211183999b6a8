/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that say what is there: config.json, options and all that observe() looks at. Whatever it is, the plan
 * touches no place but those that it is about and none that belongs to the user, what it makes writable is guarded,
 * and once it is carried out there is nothing left to do.
 */
#include <linux/magic.h>

#include "fuzz.h"
#include "plan-model.h"
#include "systemd-hook/paths.h"

/* check_tmpfs() - on nothing that is a mount, or in a volume */
static void check_tmpfs(const Model *model, const PlanStep *step)
{
	const Place *place = model_place(model, step->path);

	assert(place && place->owner != MOUNT_OTHER && !place->is_mount && step->is_essential);
	assert(strstr(step->options, "size=") && !strchr(step->options, ' '));
}

/* check_cgroup() - of the container's own cgroup only, and guarded where it is made writable */
static void check_cgroup(const Model *model, const Plan *plan, size_t i)
{
	const Observation *seen = &model->seen;
	const PlanStep *step = &plan->steps[i];
	const CgroupHierarchy *hierarchy = step->hierarchy;
	bool is_guarded = false;

	assert(strncmp(step->path, PATH_CGROUP, strlen(PATH_CGROUP)) == 0);
	assert(hierarchy ? seen->cgroup_layout == CGROUP_LEGACY && hierarchy->is_mounted
			 : seen->cgroup_layout == CGROUP_LEGACY || !seen->cgroup_is_shared);
	if (step->type != STEP_CGROUP_OWNER)
		assert(!seen->cgroup_is_on_host);
	if (step->type != STEP_CGROUP_OWN && step->type != STEP_CGROUP_REMOUNT)
		return;
	assert(!hierarchy || (!hierarchy->is_shared && hierarchy->is_tracking));
	/* v1 keeps limits in other hierarchies */
	if (hierarchy && !hierarchy->is_unified)
		return;
	if (seen->cgroup_is_private &&
	    (hierarchy ? hierarchy->is_guarded : seen->cgroup_nsdelegate))
		return;
	while (++i < plan->n_steps)
		is_guarded |= plan->steps[i].type == STEP_CGROUP_GUARD &&
			      strcmp(plan->steps[i].path, step->path) == 0;
	assert(is_guarded);
}

static void check_machine_id(const Model *model, const PlanStep *step)
{
	const Place *file = &model->seen.etc_machine_id;

	assert(strcmp(step->path, PATH_MACHINE_ID) == 0);
	assert(model->input.id_is_usable && model->input.id_source != IDENTITY_FROM_MOUNT);
	assert(!file->is_mount && file->owner == MOUNT_ROOTFS && file->kind <= PATH_FILE &&
	       file->kind != PATH_DIRECTORY);
	assert(step->is_essential == (model->input.journal == JOURNAL_HOST));
}

static void check_journal(const Model *model, const Plan *plan, const PlanStep *step)
{
	assert(strcmp(step->path, PATH_JOURNAL "/" MODEL_ID) == 0);
	assert(model->input.journal != JOURNAL_NO && model->input.id_is_usable);
	assert(!plan->has_other_id);
	assert(step->is_essential == (model->input.journal == JOURNAL_HOST));
	/* the administrator may insist on it in a volume, which then decides itself */
	assert(step->is_essential || model->seen.journal.owner != MOUNT_OTHER);
}

static void check_step(const Model *model, const Plan *plan, size_t i)
{
	const PlanStep *step = &plan->steps[i];

	assert(fuzz_is_path(step->path));
	switch (step->type) {
	case STEP_TMPFS:
		check_tmpfs(model, step);
		break;
	case STEP_ALLOW_EXEC:
		assert(model_place(model, step->path)->owner == MOUNT_TMPFS);
		break;
	case STEP_RUN_HOST:
		assert(strcmp(step->path, PATH_RUN_HOST) == 0);
		break;
	case STEP_MACHINE_ID:
		check_machine_id(model, step);
		break;
	case STEP_MASK_COMMIT:
		assert(strcmp(step->path, PATH_COMMIT_MASK) == 0);
		break;
	case STEP_JOURNAL:
		check_journal(model, plan, step);
		break;
	default:
		check_cgroup(model, plan, i);
	}
}

static void check_plan(const Model *model, const Plan *plan)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *file;

	assert(plan->n_steps <= PLAN_STEPS_MAX && plan->n_notes <= PLAN_NOTES_MAX);
	for (size_t i = 0; i < plan->n_steps; i++)
		check_step(model, plan, i);
	file = open_memstream(&text, &size);
	assert(file);
	plan_print(plan, file);
	assert(fclose(file) == 0 && size > 0);
}

/* check_again() - what is left to do when it is done: at most to own and label what the engine mounted */
static void check_again(const Model *model)
{
	cleanup_plan Plan plan = {};

	assert(plan_make(&model->input, &plan) == 0);
	for (size_t i = 0; i < plan.n_steps; i++)
		assert(plan.steps[i].type == STEP_CGROUP_OWNER && model->config.mount_label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_plan Plan plan = {};
	Model model;

	model_make(&model, data, size);
	assert(plan_make(&model.input, &plan) == 0);
	check_plan(&model, &plan);
	model_apply(&model, &plan);
	check_again(&model);
	model_done(&model);
	return 0;
}
