/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would Go's regexp package compile a pattern? Engines compile those of hooks.d with it, and one that
 * does not compile stops them. regcomp(3) and PCRE both take much that Go refuses, and the reverse.
 *
 * This walks over a pattern by the grammar of https://github.com/google/re2/wiki/Syntax as Go has it,
 * and matches nothing. What depends on the version of Go, or on a limit of its size, is left unsure.
 */
#include "go-regex.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "macro.h"

#define REPEAT_MAX 1000
#define GROUPS_SURE 200

typedef struct Scan {
	const char *text; /* what is left */
	const char *reason;
	bool is_unsure;
	bool has_atom; /* something that a repetition can be applied to */
	bool was_repeat;
	unsigned int depth;
	unsigned int n_names;
	unsigned long repeats; /* the product of all counts */
} Scan;

static bool fail(Scan *scan, const char *reason)
{
	scan->reason = reason;
	return false;
}

/* scan_hex() - behind `\x` */
static bool scan_hex(Scan *scan)
{
	static const char reason[] = "has an escape \\x without a character's number";
	const char *text = scan->text;
	unsigned long value = 0;

	if (*text != '{') {
		if (!isxdigit((unsigned char) text[0]) || !isxdigit((unsigned char) text[1]))
			return fail(scan, reason);
		scan->text += 2;
		return true;
	}
	for (text++; isxdigit((unsigned char) *text) && value <= 0x10ffff; text++)
		value = 16 * value +
			(unsigned long) (*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
	if (*text != '}' || text == scan->text + 1 || value > 0x10ffff)
		return fail(scan, reason);
	scan->text = text + 1;
	return true;
}

/* scan_unicode() - a class `\p…`, whose names are many */
static bool scan_unicode(Scan *scan)
{
	const char *end;

	scan->is_unsure = true;
	scan->text++;
	if (*scan->text == '{') {
		end = strchr(scan->text, '}');
		if (!end)
			return fail(scan, "has an escape \\p without a class");
		scan->text = end;
	}
	if (!*scan->text)
		return fail(scan, "has an escape \\p without a class");
	scan->text++;
	return true;
}

/* scan_escape() - behind a backslash, in a class or not */
static bool scan_escape(Scan *scan)
{
	char c = *scan->text;

	if (!c)
		return fail(scan, "ends in a backslash");
	if (c == 'p' || c == 'P')
		return scan_unicode(scan);
	scan->text++;
	if (c == 'x')
		return scan_hex(scan);
	if (c >= '1' && c <= '7' && !(*scan->text >= '0' && *scan->text <= '7'))
		return fail(scan, "refers back to a group, which Go cannot do");
	if (c >= '0' && c <= '7') {
		for (int n = 0; n < 2 && *scan->text >= '0' && *scan->text <= '7'; n++)
			scan->text++;
		return true;
	}
	if (strchr("dDsSwWafnrtv", c))
		return true;
	if ((unsigned char) c >= 0x80 || isalnum((unsigned char) c))
		return fail(scan, "has an escape that Go does not know");
	return true;
}

/* scan_escape_outside() - the escapes that are no characters, besides the others */
static bool scan_escape_outside(Scan *scan)
{
	const char *end;

	scan->has_atom = true;
	if (*scan->text && strchr("AbBz", *scan->text)) {
		scan->text++;
		return true;
	}
	if (*scan->text != 'Q')
		return scan_escape(scan);
	end = strstr(scan->text, "\\E");
	if (scan->text + 1 == end || !scan->text[1])
		scan->is_unsure = true; /* it is no atom then, but what is before it may be */
	scan->text = end ? end + 2 : scan->text + strlen(scan->text);
	return true;
}

/* scan_posix_class() - [:name:] within brackets; false with no reason if it is none */
static bool scan_posix_class(Scan *scan)
{
	static const char *const names[] = {"alnum", "alpha", "ascii", "blank", "cntrl",
					    "digit", "graph", "lower", "print", "punct",
					    "space", "upper", "word",  "xdigit"};
	const char *name = scan->text + 2, *end;

	if (strncmp(scan->text, "[:", 2) != 0)
		return false;
	end = strstr(name, ":]");
	if (!end)
		return false;
	name += *name == '^';
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		size_t length = strlen(names[i]);

		if (end >= name && (size_t) (end - name) == length &&
		    strncmp(name, names[i], length) == 0) {
			scan->text = end + 2;
			return true;
		}
	}
	return fail(scan, "has a class of characters that Go does not know");
}

/* take_character() - one of a class: the value of what is plain, -1 of an escape, -2 on failure */
static int take_character(Scan *scan)
{
	unsigned char c = (unsigned char) *scan->text;

	if (!c) {
		(void) fail(scan, "has a [ without its ]");
		return -2;
	}
	scan->text++;
	if (c == '\\')
		return scan_escape(scan) ? -1 : -2;
	while (c >= 0x80 && ((unsigned char) *scan->text & 0xc0) == 0x80)
		scan->text++;
	return c < 0x80 ? c : -1;
}

static bool is_class_escape(const char *text)
{
	return text[0] == '\\' && text[1] && strchr("dDsSwWpP", text[1]);
}

/* scan_brackets() - behind a [ */
static bool scan_brackets(Scan *scan)
{
	bool is_first = true;
	int low, high;

	scan->text += *scan->text == '^';
	while (is_first || *scan->text != ']') {
		is_first = false;
		if (scan_posix_class(scan))
			continue;
		if (scan->reason)
			return false;
		low = is_class_escape(scan->text) ? -3 : 0;
		if (low < 0) {
			if (take_character(scan) == -2)
				return false;
			continue;
		}
		low = take_character(scan);
		if (low == -2)
			return false;
		if (scan->text[0] != '-' || !scan->text[1] || scan->text[1] == ']')
			continue;
		scan->text++;
		if (is_class_escape(scan->text))
			return fail(scan, "has a range of characters without an end");
		high = take_character(scan);
		if (high == -2)
			return false;
		if (low >= 0 && high >= 0 && high < low)
			return fail(scan,
				    "has a range of characters whose end is before its beginning");
		if (low < 0 || high < 0)
			scan->is_unsure = true;
	}
	scan->text++;
	scan->has_atom = true;
	return true;
}

/* scan_name() - behind `(?P<` */
static bool scan_name(Scan *scan)
{
	const char *name = scan->text;

	while (isalnum((unsigned char) *scan->text) || *scan->text == '_')
		scan->text++;
	if (*scan->text != '>' || scan->text == name) {
		/* names in other letters came with a later Go */
		if ((unsigned char) *scan->text >= 0x80 && strchr(scan->text, '>'))
			scan->is_unsure = true;
		else
			return fail(scan, "has a group whose name is none");
	}
	scan->text = strchr(scan->text, '>') + 1;
	if (scan->n_names++ > 0) /* no two may be the same */
		scan->is_unsure = true;
	return true;
}

static void open_group(Scan *scan)
{
	scan->has_atom = false;
	if (++scan->depth > GROUPS_SURE)
		scan->is_unsure = true;
}

/* scan_question() - behind `(?` */
static bool scan_question(Scan *scan)
{
	bool has_flag = false, is_negative = false;

	if (strncmp(scan->text, "P<", 2) == 0) {
		scan->text += 2;
		open_group(scan);
		return scan_name(scan);
	}
	if (scan->text[0] == '<' && scan->text[1] != '=' && scan->text[1] != '!') {
		scan->text++;
		scan->is_unsure = true; /* since Go 1.22 */
		open_group(scan);
		return scan_name(scan);
	}
	for (;; scan->text++) {
		if (*scan->text && strchr("imsU", *scan->text)) {
			has_flag = true;
		} else if (*scan->text == '-' && !is_negative) {
			is_negative = true;
			has_flag = false;
		} else if ((*scan->text == ':' || *scan->text == ')') &&
			   (has_flag || !is_negative)) {
			break;
		} else {
			return fail(scan, "has a group (? of a kind that Go does not know, as "
					  "look-around is");
		}
	}
	if (*scan->text++ == ':')
		open_group(scan);
	return true;
}

static bool repeat(Scan *scan)
{
	if (!scan->has_atom)
		return fail(scan, "repeats nothing");
	scan->text += *scan->text == '?';
	if (scan->was_repeat)
		return fail(scan, "repeats a repetition");
	scan->was_repeat = true;
	return true;
}

/* take_count() - a number of a repetition, without leading zeros; -1 if there is none */
static long take_count(const char **text)
{
	long value = 0;

	if (!isdigit((unsigned char) **text) ||
	    (**text == '0' && isdigit((unsigned char) (*text)[1])))
		return -1;
	for (; isdigit((unsigned char) **text); (*text)++)
		value = MIN(10 * value + (**text - '0'), REPEAT_MAX + 1);
	return value;
}

/* scan_brace() - behind a {, which is a plain character unless a count follows */
static bool scan_brace(Scan *scan)
{
	const char *text = scan->text;
	long min, max;

	min = max = take_count(&text);
	if (min >= 0 && *text == ',') {
		text++;
		max = *text == '}' ? min : take_count(&text);
		if (max < 0)
			min = -1;
	}
	if (min < 0 || *text != '}') {
		scan->has_atom = true;
		scan->was_repeat = false;
		return true;
	}
	scan->text = text + 1;
	if (min > REPEAT_MAX || max > REPEAT_MAX || max < min)
		return fail(scan, "repeats more than 1000 times, or less often than at least");
	scan->repeats *= (unsigned long) MAX(max, 1L);
	if (scan->repeats > REPEAT_MAX) { /* what counts is how they nest */
		scan->is_unsure = true;
		scan->repeats = REPEAT_MAX + 1;
	}
	return repeat(scan);
}

static bool scan_one(Scan *scan)
{
	bool was_repeat = scan->was_repeat;
	char c = *scan->text++;

	scan->was_repeat = (c == '*' || c == '+' || c == '?' || c == '{') && was_repeat;
	switch (c) {
	case '*':
	case '+':
	case '?':
		return repeat(scan);
	case '{':
		return scan_brace(scan);
	case '[':
		return scan_brackets(scan);
	case '\\':
		return scan_escape_outside(scan);
	case '|':
		scan->has_atom = false;
		return true;
	case ')':
		if (scan->depth == 0)
			return fail(scan, "has a ) without its (");
		scan->depth--;
		scan->has_atom = true;
		return true;
	case '(':
		if (*scan->text == '?') {
			scan->text++;
			return scan_question(scan);
		}
		open_group(scan);
		return true;
	default:
		scan->has_atom = true;
		return true;
	}
}

/**
 * go_regex_check() - whether Go compiles a pattern
 * @pattern: the pattern, in UTF-8
 * @ret_reason: why not, where it is broken: "has a ( without its )"
 */
GoRegexVerdict go_regex_check(const char *pattern, const char **ret_reason)
{
	Scan scan = {.text = pattern, .repeats = 1};
	bool is_good = true;

	while (is_good && *scan.text)
		is_good = scan_one(&scan);
	if (is_good && scan.depth > 0)
		is_good = fail(&scan, "has a ( without its )");
	if (is_good)
		return scan.is_unsure ? GO_REGEX_UNSURE : GO_REGEX_GOOD;
	*ret_reason = scan.reason;
	/* what was passed over may have made another thing of the rest */
	return scan.is_unsure ? GO_REGEX_UNSURE : GO_REGEX_BROKEN;
}
