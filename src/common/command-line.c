/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line that all programs have in common, by getopt_long(3): of a call, and of the files
 * of hooks that hold the administrator's policy.
 */
#include "command-line.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"

#define OPTIONS_MAX 16
#define UNKNOWN_OPTION "Unknown option '%.64s'; see --help"

/* What getopt returns: one of these, or an index into the table of options and OPTION_FIRST. */
enum {
	OPTION_HELP = 0x100, /* greater than any letter */
	OPTION_VERSION,
	OPTION_FIRST,
};

/* One list of arguments. */
typedef struct Arguments {
	int argc;
	char **argv;
	const char *source; /* the file of a policy; NULL: the command line */
	char *ret_fault;    /* COMMAND_LINE_FAULT_MAX; NULL: faults are logged */
} Arguments;

/* refuse() - say what is wrong, and in which file unless the caller knows that */
static int refuse(const Arguments *arguments, const char *format, ...) printf_like(2, 3);

static int refuse(const Arguments *arguments, const char *format, ...)
{
	const char *source = arguments->source;
	char text[COMMAND_LINE_FAULT_MAX];
	va_list ap;

	va_start(ap, format);
	(void) vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (arguments->ret_fault) {
		memcpy(arguments->ret_fault, text, sizeof(text));
		return -EINVAL;
	}
	return log_error_errno(-EINVAL, "%.256s%s%s", source ?: "", source ? ": " : "", text);
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

static int take(const Arguments *arguments, const CommandOption *option)
{
	if (arguments->source && option->is_of_call)
		return 0;
	if (option->flag) {
		*option->flag = true;
		return 0;
	}
	if (option->take(optarg, option->ret) < 0)
		return refuse(arguments, "Option --%s: '%.64s' is not %s", option->name, optarg,
			      option->wanted);
	return 0;
}

/* answer() - to --help or --version, which a policy does not ask for */
static int answer(const CommandLine *line, const Arguments *arguments, int option)
{
	if (arguments->source)
		return 1;
	if (option == OPTION_HELP)
		(void) fputs(line->help, stdout);
	else
		(void) printf("%s " PACKAGE_VERSION "\n", line->program);
	return 0;
}

/* parse() - 1 to go on, 0 if all is said, or -EINVAL */
static int parse(const CommandLine *line, const Arguments *arguments)
{
	struct option options[OPTIONS_MAX + 3];
	char **argv = arguments->argv;
	int option, index = 0, r = 1;

	to_getopt(line->options, options);
	opterr = 0;
	while (r > 0 && (option = getopt_long(arguments->argc, argv, ":", options, &index)) >= 0) {
		/* of letters, getopt says which, and is not past their word yet */
		if (option == '?' && optopt > 0 && optopt < OPTION_HELP)
			return refuse(arguments, "Unknown option '-%c'; see --help", optopt);
		if (option == '?')
			return refuse(arguments, UNKNOWN_OPTION, argv[optind - 1]);
		if (option == ':')
			return refuse(arguments, "Option '%.64s' needs a value", argv[optind - 1]);
		if (!is_whole(word_of_option(argv), &options[index]))
			return refuse(arguments, UNKNOWN_OPTION, word_of_option(argv));

		if (option < OPTION_FIRST)
			r = answer(line, arguments, option);
		else if (take(arguments, &line->options[option - OPTION_FIRST]) < 0)
			return -EINVAL;
	}
	return r;
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
	int r;

	r = parse(line, &(Arguments){argc, argv, NULL, NULL});
	if (r > 0)
		*ret_word = optind < argc ? argv[optind] : NULL;
	return r;
}

static int take_source(const CommandLine *line, const PolicySource *source, char *ret_fault)
{
	cleanup_free char **argv = calloc(json_array_size(source->args) + 2, sizeof(char *));
	json_t *item;
	int argc = 1;
	size_t i;

	if (!argv)
		return -ENOMEM;
	argv[0] = (char *) line->program;
	/* argv[0] of the call, unless it was forgotten and this is an option */
	json_array_foreach (source->args, i, item)
		if (i > 0 || *json_string_value(item) == '-')
			argv[argc++] = (char *) json_string_value(item);
	/* to getopt of glibc: this is another list */
	optind = 0;
	return parse(line, &(Arguments){argc, argv, source->name, ret_fault});
}

/**
 * command_line_take_policy() - take the options of all files that call the program
 * @line: what the program understands
 * @policy: those files; must stay, as values are strings of theirs
 * @ret_fault: gets what is wrong, without the file's name; NULL: it is logged
 *
 * Words that are not options are left out, and so are options that mean one call. Files that could
 * not be read are passed by.
 *
 * Return: 0, -ENOMEM, or -EINVAL.
 */
int command_line_take_policy(const CommandLine *line, const Policy *policy,
			     char ret_fault[COMMAND_LINE_FAULT_MAX])
{
	int r = 0;

	for (size_t i = 0; i < policy->n_sources && r >= 0; i++)
		r = take_source(line, &policy->sources[i], ret_fault);
	return r < 0 ? r : 0;
}
