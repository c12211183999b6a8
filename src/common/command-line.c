/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that all programs have in common, by getopt_long(3). */
#include "command-line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

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

/**
 * command_line_parse() - read the command line
 * @line: what the program understands
 * @argc: as main()
 * @argv: as main()
 * @userdata: for the program's own function
 * @ret_word: the first argument that is not an option; NULL if there is none
 *
 * Says what is wrong. Prints the answers to --help and --version.
 *
 * Return: 1 to go on, 0 if all is said, -EINVAL, or what the program's own function returned.
 */
int command_line_parse(const CommandLine *line, int argc, char *argv[], void *userdata,
		       const char **ret_word)
{
	int option, index = 0, r;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", line->options, &index)) >= 0) {
		if (option == '?')
			return optopt > 0 && optopt < 0x100 ? unknown_letter(optopt)
							    : unknown(argv[optind - 1]);
		if (option == ':')
			return log_error_errno(-EINVAL, "Option '%.64s' needs a value",
					       argv[optind - 1]);
		if (!is_whole(word_of_option(argv), &line->options[index]))
			return unknown(word_of_option(argv));

		if (option == COMMAND_LINE_HELP) {
			(void) fputs(line->help, stdout);
			return 0;
		}
		if (option == COMMAND_LINE_VERSION) {
			(void) printf("%s " PACKAGE_VERSION "\n", line->program);
			return 0;
		}
		r = line->take(option, userdata);
		if (r < 0)
			return r;
	}
	*ret_word = optind < argc ? argv[optind] : NULL;
	return 1;
}
