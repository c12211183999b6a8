/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that all programs have in common, by getopt_long(3). */
#include "command-line.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define OPTIONS_MAX 16

/* What getopt returns: one of these, or an index into the table of options and OPTION_FIRST. */
enum {
	OPTION_HELP = 0x100, /* greater than any letter */
	OPTION_VERSION,
	OPTION_FIRST,
};

static int unknown(const char *word)
{
	return log_error_errno(-EINVAL, "Unknown option '%.64s'; see --help", word);
}

/* unknown_letter() - of letters, getopt says which, and is not past their word yet */
static int unknown_letter(int letter)
{
	return log_error_errno(-EINVAL, "Unknown option '-%c'; see --help", letter);
}

/*
 * word_of_option() - the word that named the option which getopt has just found
 *
 * Its value may be in that word or in the next.
 */
static const char *word_of_option(char *const argv[])
{
	const char *word = argv[optind - 1];

	return optarg == word ? argv[optind - 2] : word;
}

/* is_whole() - not an abbreviation, which another option may make ambiguous one day */
static bool is_whole(const char *word, const struct option *option)
{
	size_t length = strlen(option->name);

	word += strspn(word, "-");
	return strncmp(word, option->name, length) == 0 &&
	       (word[length] == '\0' || word[length] == '=');
}

/* to_getopt() - the table as getopt_long(3) wants it */
static void to_getopt(const CommandOption *options, struct option ret[static OPTIONS_MAX + 3])
{
	struct option *next = ret;

	for (size_t i = 0; options[i].name; i++) {
		assert(i < OPTIONS_MAX);
		*next++ = (struct option){
			.name = options[i].name,
			.has_arg = options[i].flag ? no_argument : required_argument,
			.val = OPTION_FIRST + (int) i,
		};
	}
	*next++ = (struct option){.name = "help", .val = OPTION_HELP};
	*next++ = (struct option){.name = "version", .val = OPTION_VERSION};
	*next = (struct option){};
}

static int take(const CommandOption *option)
{
	if (option->flag) {
		*option->flag = true;
		return 0;
	}
	if (option->take(optarg, option->ret) < 0)
		return log_error_errno(-EINVAL, "Option --%s: '%.64s' is not %s", option->name,
				       optarg, option->wanted);
	return 0;
}

/**
 * command_line_parse() - read the command line
 * @line: what the program understands
 * @argc: as main()
 * @argv: as main(); sorted, the words that are not options last and from optind on
 * @ret_word: the first of these; NULL if there is none
 *
 * Says what is wrong. Prints the answers to --help and --version.
 *
 * Return: 1 to go on, 0 if all is said, or -EINVAL.
 */
int command_line_parse(const CommandLine *line, int argc, char *argv[], const char **ret_word)
{
	struct option options[OPTIONS_MAX + 3];
	int option, index = 0, r;

	to_getopt(line->options, options);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, &index)) >= 0) {
		if (option == '?')
			return optopt > 0 && optopt < OPTION_HELP ? unknown_letter(optopt)
								  : unknown(argv[optind - 1]);
		if (option == ':')
			return log_error_errno(-EINVAL, "Option '%.64s' needs a value",
					       argv[optind - 1]);
		if (!is_whole(word_of_option(argv), &options[index]))
			return unknown(word_of_option(argv));

		if (option == OPTION_HELP) {
			(void) fputs(line->help, stdout);
			return 0;
		}
		if (option == OPTION_VERSION) {
			(void) printf("%s " PACKAGE_VERSION "\n", line->program);
			return 0;
		}
		r = take(&line->options[option - OPTION_FIRST]);
		if (r < 0)
			return r;
	}
	*ret_word = optind < argc ? argv[optind] : NULL;
	return 1;
}
