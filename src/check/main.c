/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-hooks-check answers an operator: why does it not work?
 *
 * It is run by hand, by any user, and looks only: at files, at /proc, at what podman says of its own
 * containers. Nothing of a container is run. What it could not see, it says.
 *
 * Each subcommand fills in a report (report.c); its findings decide the exit status.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "explain.h"
#include "hook-options.h"
#include "hook-set.h"
#include "host.h"
#include "journals-ended.h"
#include "journals.h"
#include "log.h"
#include "macro.h"
#include "parse-util.h"
#include "report.h"

#define EXIT_FINDINGS 1
#define EXIT_CANNOT 2

static const char help_text[] =
	"Usage: oci-hooks-check [OPTION...] [host]\n"
	"       oci-hooks-check [--json] --hooks-dir=DIR...\n"
	"       oci-hooks-check [--json] journals [--prune [--dry-run]] [--older-than=AGE]\n"
	"       oci-hooks-check [--json] journals --prune --ended\n"
	"       oci-hooks-check [--json] explain NAME|ID|BUNDLE|PID\n"
	"Tells what is wrong with a host's OCI hooks, and what they left.\n"
	"\n"
	"      --hooks-dir=DIR    check this directory of JSON files, and nothing else\n"
	"      --prune            remove journals of containers that are gone\n"
	"      --older-than=AGE   only if nothing in them was changed for so long [30d]\n"
	"      --ended            only of those that ended just now; wait until they are gone\n"
	"      --dry-run          only say which\n"
	"      --json             print for a program, not for a person\n"
	"      --help, --version  print this, or the version\n"
	"\n"
	"See oci-hooks-check(1).\n";

static json_t *arg_hooks_dirs;
static bool arg_json;
static const char *arg_container;
static bool arg_age_is_given;
static JournalsOptions arg_journals = {.older_than_sec = 30 * 86400};

static int take_hooks_dir(const char *value, void *ret)
{
	json_t **dirs = ret;

	if (!*dirs)
		*dirs = json_array();
	return json_array_append_new(*dirs, json_string(value));
}

static int take_age(const char *value, void *ret)
{
	arg_age_is_given = true;
	return parse_age(value, ret);
}

static const CommandOption options[] = {
	{"dry-run", .flag = &arg_journals.dry_run},
	{"ended", .flag = &arg_journals.ended},
	{"hooks-dir", .take = take_hooks_dir, .ret = &arg_hooks_dirs, .wanted = "a path in UTF-8"},
	{"json", .flag = &arg_json},
	{"older-than", .take = take_age, .ret = &arg_journals.older_than_sec,
	 .wanted = "a number with a unit s, m, h, d or w"},
	{"prune", .flag = &arg_journals.prune},
	{},
};

/* check_directories() - before they are deployed */
static int check_directories(Report *report)
{
	cleanup_hook_set HookSet set = {};
	int r;

	r = hook_set_load(arg_hooks_dirs, LEVEL_ERROR, report, &set);
	for (size_t i = 0; r >= 0 && i < set.n_hooks; i++)
		if (set.hooks[i].file.verdict == HOOK_LOADED)
			report_add(report, LEVEL_GOOD, "hook", set.hooks[i].name, NULL,
				   "can be read by podman and CRI-O");
	return r < 0 ? r : hook_options_compare(report, &set, /* is_deployed= */ false);
}

static int check_host(Report *report)
{
	return arg_hooks_dirs ? check_directories(report) : host_check(report);
}

static int check_journals(Report *report)
{
	int r = arg_journals.ended ? journals_prune_ended(report)
				   : journals_check(&arg_journals, report);

	if (r != -EPERM)
		return r;
	log_error("Only root can see which journals are the hook's");
	return -ECANCELED;
}

static int explain(Report *report)
{
	int r = explain_check(arg_container, report);

	if (r != -ENOENT)
		return r;
	log_error("No container '%.128s' is to be found", arg_container);
	return -ECANCELED;
}

static const struct {
	const char *name;
	int n_words;
	int (*run)(Report *report);
} commands[] = {
	{"host", 1, check_host},
	{"journals", 1, check_journals},
	{"explain", 2, explain},
};

/* run() - the exit status */
static int run(char *const words[], int n_words)
{
	cleanup_report Report report = {};
	const char *word = n_words > 0 ? words[0] : "host";
	size_t i = 0;
	int r;

	while (i < ELEMENTSOF(commands) && strcmp(word, commands[i].name) != 0)
		i++;
	if (i == ELEMENTSOF(commands) || MAX(n_words, 1) != commands[i].n_words) {
		log_error("An argument is unknown, missing or too much: '%.64s'; see --help", word);
		return EXIT_CANNOT;
	}
	arg_container = n_words > 1 ? words[1] : NULL;
	if ((commands[i].run != check_journals && (arg_journals.prune || arg_journals.dry_run ||
						   arg_journals.ended || arg_age_is_given)) ||
	    (arg_journals.ended &&
	     (!arg_journals.prune || arg_journals.dry_run || arg_age_is_given)) ||
	    (commands[i].run != check_host && arg_hooks_dirs) ||
	    (arg_journals.dry_run && !arg_journals.prune)) {
		log_error("These options do not go together; see --help");
		return EXIT_CANNOT;
	}
	r = report_new(commands[i].name, &report);
	if (r >= 0)
		r = commands[i].run(&report);
	if (r >= 0)
		r = report_print(&report, arg_json);
	if (r < 0) {
		if (r != -ECANCELED) /* it is said already */
			log_error_errno(r, "Failed to make the report: %m");
		return EXIT_CANNOT;
	}
	return report_is_clean(&report) ? EXIT_SUCCESS : EXIT_FINDINGS;
}

int main(int argc, char *argv[])
{
	const CommandLine line = {
		.program = "oci-hooks-check",
		.help = help_text,
		.options = options,
	};
	const char *word;
	int r;

	log_setup("oci-hooks-check");
	log_set_terminal();
	r = command_line_parse(&line, argc, argv, &word);
	if (r > 0)
		r = run(argv + optind, argc - optind);
	else if (r < 0)
		r = EXIT_CANNOT;
	json_decref(arg_hooks_dirs);
	return r;
}
