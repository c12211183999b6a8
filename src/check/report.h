/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cleanup.h"
#include "json.h"

typedef enum Level {
	LEVEL_GOOD,    /* looked at, and right */
	LEVEL_NOTE,    /* worth knowing, or not to be seen from here */
	LEVEL_WARNING, /* something does not work as it could */
	LEVEL_ERROR,   /* containers fail, or run without a hook */
} Level;

/* What was found, in the form in which --json prints it. */
typedef struct Report {
	json_t *json;
	json_t *findings;   /* its array of that name */
	bool is_incomplete; /* memory was out */
	unsigned int n_errors, n_warnings;
} Report;

int report_new(const char *command, Report *ret);
void report_done(Report *report);
void report_add(Report *report, Level level, const char *check, const char *subject,
		const char *advice, const char *text, ...) printf_like(6, 7);
int report_print(const Report *report, bool as_json);
bool report_is_clean(const Report *report);

#define cleanup_report cleanup(report_done)
