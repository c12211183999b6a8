/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

typedef struct JournalsOptions {
	bool prune;
	bool dry_run;
	uint64_t older_than_sec;
} JournalsOptions;

int journals_check(const JournalsOptions *options, Report *report);
