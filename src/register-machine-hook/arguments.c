/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-register-machine. */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>

#include "command-line.h"
#include "log.h"
#include "parse-util.h"

#define TIMEOUT_DEFAULT_USEC (2 * 1000 * 1000)

enum {
	ARG_MACHINE_NAME = 0x100,
	ARG_ID_FROM_ENV,
	ARG_STRICT,
	ARG_TIMEOUT,
	ARG_EXPLAIN,
	ARG_DEBUG,
};

static const struct option long_options[] = {
	{"machine-name", required_argument, NULL, ARG_MACHINE_NAME},
	{"id-from-env", no_argument, NULL, ARG_ID_FROM_ENV},
	{"strict", no_argument, NULL, ARG_STRICT},
	{"timeout", required_argument, NULL, ARG_TIMEOUT},
	{"explain", no_argument, NULL, ARG_EXPLAIN},
	{"debug", no_argument, NULL, ARG_DEBUG},
	{"help", no_argument, NULL, COMMAND_LINE_HELP},
	{"version", no_argument, NULL, COMMAND_LINE_VERSION},
	{},
};

static const char help_text[] =
	"Usage: oci-register-machine [OPTION...] [createRuntime|prestart|poststop] < STATE\n"
	"OCI hook that makes a container known to systemd-machined; called by podman, CRI-O and\n"
	"OCI runtimes.\n"
	"\n"
	"      --machine-name=LIST  where the machine's name comes from, in order of preference:\n"
	"                           annotation, engine, hostname, id, with commas [id]\n"
	"      --id-from-env        let container_uuid in the environment choose the machine id\n"
	"      --strict             fail where a warning would do\n"
	"      --timeout=SECONDS    limit for all talk to machined [2]\n"
	"      --explain            say what would be done, and do nothing\n"
	"      --debug              say more\n"
	"      --help, --version    print this, or the version\n"
	"\n"
	"See oci-register-machine(1).\n";

static int take_option(int option, void *userdata)
{
	Arguments *arguments = userdata;

	switch (option) {
	case ARG_MACHINE_NAME:
		if (machine_name_sources_parse(optarg, &arguments->machine_name) < 0)
			return log_error_errno(-EINVAL,
					       "Option --machine-name: '%.64s' is not a list of "
					       "annotation, engine, hostname, id",
					       optarg);
		return 0;
	case ARG_TIMEOUT:
		if (parse_seconds(optarg, &arguments->timeout_usec) < 0)
			return log_error_errno(
				-EINVAL,
				"Option --timeout: '%.64s' is not a number of seconds (1 to 86400)",
				optarg);
		return 0;
	case ARG_ID_FROM_ENV:
		arguments->id_from_env = true;
		return 0;
	case ARG_STRICT:
		arguments->strict = true;
		return 0;
	case ARG_EXPLAIN:
		arguments->explain = true;
		return 0;
	case ARG_DEBUG:
		log_set_debug();
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * arguments_parse() - read the command line
 * @argc: as main()
 * @argv: as main()
 * @ret: what it says
 *
 * Says what is wrong. Prints the answers to --help and --version.
 *
 * Return: 1 to go on, 0 if all is said, or -EINVAL.
 */
int arguments_parse(int argc, char *argv[], Arguments *ret)
{
	Arguments arguments = {
		.machine_name = {{MACHINE_NAME_FROM_ID}, 1},
		.timeout_usec = TIMEOUT_DEFAULT_USEC,
	};
	const CommandLine line = {
		.program = "oci-register-machine",
		.help = help_text,
		.options = long_options,
		.take = take_option,
	};
	int r;

	/* the predecessor's manual page has a second argument, which it never read */
	r = command_line_parse(&line, argc, argv, &arguments, &arguments.stage);
	if (r > 0)
		*ret = arguments;
	return r;
}
