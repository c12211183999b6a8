/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"

int run_host_mount(Apply *apply, const PlanStep *step);
int run_host_bind_machine_id(Apply *apply, const PlanStep *step);
int run_host_keep_users_id(Apply *apply, const PlanStep *step);
