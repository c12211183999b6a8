/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "hostile-call.h"

/* What there is before a call, and after it: lines of text. */
typedef struct State {
	char *host, *journal, *container;
	size_t n_mounts; /* of the container */
} State;

void state_look(const Call *call, pid_t pid, State *ret);
void state_compare(const char *before, const char *after, const char *of);
void state_report_strays(const Call *call, const char *before, const char *after);
void state_report_foreign(const Call *call, const char *before, const char *after);
