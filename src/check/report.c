/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: collected as JSON, printed so or for a person at a terminal of 80 columns. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"

#define SCHEMA_VERSION 1
#define WIDTH 80
#define INDENT 9
#define TEXT_MAX 2048
#define ID_LENGTH 64	   /* of a container, as engines make them */
#define ID_LENGTH_SHORT 12 /* and show them */

static const struct {
	const char *name;
	const char *colour;
} levels[] = {
	[LEVEL_GOOD] = {"ok", "\033[32m"},
	[LEVEL_NOTE] = {"note", ""},
	[LEVEL_WARNING] = {"warning", "\033[33m"},
	[LEVEL_ERROR] = {"error", "\033[31m"},
};

/**
 * report_new() - begin a report
 * @command: what was asked for
 * @ret: the report; release with report_done()
 *
 * Return: 0, or -ENOMEM.
 */
int report_new(const char *command, Report *ret)
{
	json_t *findings = json_array();

	ret->json = json_pack("{s:i, s:s, s:O}", "schema", SCHEMA_VERSION, "command", command,
			      "findings", findings);
	ret->findings = findings;
	json_decref(findings);
	return ret->json ? 0 : -ENOMEM;
}

/** report_done() - release what a report holds */
void report_done(Report *report)
{
	json_decref(report->json);
	*report = (Report){};
}

/**
 * report_add() - add a finding
 * @report: the report
 * @level: how bad it is
 * @check: the word by which programs know it
 * @subject: what it is about, as a path; may be foreign text
 * @advice: what to do next; NULL where nothing is to be done
 * @text: printf format of a sentence without full stop; what it shows may be foreign
 */
void report_add(Report *report, Level level, const char *check, const char *subject,
		const char *advice, const char *text, ...)
{
	char plain[TEXT_MAX], shown[TEXT_MAX], subject_shown[TEXT_MAX];
	va_list arguments;
	json_t *finding;

	va_start(arguments, text);
	(void) vsnprintf(plain, sizeof(plain), text, arguments);
	va_end(arguments);
	escape_text(shown, sizeof(shown), plain);
	escape_text(subject_shown, sizeof(subject_shown), subject);

	finding = json_pack("{s:s, s:s, s:s, s:s, s:s?}", "level", levels[level].name, "check",
			    check, "subject", subject_shown, "text", shown, "advice", advice);
	if (!finding || json_array_append_new(report->findings, finding) < 0)
		report->is_incomplete = true;
	report->n_errors += level == LEVEL_ERROR;
	report->n_warnings += level == LEVEL_WARNING;
}

/*
 * print_wrapped() - words, in lines of the width; the cursor is at @column
 *
 * A path that is longer stays in one piece, as it is there to be copied.
 */
static void print_wrapped(const char *text, unsigned int column)
{
	bool is_first = true;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");

		if (!is_first && column + 1 + length > WIDTH) {
			(void) printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (!is_first) {
			(void) putchar(' ');
			column++;
		}
		(void) printf("%.*s", (int) length, text);
		column += (unsigned int) length;
		text += length;
		is_first = false;
	}
	(void) putchar('\n');
}

/* subject_length() - how much of a subject people want to see */
static int subject_length(const char *subject)
{
	size_t length = strlen(subject);
	bool is_id = length == ID_LENGTH && strspn(subject, "0123456789abcdef") == ID_LENGTH;

	return is_id ? ID_LENGTH_SHORT : (int) length;
}

static void print_finding(const json_t *finding, bool in_colour)
{
	const char *level = json_string_value(json_object_get(finding, "level"));
	const char *advice = json_string_value(json_object_get(finding, "advice"));
	const char *subject = json_string_value(json_object_get(finding, "subject"));
	const char *colour = "";
	char line[2 * TEXT_MAX + 64];

	for (size_t i = 0; i < ELEMENTSOF(levels); i++)
		if (in_colour && strcmp(level, levels[i].name) == 0)
			colour = levels[i].colour;
	(void) printf("%s%-*s%s", colour, INDENT, level, *colour ? "\033[0m" : "");
	(void) snprintf(line, sizeof(line), "%.*s: %s [%s]", subject_length(subject), subject,
			json_string_value(json_object_get(finding, "text")),
			json_string_value(json_object_get(finding, "check")));
	print_wrapped(line, INDENT);
	if (advice) {
		(void) printf("%*s", INDENT, "");
		(void) snprintf(line, sizeof(line), "-> %s", advice);
		print_wrapped(line, INDENT);
	}
}

static void print_for_people(const Report *report)
{
	const char *no_colour = getenv("NO_COLOR");
	bool in_colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
	json_t *finding;
	size_t i;

	json_array_foreach (report->findings, i, finding)
		print_finding(finding, in_colour);
	if (report_is_clean(report))
		(void) puts("Nothing wrong found.");
	else
		(void) printf("%u error%s, %u warning%s.\n", report->n_errors,
			      report->n_errors == 1 ? "" : "s", report->n_warnings,
			      report->n_warnings == 1 ? "" : "s");
}

/**
 * report_print() - print a report on standard output
 * @report: the report
 * @as_json: for a program
 *
 * Return: 0, -ENOMEM if a finding was lost, or -EIO.
 */
int report_print(const Report *report, bool as_json)
{
	if (report->is_incomplete)
		return -ENOMEM;
	if (!as_json)
		print_for_people(report);
	else if (json_dumpf(report->json, stdout, JSON_INDENT(2)) < 0 || putchar('\n') < 0)
		return -EIO;
	return fflush(stdout) < 0 ? -EIO : 0;
}

/** report_is_clean() - whether nothing is wrong */
bool report_is_clean(const Report *report)
{
	return report->n_errors == 0 && report->n_warnings == 0;
}
