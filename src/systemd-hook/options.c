/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-systemd-hook. */
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "log.h"
#include "parse-util.h"

enum {
	ARG_JOURNAL = 0x100,
	ARG_JOURNAL_MAX_USE,
	ARG_RUN_SIZE,
	ARG_TMP_SIZE,
	ARG_ID_FROM_ENV,
	ARG_STRICT,
	ARG_EXPLAIN,
	ARG_DEBUG,
};

static const struct option long_options[] = {
	{"journal", required_argument, NULL, ARG_JOURNAL},
	{"journal-max-use", required_argument, NULL, ARG_JOURNAL_MAX_USE},
	{"run-size", required_argument, NULL, ARG_RUN_SIZE},
	{"tmp-size", required_argument, NULL, ARG_TMP_SIZE},
	{"id-from-env", no_argument, NULL, ARG_ID_FROM_ENV},
	{"strict", no_argument, NULL, ARG_STRICT},
	{"explain", no_argument, NULL, ARG_EXPLAIN},
	{"debug", no_argument, NULL, ARG_DEBUG},
	{"help", no_argument, NULL, COMMAND_LINE_HELP},
	{"version", no_argument, NULL, COMMAND_LINE_VERSION},
	{},
};

static const char help_text[] =
	"Usage: oci-systemd-hook [OPTION...] [createRuntime|prestart|poststop] < STATE\n"
	"OCI hook that lets a container run systemd; called by podman, CRI-O and OCI runtimes.\n"
	"\n"
	"      --journal=MODE          put the journal into the host's /var/log/journal:\n"
	"                              try-host (default), host, auto, no\n"
	"      --journal-max-use=SIZE  ask the container's journald to use no more [256M]\n"
	"      --run-size=SIZE         limit of /run, in bytes or percent of memory [20%]\n"
	"      --tmp-size=SIZE         limit of /tmp, in bytes or percent of memory [10%]\n"
	"      --id-from-env           let container_uuid in the environment choose the machine "
	"id\n"
	"      --strict                fail where a warning would do\n"
	"      --explain               say what would be done, and do nothing\n"
	"      --debug                 say more\n"
	"      --help, --version       print this, or the version\n"
	"\n"
	"See oci-systemd-hook(1).\n";

static int check_size(const char *option, const char *text, bool percent_too)
{
	unsigned int percent;
	uint64_t bytes;
	int r;

	r = parse_size(text, &bytes, percent_too ? &percent : NULL);
	if (r < 0)
		return log_error_errno(-EINVAL,
				       "Option --%s: '%.64s' is not a size in bytes (K, M, G, T)%s",
				       option, text, percent_too ? " or percent (1% to 100%)" : "");
	return 0;
}

static int take_option(int option, void *userdata)
{
	Options *options = userdata;

	switch (option) {
	case ARG_JOURNAL:
		options->journal_is_given = true;
		if (journal_mode_from_string(optarg, &options->journal) < 0)
			return log_error_errno(
				-EINVAL,
				"Option --journal: '%.64s' is not one of try-host, host, auto, no",
				optarg);
		return 0;
	case ARG_JOURNAL_MAX_USE:
		options->journal_max_use = optarg;
		return check_size("journal-max-use", optarg, /* percent_too= */ false);
	case ARG_RUN_SIZE:
		options->run_size = optarg;
		return check_size("run-size", optarg, /* percent_too= */ true);
	case ARG_TMP_SIZE:
		options->tmp_size = optarg;
		return check_size("tmp-size", optarg, /* percent_too= */ true);
	case ARG_ID_FROM_ENV:
		options->id_from_env = true;
		return 0;
	case ARG_STRICT:
		options->strict = true;
		return 0;
	case ARG_EXPLAIN:
		options->explain = true;
		return 0;
	case ARG_DEBUG:
		log_set_debug();
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * options_parse() - read the command line
 * @argc: as main()
 * @argv: as main()
 * @ret: the options
 *
 * Says what is wrong. Prints the answers to --help and --version.
 *
 * Return: 1 to go on, 0 if all is said, or -EINVAL.
 */
int options_parse(int argc, char *argv[], Options *ret)
{
	Options options = {
		.journal = JOURNAL_TRY_HOST,
		.journal_max_use = "256M",
		.run_size = "20%",
		.tmp_size = "10%",
	};
	const CommandLine line = {
		.program = "oci-systemd-hook",
		.help = help_text,
		.options = long_options,
		.take = take_option,
	};
	int r;

	r = command_line_parse(&line, argc, argv, &options, &options.stage);
	if (r > 0)
		*ret = options;
	return r;
}
