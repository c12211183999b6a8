/* SPDX-License-Identifier: Apache-2.0 */
/* Files of facts: printed with names for the host's peer groups, whose numbers are new each time, and compared. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS_MAX = 512, LINES_MAX = 4096 };

static struct {
	unsigned long number;
	char path[256];
} peers[PEERS_MAX];
static size_t n_peers;

/* peers_read() - which peer group is which mount of the host's; the first one names it */
void peers_read(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192], path[256];

	if (!file)
		die("mountinfo");
	while (fgets(line, sizeof(line), file) && n_peers < PEERS_MAX) {
		const char *shared = strstr(line, " shared:");

		if (shared && sscanf(line, "%*s %*s %*s %*s %255s", path) == 1) {
			peers[n_peers].number = strtoul(shared + strlen(" shared:"), NULL, 10);
			(void) snprintf(peers[n_peers++].path, sizeof(peers->path), "%s", path);
		}
	}
	(void) fclose(file);
}

static const char *peer_name(unsigned long number)
{
	for (size_t i = 0; i < n_peers; i++)
		if (peers[i].number == number)
			return peers[i].path;
	return "own";
}

/* print_named() - a line, with `shared:NUMBER` and such made `shared:PATH` */
static void print_named(const char *line)
{
	static const char *const words[] = {"shared:", "master:", "propagate_from:"};

	while (*line) {
		size_t length = 0;

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (strncmp(line, words[i], strlen(words[i])) == 0 &&
			    strspn(line + strlen(words[i]), "0123456789") > 0)
				length = strlen(words[i]);
		if (length == 0) {
			putchar(*line++);
			continue;
		}
		printf("%.*s%s", (int) length, line, peer_name(strtoul(line + length, NULL, 10)));
		line += length + strspn(line + length, "0123456789");
	}
}

/* facts_print() - the facts of a file; where the key begins with @prefix, with @as instead of that */
void facts_print(const char *path, const char *prefix, const char *as)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die(path);
	while (getline(&line, &size, file) > 0) {
		if (!strchr(line, '\t') || strncmp(line, prefix, strlen(prefix)) != 0)
			continue;
		fputs(as, stdout);
		print_named(line + strlen(prefix));
	}
	free(line);
	(void) fclose(file);
}

static char **read_lines(const char *path)
{
	char **lines = calloc(LINES_MAX, sizeof(*lines));
	FILE *file = fopen(path, "re");
	size_t n = 0, size = 0;

	if (!file || !lines)
		die(path);
	while (n < LINES_MAX - 1 && getline(&lines[n], &size, file) > 0) {
		n++;
		size = 0;
	}
	free(lines[n]);
	lines[n] = NULL;
	(void) fclose(file);
	return lines;
}

static bool has_line(char *const *lines, const char *line)
{
	for (; *lines; lines++)
		if (strcmp(*lines, line) == 0)
			return true;
	return false;
}

/* facts_differ() - prints what is in one file of facts only, as `gone` and `left` */
bool facts_differ(const char *before, const char *after)
{
	char **old = read_lines(before), **new = read_lines(after);
	bool r = false;

	for (size_t i = 0; old[i]; i++)
		if (!has_line(new, old[i])) {
			fputs("gone ", stdout);
			print_named(old[i]);
			r = true;
		}
	for (size_t i = 0; new[i]; i++)
		if (!has_line(old, new[i])) {
			fputs("left ", stdout);
			print_named(new[i]);
			r = true;
		}
	return r;
}
