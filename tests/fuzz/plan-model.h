/* SPDX-License-Identifier: Apache-2.0 */
/* A container out of bytes, as observe() may see it, and what a plan makes of it. */
#ifndef PLAN_MODEL_H
#define PLAN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "systemd-hook/cgroup-hierarchy.h"
#include "systemd-hook/plan.h"

#define MODEL_ID "81f9f270b6608ffb6a500ac7ec36e137"
#define MODEL_MOUNTS_MAX 4

typedef struct Model {
	OciMount mounts[MODEL_MOUNTS_MAX];
	OciConfig config;
	Options options;
	Observation seen;
	MachineId id;
	PlanInput input; /* of the above */
} Model;

void model_make(Model *model, const uint8_t *data, size_t size);
void model_done(Model *model);
const Place *model_place(const Model *model, const char *path);
void model_apply(Model *model, const Plan *plan);

#endif
