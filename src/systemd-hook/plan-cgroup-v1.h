/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan.h"

void plan_cgroup_v1(const PlanInput *input, Plan *plan);
