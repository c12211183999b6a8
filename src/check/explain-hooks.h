/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "hook-options.h"
#include "oci-config.h"
#include "report.h"

/* How a hook of ours is called at createRuntime. */
typedef struct HookCall {
	const char *path; /* config.json's; NULL: it does not call it */
	Policy policy;	  /* the options of all files; of those that match now, if it does not */
} HookCall;

void hook_call_done(HookCall *call);
int explain_hooks(Report *report, const OciConfig *config, const bool is_ours[_HOOKS_MAX],
		  HookCall calls[_HOOKS_MAX]);
