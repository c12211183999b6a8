/* SPDX-License-Identifier: Apache-2.0 */
/* What the hooks said of a container, from the host's journal. */
#include "explain-log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "run-program.h"

#define JOURNALCTL "/usr/bin/journalctl"
#define OUTPUT_SIZE_MAX (1024 * 1024)

/* word_of() - of a priority of syslog(3) */
static const char *word_of(const char *priority)
{
	switch (priority ? *priority : '6') {
	case '0':
	case '1':
	case '2':
	case '3':
		return "error";
	case '4':
		return "warning";
	default:
		return "message";
	}
}

static const char *string_of(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key)) ?: "";
}

static void report_entry(Report *report, const json_t *entry)
{
	time_t seconds =
		(time_t) (strtoull(string_of(entry, "__REALTIME_TIMESTAMP"), NULL, 10) / 1000000);
	char when[sizeof("1970-01-01 00:00:00")] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		(void) strftime(when, sizeof(when), "%F %T", &tm);
	report_add(report, LEVEL_NOTE, "hook-message", string_of(entry, "SYSLOG_IDENTIFIER"), NULL,
		   "%s of %s: %s", word_of(string_of(entry, "PRIORITY")), when,
		   string_of(entry, "MESSAGE"));
}

/**
 * explain_log() - report the last messages of the hooks for a container
 *
 * The hooks name the container in a field of their own; any user could write such messages too.
 */
void explain_log(Report *report, const char *container_id)
{
	cleanup_free char *match = NULL, *output = NULL;
	char *argv[] = {(char *) JOURNALCTL,
			(char *) "--no-pager",
			(char *) "--output=json",
			(char *) "--lines=10",
			NULL,
			NULL};
	char *rest;
	int r;

	if (asprintf(&match, "OCI_HOOKS_CONTAINER_ID=%s", container_id) < 0) {
		match = NULL;
		return;
	}
	argv[4] = match;
	r = run_program(argv, OUTPUT_SIZE_MAX, &output);
	if (r < 0 || !*output) {
		report_add(report, LEVEL_NOTE, "hook-message-none", "journalctl", NULL,
			   "has no message of the hooks for it%s%s",
			   r < 0 && r != -EPROTO ? ": " : "",
			   r < 0 && r != -EPROTO ? strerror(-r) : "");
		return;
	}
	for (char *line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_auto_t *entry = NULL;
		ParseError error;

		if (json_load_text(line, strlen(line), &entry, &error) >= 0)
			report_entry(report, entry);
	}
}
