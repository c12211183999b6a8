/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-register-machine. */
#include "arguments.h"

#include <string.h>

#include "command-line.h"
#include "log.h"
#include "parse-util.h"

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

/* read_arguments() - of the command line or, if there is one, of a policy */
static int read_arguments(int argc, char *argv[], const Policy *policy, char *ret_fault,
			  Arguments *arguments)
{
	bool debug = false;
	const CommandOption options[] = {
		{"machine-name", .take = take_machine_name, .ret = &arguments->machine_name,
		 .wanted = "a list of annotation, engine, hostname, id"},
		{"timeout", .take = take_timeout, .ret = &arguments->timeout_usec,
		 .wanted = "a number of seconds (1 to 86400)"},
		{"id-from-env", .flag = &arguments->id_from_env},
		{"strict", .flag = &arguments->strict},
		{"explain", .flag = &arguments->explain, .is_of_call = true},
		{"debug", .flag = &debug, .is_of_call = true},
		{},
	};
	const CommandLine line = {"oci-register-machine", help_text, options};
	int r;

	if (policy)
		return command_line_take_policy(&line, policy, ret_fault);
	/* the predecessor's manual page has a second argument, which it never read */
	r = command_line_parse(&line, argc, argv, &arguments->stage);
	if (debug)
		log_set_debug();
	return r;
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
	Arguments arguments = ARGUMENTS_DEFAULT;
	int r;

	r = read_arguments(argc, argv, /* policy= */ NULL, NULL, &arguments);
	if (r > 0)
		*ret = arguments;
	return r;
}

/**
 * arguments_take_policy() - add the options of all files that call this hook
 * @arguments: those of the call
 * @policy: those files
 * @ret_fault: gets what is wrong, without the file's name; NULL: it is logged
 *
 * A later file's word counts more than an earlier one's and than the call's; what has no value holds
 * as soon as one of them says it.
 *
 * Return: 0, -ENOMEM, or -EINVAL after one message or with *@ret_fault.
 */
int arguments_take_policy(Arguments *arguments, const Policy *policy,
			  char ret_fault[COMMAND_LINE_FAULT_MAX])
{
	return read_arguments(0, NULL, policy, ret_fault, arguments);
}

/** arguments_are_same() - whether two files say the same, but for what means one call */
bool arguments_are_same(const Arguments *arguments, const Arguments *other)
{
	const MachineNameSources *names = &arguments->machine_name;

	return names->n_sources == other->machine_name.n_sources &&
	       memcmp(names->sources, other->machine_name.sources,
		      names->n_sources * sizeof(names->sources[0])) == 0 &&
	       arguments->id_from_env == other->id_from_env && arguments->strict == other->strict &&
	       arguments->timeout_usec == other->timeout_usec;
}
