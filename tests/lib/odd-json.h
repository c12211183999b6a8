/* SPDX-License-Identifier: Apache-2.0 */
/* Valid JSON of every kind, from a seed: odd_seed, then write_value(). */
#ifndef ODD_JSON_H
#define ODD_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "macro.h"

static uint64_t odd_seed;

static size_t choose(size_t n)
{
	odd_seed ^= odd_seed << 13;
	odd_seed ^= odd_seed >> 7;
	odd_seed ^= odd_seed << 17;
	return (size_t) (odd_seed % n);
}

static bool is_full(void)
{
	const char *size = getenv("OCI_HOOKS_TEST_SIZE");

	return size && strcmp(size, "full") == 0;
}

/* As JSON has them, without quotes. */
static const char *const odd_texts[] = {"",
					"a\\u0000b",
					"\\u0000",
					"\\ud800",
					"\\udfff",
					"\\udc00\\ud800",
					"\\uD83D\\uDE00",
					"\\ud83dx",
					"\\ud83d\\u0041",
					"\\ud83d\\n",
					"\\uFFFF",
					"\\ufffe",
					"\xef\xbf\xbf",
					"\xf0\x9f\x98\x80",
					"\x7f",
					"\\\"\\\\\\/\\b\\f\\n\\r\\t",
					"\\\\",
					"\\\\\\\"",
					"{",
					"}",
					"[[[[",
					"]",
					":",
					",",
					"//",
					"/*",
					"\\\\ud800",
					"\\\\\\ud800",
					"null",
					"%s%n",
					"root",
					"path",
					"args",
					"PATH=/x\\u0000",
					"id",
					"pid",
					"bundle\\u0000",
					"root\\u0000",
					"annotation",
					"annotationss",
					"Annotations",
					"mounts ",
					"\\u0000linux",
					"io.containers.systemd-hook\\u0000",
					"io.containers.systemd-hook\\ud800",
					"io.containers.systemd-hoo",
					"io.containers.systemd-hook ",
					"io.kubernetes",
					"io.kubernetes.pod",
					"\\u0069o.kubernetes.po",
					"CAP_SYS_ADMIN",
					"bind"};

static const char *const odd_numbers[] = {
	"0", "-0", "-0.0", "1E+2", "1e999", "-1e999", "1e-999", "1e99999999999999999999", "0e0",
	"18446744073709551615", "9223372036854775808", "-9223372036854775809", "0.1e1",
	/* in brackets, as clang takes two strings in a list for a forgotten comma */
	("12345678901234567890123456789012345678901234567890123456"
	 "7890123456789012345678901234567890")};

static void write_text(FILE *out)
{
	size_t n = choose(200) ? choose(4) : choose(is_full() ? 300000 : 3000);

	for (size_t i = 0; i < n; i++)
		if (choose(2))
			fputs(odd_texts[choose(ELEMENTSOF(odd_texts))], out);
		else
			fputc("abcdefghijklmnop qrstuvwxyz0123456789.-_"[choose(40)], out);
}

static void write_space(FILE *out)
{
	if (choose(4) == 0)
		fputc(" \n\t\r"[choose(4)], out);
}

static void write_value(FILE *out, size_t depth);

static void write_nested(FILE *out, size_t depth)
{
	bool is_object = choose(2);
	size_t n = choose(4);

	fputc(is_object ? '{' : '[', out);
	for (size_t i = 0; i < n; i++) {
		write_space(out);
		if (is_object) {
			fputc('"', out);
			write_text(out);
			fputs("\":", out);
		}
		write_value(out, depth + 1);
		fputs(i + 1 < n ? "," : "", out);
	}
	write_space(out);
	fputc(is_object ? '}' : ']', out);
}

/* write_deep() - as many levels as are allowed */
static void write_deep(FILE *out, size_t depth)
{
	bool is_object = choose(2);

	if (depth == 64) {
		fputc('0', out);
		return;
	}
	fputs(is_object ? "{\"\":" : "[", out);
	write_deep(out, depth + 1);
	fputs(is_object ? "}" : "]", out);
}

/* write_value() - any JSON, inside of so many brackets */
static void write_value(FILE *out, size_t depth)
{
	static const char *const words[] = {"null", "true", "false"};

	switch (choose(depth < 20 ? 7 : 5)) {
	case 0:
		fputs(words[choose(ELEMENTSOF(words))], out);
		break;
	case 1:
		fputs(odd_numbers[choose(ELEMENTSOF(odd_numbers))], out);
		break;
	case 2:
		write_deep(out, choose(10) ? 64 : depth);
		break;
	case 3:
	case 4:
		fputc('"', out);
		write_text(out);
		fputc('"', out);
		break;
	default:
		write_nested(out, depth);
	}
}

#endif
