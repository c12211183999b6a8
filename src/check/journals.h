/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

typedef struct JournalsOptions {
	bool prune;
	bool dry_run;
	bool ended; /* only of --rm containers that ended, and wait until they are gone */
	uint64_t older_than_sec;
	const json_t *ids; /* only these directories, an object with their names; NULL: all */
} JournalsOptions;

int journals_check(const JournalsOptions *options, Report *report);
