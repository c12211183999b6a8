/* SPDX-License-Identifier: Apache-2.0 */
/* A command line, one argument a line, for both programs: what is taken is what an administrator may say. */
#include <errno.h>
#include <getopt.h>

#include "fuzz.h"
#include "register-machine-hook/arguments.h"
#include "systemd-hook/options.h"

#define WORDS_MAX 32

typedef struct Words {
	char *argv[WORDS_MAX + 2];
	int argc;
} Words;

static Words split(char *text)
{
	Words words = {{(char *) "hook"}, 1};
	char *word;

	while (words.argc <= WORDS_MAX && (word = strsep(&text, "\n")))
		words.argv[words.argc++] = word;
	return words;
}

static bool has(const Words *words, const char *word)
{
	for (int i = 1; i < words->argc; i++)
		if (words->argv[i] == word || strcmp(words->argv[i], word) == 0)
			return true;
	return false;
}

/* is_size() - [0-9]+[kmgtKMGT]?, or a percentage */
static bool is_size(const char *text, bool percent_too)
{
	size_t digits = strspn(text, FUZZ_DIGITS);

	if (digits == 0 || strspn(text, "0") == digits)
		return false;
	return !text[digits] || (!text[digits + 1] && strchr("kmgtKMGT", text[digits])) ||
	       (percent_too && strcmp(text + digits, "%") == 0 && atoi(text) <= 100);
}

static void check_options(Words words)
{
	static const char *const modes[] = {"no", "auto", "try-host", "host"};
	Options options;
	int r;

	optind = 0;
	r = options_parse(words.argc, words.argv, &options);
	assert(r == 1 || r == 0 || r == -EINVAL);
	if (r == 0)
		assert(has(&words, "--help") || has(&words, "--version"));
	if (r != 1)
		return;
	assert(is_size(options.run_size, true) && is_size(options.tmp_size, true));
	assert(is_size(options.journal_max_use, false));
	assert(options.journal < (int) ELEMENTSOF(modes));
	assert(strcmp(journal_mode_to_string(options.journal), modes[options.journal]) == 0);
	assert(options.journal_is_given || options.journal == JOURNAL_TRY_HOST);
	assert(!options.stage || has(&words, options.stage));
	assert(!options.strict || has(&words, "--strict"));
	assert(!options.explain || has(&words, "--explain"));
	assert(!options.id_from_env || has(&words, "--id-from-env"));
}

static void check_arguments(Words words)
{
	Arguments arguments;
	unsigned int seen = 0;
	int r;

	optind = 0;
	r = arguments_parse(words.argc, words.argv, &arguments);
	assert(r == 1 || r == 0 || r == -EINVAL);
	if (r == 0)
		assert(has(&words, "--help") || has(&words, "--version"));
	if (r != 1)
		return;
	assert(arguments.timeout_usec >= 1000000 &&
	       arguments.timeout_usec <= UINT64_C(86400000000) &&
	       arguments.timeout_usec % 1000000 == 0);
	assert(arguments.machine_name.n_sources > 0);
	for (size_t i = 0; i < arguments.machine_name.n_sources; i++) {
		unsigned int bit = 1U << arguments.machine_name.sources[i];

		assert(bit < 1U << _MACHINE_NAME_SOURCE_MAX && !(seen & bit));
		seen |= bit;
	}
	assert(!arguments.strict || has(&words, "--strict"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	Words words = split(text);

	check_options(words);
	check_arguments(words);
	return 0;
}
