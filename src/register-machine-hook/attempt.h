/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "unit.h"

typedef enum AttemptResult {
	ATTEMPT_NONE,
	ATTEMPT_REGISTERED,
	ATTEMPT_FAILED,
} AttemptResult;

AttemptResult attempt_read(const Unit *unit, pid_t leader);
void attempt_write(const Unit *unit, pid_t leader, AttemptResult result);
