/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-register-machine. */
#include "arguments.h"

#include "command-line.h"
#include "log.h"
#include "parse-util.h"

#define TIMEOUT_DEFAULT_USEC (2 * 1000 * 1000)

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

static int take_machine_name(const char *value, void *ret)
{
	return machine_name_sources_parse(value, ret);
}

static int take_timeout(const char *value, void *ret)
{
	return parse_seconds(value, ret);
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
	bool debug = false;
	const CommandOption options[] = {
		{"machine-name", NULL, take_machine_name, &arguments.machine_name,
		 "a list of annotation, engine, hostname, id"},
		{"timeout", NULL, take_timeout, &arguments.timeout_usec,
		 "a number of seconds (1 to 86400)"},
		{"id-from-env", .flag = &arguments.id_from_env},
		{"strict", .flag = &arguments.strict},
		{"explain", .flag = &arguments.explain},
		{"debug", .flag = &debug},
		{},
	};
	int r;

	/* the predecessor's manual page has a second argument, which it never read */
	r = command_line_parse(&(CommandLine){"oci-register-machine", help_text, options}, argc,
			       argv, &arguments.stage);
	if (r <= 0)
		return r;
	if (debug)
		log_set_debug();
	*ret = arguments;
	return r;
}
