/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan.h"

void plan_run_host(const PlanInput *input, Plan *plan);
void plan_machine_id(const PlanInput *input, Plan *plan);
