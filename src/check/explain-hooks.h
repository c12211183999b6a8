/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "oci-config.h"
#include "report.h"

/* How a container's config.json calls one of our hooks at createRuntime. */
typedef struct HookCall {
	const char *path;   /* NULL: it does not */
	const json_t *args; /* array, or NULL */
} HookCall;

void hook_call_find(const json_t *config, const char *program, HookCall *ret);
const char *hook_call_option(const HookCall *call, const char *option);
bool hook_call_has(const HookCall *call, const char *option);

int explain_hooks(Report *report, const OciConfig *config, bool is_ours);
