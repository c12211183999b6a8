/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the plan that is about /sys/fs/cgroup on a host with cgroup v1, alone or beside v2
 * (hybrid). Pure, as all of the plan.
 *
 * systemd from 258 on knows v2 only, and gets no more than that, if the host has it.
 *
 * systemd up to 257 wants a directory of hierarchies there, and to write in the one (hybrid: two)
 * in which it keeps track of its services. What limits a container is in the others, which stay
 * read-only. A container without a cgroup namespace looks for its own cgroup by its path on the
 * host, so it must be shown the whole of a hierarchy, and only there may it write.
 */
#include "plan-cgroup-v1.h"

#include <linux/magic.h>
#include <string.h>

#include "cgroup-hierarchy.h"
#include "paths.h"
#include "payload-version.h"

static void add_step(Plan *plan, PlanStepType type, const char *path,
		     const CgroupHierarchy *hierarchy)
{
	plan_add_step(plan, type, path, /* is_essential= */ true)->hierarchy = hierarchy;
}

static void add_version_note(const PlanInput *input, Plan *plan)
{
	const unsigned int version = input->observation->payload_version;

	if (version >= PAYLOAD_WITHOUT_V1)
		plan_add_note(plan, PATH_CGROUP,
			      "is cgroup v1, on which the image's systemd cannot boot: boot the "
			      "host with systemd.unified_cgroup_hierarchy=1, or take an image with "
			      "systemd 257 or older");
	else if (version == 0)
		plan_add_note(plan, PATH_CGROUP,
			      "is cgroup v1, on which systemd from 258 on cannot boot; the image's "
			      "version cannot be told");
}

static const CgroupHierarchy *find_tracking(const Observation *seen, bool is_unified)
{
	for (size_t i = 0; i < seen->n_hierarchies; i++)
		if (seen->hierarchies[i].is_tracking && seen->hierarchies[i].is_mounted &&
		    seen->hierarchies[i].is_unified == is_unified)
			return &seen->hierarchies[i];
	return NULL;
}

/* add_own() - the own cgroup of a hierarchy writable, and nothing above or beside it */
static void add_own(const PlanInput *input, Plan *plan, const CgroupHierarchy *hierarchy)
{
	const Observation *seen = input->observation;
	const char *path = seen->cgroup_is_private ? hierarchy->place_path : hierarchy->own_path;

	if (!seen->cgroup_is_private)
		add_step(plan, STEP_CGROUP_TREE, hierarchy->place_path, hierarchy);
	add_step(plan, STEP_CGROUP_OWN, path, hierarchy);
	if (hierarchy->is_unified && !(seen->cgroup_is_private && hierarchy->is_guarded))
		add_step(plan, STEP_CGROUP_GUARD, path, hierarchy);
}

/* plan_own() - what is missing of a hierarchy that systemd keeps its services in */
static void plan_own(const PlanInput *input, Plan *plan, const CgroupHierarchy *hierarchy)
{
	const bool is_private = input->observation->cgroup_is_private;
	const Place *place = &hierarchy->place;
	const Place *own = is_private ? place : &hierarchy->own_place;
	const unsigned long type = hierarchy->is_unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
	bool is_done =
		place->is_mount && place->fs_type == type && own->is_mount && !own->is_read_only;

	if (!is_done)
		add_own(input, plan, hierarchy);
	if (!is_done || input->config->mount_label)
		plan_add_step(plan, STEP_CGROUP_OWNER, hierarchy->place_path,
			      input->observation->root.is_other)
			->hierarchy = hierarchy;
}

/*
 * plan_unified_alone() - systemd that knows v2 only gets its v2 cgroup, in place of a tmpfs with all
 * hierarchies; the limits, in those of v1, stay unseen
 *
 * Return: false if there is no such cgroup, or a volume in the way.
 */
static bool plan_unified_alone(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;
	const CgroupHierarchy *unified = find_tracking(seen, /* is_unified= */ true);

	if (!unified || unified->is_shared ||
	    (seen->cgroup.is_mount && !seen->cgroup_is_engines &&
	     seen->cgroup.fs_type != CGROUP2_SUPER_MAGIC))
		return false;
	plan_own(input, plan, unified);
	return true;
}

/*
 * is_left() - whether what the engine or the user mounted is wider than what we would: writable,
 * and not the container's own, or one of those that limit it
 */
static bool is_left(const CgroupHierarchy *hierarchy)
{
	const Place *place = &hierarchy->place;

	return place->is_mount && !place->is_read_only &&
	       !(hierarchy->is_own && hierarchy->is_tracking);
}

/* plan_engines() - on what the engine mounted */
static void plan_engines(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;
	bool is_wider = false;

	for (size_t i = 0; i < seen->n_hierarchies; i++) {
		const CgroupHierarchy *hierarchy = &seen->hierarchies[i];

		if (!hierarchy->is_mounted)
			continue;
		/* not in a volume, which may be shared with the host */
		if (hierarchy->has_agent && seen->cgroup_is_engines &&
		    !oci_config_mount_at(input->config, hierarchy->place_path))
			add_step(plan, STEP_CGROUP_MASK, hierarchy->place_path, hierarchy);
		if (is_left(hierarchy))
			is_wider = true;
		else if (hierarchy->is_tracking && hierarchy->place.is_mount &&
			 !hierarchy->is_shared)
			plan_own(input, plan, hierarchy);
	}
	if (is_wider)
		plan_add_note(plan, PATH_CGROUP,
			      "the container may write more of the host's cgroup v1 hierarchies "
			      "than its own cgroup, as its engine or user mounted them");
	if (seen->cgroup_is_unsealed)
		add_step(plan, STEP_CGROUP_SEAL, PATH_CGROUP, NULL);
}

/**
 * plan_cgroup_v1() - plan /sys/fs/cgroup on a host with cgroup v1
 * @input: what is known
 * @plan: the plan, which is added to
 */
void plan_cgroup_v1(const PlanInput *input, Plan *plan)
{
	const Observation *seen = input->observation;
	const CgroupHierarchy *tracking = find_tracking(seen, /* is_unified= */ false);

	if (seen->payload_version >= PAYLOAD_WITHOUT_V1 && plan_unified_alone(input, plan))
		return;
	add_version_note(input, plan);
	if (seen->payload_version >= PAYLOAD_WITHOUT_V1)
		return;
	if (!tracking) {
		plan_add_note(plan, PATH_CGROUP,
			      "the host has no cgroup hierarchy name=systemd, which systemd needs: "
			      "left as the engine made it");
		return;
	}
	if (tracking->is_shared) {
		plan_add_note(plan, PATH_CGROUP,
			      "the container has no cgroup of its own: left as it is");
		return;
	}
	if (seen->cgroup.is_mount && !tracking->place.is_mount) {
		plan_add_note(plan, PATH_CGROUP, "is a mount of another kind: left as it is");
		return;
	}
	if (seen->cgroup.is_mount) {
		plan_engines(input, plan);
		return;
	}

	add_step(plan, STEP_CGROUP_HIERARCHIES, PATH_CGROUP, NULL);
	for (size_t i = 0; i < seen->n_hierarchies; i++) {
		const CgroupHierarchy *hierarchy = &seen->hierarchies[i];

		if (hierarchy->is_mounted && hierarchy->is_tracking && !hierarchy->is_shared)
			plan_own(input, plan, hierarchy);
	}
	add_step(plan, STEP_CGROUP_SEAL, PATH_CGROUP, NULL);
}
