/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "hook.h"
#include "machine.h"
#include "machined-instance.h"
#include "unit.h"

void explain_not_ours(const HookInput *input, const char *reason);
void explain_register(const HookInput *input, const MachinedInstance *instance,
		      const Machine *machine, const Unit *unit);
void explain_unregister(const HookInput *input, const MachinedInstance *instance,
			const Machine *machine);
