/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "hook-file.h"
#include "oci-config.h"

typedef enum HookMatch {
	HOOK_MATCH_NO,
	HOOK_MATCH_YES,
	HOOK_MATCH_UNSURE,
} HookMatch;

HookMatch hook_match(const HookFile *file, const OciConfig *config, char *why, size_t size);
