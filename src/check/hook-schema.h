/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "hook-file.h"

void hook_schema_check(HookCheck *check, HookFile *file);
void hook_refuse(HookCheck *check, HookFile *file, const char *id, const char *text, ...)
	printf_like(4, 5);
