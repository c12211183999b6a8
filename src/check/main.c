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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "hook-set.h"
#include "host.h"
#include "log.h"
#include "macro.h"
#include "report.h"

#define EXIT_FINDINGS 1
#define EXIT_CANNOT 2

enum {
	ARG_HOOKS_DIR = 0x100,
	ARG_JSON,
};

static const struct option long_options[] = {
	{"hooks-dir", required_argument, NULL, ARG_HOOKS_DIR},
	{"json", no_argument, NULL, ARG_JSON},
	{"help", no_argument, NULL, COMMAND_LINE_HELP},
	{"version", no_argument, NULL, COMMAND_LINE_VERSION},
	{},
};

static const char help_text[] =
	"Usage: oci-hooks-check [OPTION...] [host]\n"
	"       oci-hooks-check [--json] --hooks-dir=DIR...\n"
	"Tells what is wrong with a host's OCI hooks.\n"
	"\n"
	"      --hooks-dir=DIR    check this directory of JSON files, and nothing else\n"
	"      --json             print for a program, not for a person\n"
	"      --help, --version  print this, or the version\n"
	"\n"
	"See oci-hooks-check(1).\n";

static json_t *arg_hooks_dirs;
static bool arg_json;

static int take_option(int option, void *userdata)
{
	switch (option) {
	case ARG_HOOKS_DIR:
		if (!arg_hooks_dirs)
			arg_hooks_dirs = json_array();
		return json_array_append_new(arg_hooks_dirs, json_string(optarg)) < 0
			       ? log_error_errno(-EINVAL, "Option --hooks-dir: not a path in UTF-8")
			       : 0;
	case ARG_JSON:
		arg_json = true;
		return 0;
	default:
		return -EINVAL;
	}
}

/* check_directories() - before they are deployed */
static int check_directories(Report *report)
{
	cleanup_hook_set HookSet set = {};
	int r;

	r = hook_set_load(arg_hooks_dirs, report, &set);
	for (size_t i = 0; r >= 0 && i < set.n_hooks; i++)
		if (set.hooks[i].file.verdict == HOOK_LOADED)
			report_add(report, LEVEL_GOOD, "hook", set.hooks[i].name, NULL,
				   "can be read by podman and CRI-O");
	return r;
}

static int check_host(Report *report)
{
	return arg_hooks_dirs ? check_directories(report) : host_check(report);
}

static const struct {
	const char *name;
	int (*run)(Report *report);
} commands[] = {
	{"host", check_host},
};

/* run() - the exit status */
static int run(const char *word, int n_words)
{
	cleanup_report Report report = {};
	size_t i = 0;
	int r;

	while (i < ELEMENTSOF(commands) && strcmp(word, commands[i].name) != 0)
		i++;
	if (i == ELEMENTSOF(commands) || n_words > 1) {
		log_error("Too many arguments, or an unknown one: '%.64s'; see --help", word);
		return EXIT_CANNOT;
	}
	r = report_new(commands[i].name, &report);
	if (r >= 0)
		r = commands[i].run(&report);
	if (r >= 0)
		r = report_print(&report, arg_json);
	if (r < 0) {
		log_error_errno(r, "Failed: %m");
		return EXIT_CANNOT;
	}
	return report_is_clean(&report) ? EXIT_SUCCESS : EXIT_FINDINGS;
}

int main(int argc, char *argv[])
{
	const CommandLine line = {
		.program = "oci-hooks-check",
		.help = help_text,
		.options = long_options,
		.take = take_option,
	};
	const char *word;
	int r;

	log_setup("oci-hooks-check");
	log_set_terminal();
	r = command_line_parse(&line, argc, argv, NULL, &word);
	if (r > 0)
		r = run(word ?: "host", argc - optind);
	else if (r < 0)
		r = EXIT_CANNOT;
	json_decref(arg_hooks_dirs);
	return r;
}
