/* SPDX-License-Identifier: Apache-2.0 */
/* The mount table, and which mount a path is on. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* parse_line() - cuts a line into its fields; false where it is none */
static bool parse_line(char *line, Mount *ret)
{
	char *fields[10] = {}, *dash, *save = NULL, propagation[128] = "";
	char *cursor = line;

	line[strcspn(line, "\n")] = '\0';
	dash = strstr(line, " - ");
	if (!dash)
		return false;
	*dash = '\0';
	for (size_t i = 0; i < 6; i++, cursor = NULL)
		if (!(fields[i] = strtok_r(cursor, " ", &save)))
			return false;
	for (char *word; (word = strtok_r(NULL, " ", &save));) {
		if (*propagation)
			(void) strncat(propagation, "+",
				       sizeof(propagation) - strlen(propagation) - 1);
		(void) strncat(propagation, word, sizeof(propagation) - strlen(propagation) - 1);
	}
	cursor = dash + strlen(" - ");
	for (size_t i = 6; i < 9; i++, cursor = NULL)
		if (!(fields[i] = strtok_r(cursor, " ", &save)))
			return false;
	*ret = (Mount){
		.id = strtoul(fields[0], NULL, 10),
		.root = strdup(fields[3]),
		.path = strdup(fields[4]),
		.options = strdup(fields[5]),
		.propagation = strdup(*propagation ? propagation : "private"),
		.type = strdup(fields[6]),
		.source = strdup(fields[7]),
		/* the paths of an overlay's layers say nothing, as those of other file systems */
		.super = strdup(strcmp(fields[6], "tmpfs") == 0 ? fields[8] : "-"),
	};
	return true;
}

/* mounts_read() - reads a mount table; what was allocated lives as long as the process */
void mounts_read(Mounts *ret, const char *mountinfo)
{
	FILE *file = fopen(mountinfo, "re");
	char *line = NULL;
	size_t size = 0;

	*ret = (Mounts){};
	if (!file) {
		perror(mountinfo);
		exit(1);
	}
	while (getline(&line, &size, file) > 0) {
		ret->items = reallocarray(ret->items, ret->n_items + 1, sizeof(*ret->items));
		if (!ret->items)
			abort();
		ret->n_items += parse_line(line, &ret->items[ret->n_items]);
	}
	free(line);
	(void) fclose(file);
}

/* mounts_of_path() - the mount that a path itself is on; NULL if there is no such path */
const Mount *mounts_of_path(const Mounts *mounts, const char *path)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) < 0)
		return NULL;
	for (size_t i = 0; i < mounts->n_items; i++)
		if (mounts->items[i].id == stx.stx_mnt_id)
			return &mounts->items[i];
	return NULL;
}

/* mounts_print() - all mounts, also those that others hide */
void mounts_print(const Mounts *mounts, const char *prefix)
{
	for (size_t i = 0; i < mounts->n_items; i++) {
		const Mount *mount = &mounts->items[i];
		size_t below = 0;

		for (size_t j = 0; j < i; j++)
			below += strcmp(mounts->items[j].path, mount->path) == 0;
		printf("%s %s#%zu\tfs=%s root=%s flags=%s prop=%s\n", prefix, mount->path, below,
		       mount->type, mount->root, mount->options, mount->propagation);
	}
}
