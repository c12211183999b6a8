/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-systemd-hook. */
#include "options.h"

#include <stddef.h>

#include "command-line.h"
#include "log.h"
#include "parse-util.h"

#define A_SIZE "a size in bytes (K, M, G, T)"
#define A_SIZE_OR_PERCENT A_SIZE " or percent (1% to 100%)"

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

static int take_journal(const char *value, void *ret)
{
	Options *options = ret;

	options->journal_is_given = true;
	return journal_mode_from_string(value, &options->journal);
}

static int take_size(const char *value, void *ret)
{
	uint64_t bytes;

	*(const char **) ret = value;
	return parse_size(value, &bytes, /* ret_percent= */ NULL);
}

static int take_size_or_percent(const char *value, void *ret)
{
	unsigned int percent;
	uint64_t bytes;

	*(const char **) ret = value;
	return parse_size(value, &bytes, &percent);
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
	Options options = OPTIONS_DEFAULT;
	bool debug = false;
	const CommandOption table[] = {
		{"journal", NULL, take_journal, &options, "one of try-host, host, auto, no"},
		{"journal-max-use", NULL, take_size, &options.journal_max_use, A_SIZE},
		{"run-size", NULL, take_size_or_percent, &options.run_size, A_SIZE_OR_PERCENT},
		{"tmp-size", NULL, take_size_or_percent, &options.tmp_size, A_SIZE_OR_PERCENT},
		{"id-from-env", .flag = &options.id_from_env},
		{"strict", .flag = &options.strict},
		{"explain", .flag = &options.explain},
		{"debug", .flag = &debug},
		{},
	};
	int r;

	r = command_line_parse(&(CommandLine){"oci-systemd-hook", help_text, table}, argc, argv,
			       &options.stage);
	if (r <= 0)
		return r;
	if (debug)
		log_set_debug();
	*ret = options;
	return r;
}
