/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"

int journal_prepare(Apply *apply);
int journal_mount(Apply *apply, const PlanStep *step);
