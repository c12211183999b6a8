/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "oci-config.h"
#include "report.h"

/* How a hook of ours is called at createRuntime. */
typedef struct HookCall {
	const char *path; /* config.json's; NULL: it does not call it */
	json_t *args; /* array, or NULL; of the file that matches now, where config.json has none */
} HookCall;

void hook_call_find(const json_t *config, const char *program, HookCall *ret);
void hook_call_done(HookCall *call);
const char *hook_call_option(const HookCall *call, const char *option);
bool hook_call_has(const HookCall *call, const char *option);

/* The hooks, as an index. */
enum {
	HOOK_SYSTEMD,
	HOOK_REGISTER,
	_HOOKS_MAX,
};

int explain_hooks(Report *report, const OciConfig *config, const bool is_ours[_HOOKS_MAX],
		  HookCall calls[_HOOKS_MAX]);
