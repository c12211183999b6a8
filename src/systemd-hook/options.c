/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of oci-systemd-hook. */
#include "options.h"

#include <stddef.h>
#include <string.h>

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

/* take_journal() - the lowest that is given: no file may widen what another one has narrowed */
static int take_journal(const char *value, void *ret)
{
	Options *options = ret;
	JournalMode mode;
	int r;

	r = journal_mode_from_string(value, &mode);
	if (r < 0)
		return r;
	options->journal = options->journal_is_given ? MIN(options->journal, mode) : mode;
	options->journal_is_given = true;
	return 0;
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

/* read_options() - of the command line or, if there is one, of a policy */
static int read_options(int argc, char *argv[], const Policy *policy, char *ret_fault,
			Options *options)
{
	bool debug = false;
	const CommandOption table[] = {
		{"journal", .take = take_journal, .ret = options,
		 .wanted = "one of try-host, host, auto, no"},
		{"journal-max-use", .take = take_size, .ret = &options->journal_max_use,
		 .wanted = A_SIZE},
		{"run-size", .take = take_size_or_percent, .ret = &options->run_size,
		 .wanted = A_SIZE_OR_PERCENT},
		{"tmp-size", .take = take_size_or_percent, .ret = &options->tmp_size,
		 .wanted = A_SIZE_OR_PERCENT},
		{"id-from-env", .flag = &options->id_from_env},
		{"strict", .flag = &options->strict},
		{"explain", .flag = &options->explain, .is_of_call = true},
		{"debug", .flag = &debug, .is_of_call = true},
		{},
	};
	const CommandLine line = {"oci-systemd-hook", help_text, table};
	int r;

	if (policy)
		return command_line_take_policy(&line, policy, ret_fault);
	r = command_line_parse(&line, argc, argv, &options->stage);
	if (debug)
		log_set_debug();
	return r;
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
	int r;

	r = read_options(argc, argv, /* policy= */ NULL, NULL, &options);
	if (r > 0)
		*ret = options;
	return r;
}

/**
 * options_take_policy() - add the options of all files that call this hook
 * @options: those of the call
 * @policy: those files; must stay as long as @options
 * @ret_fault: gets what is wrong, without the file's name; NULL: it is logged
 *
 * A later file's word counts more than an earlier one's and than the call's; but the lowest
 * --journal= of all counts, and what has no value holds as soon as one of them says it.
 *
 * Return: 0, -ENOMEM, or -EINVAL after one message or with *@ret_fault.
 */
int options_take_policy(Options *options, const Policy *policy,
			char ret_fault[COMMAND_LINE_FAULT_MAX])
{
	return read_options(0, NULL, policy, ret_fault, options);
}

/** options_are_same() - whether two files say the same, but for what means one call */
bool options_are_same(const Options *options, const Options *other)
{
	return options->journal_is_given == other->journal_is_given &&
	       options->journal == other->journal &&
	       strcmp(options->journal_max_use, other->journal_max_use) == 0 &&
	       strcmp(options->run_size, other->run_size) == 0 &&
	       strcmp(options->tmp_size, other->tmp_size) == 0 &&
	       options->id_from_env == other->id_from_env && options->strict == other->strict;
}
