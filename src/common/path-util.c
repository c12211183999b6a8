/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of a container as text; nothing is looked up. */
#include "path-util.h"

#include <stdlib.h>
#include <string.h>

/**
 * path_normalize() - write a path in its one plain form
 * @path: a path inside the container
 *
 * Absolute, no `//`, no `.`, no `/` at the end, and `..` taken as text; "/" for the root. `/runx`
 * is so no longer mistaken for something below `/run`, nor `/tmp/` for something other than `/tmp`.
 *
 * Return: the path, to be freed, or NULL when memory is out.
 */
char *path_normalize(const char *path)
{
	char *result, *end;

	result = malloc(strlen(path) + 2);
	if (!result)
		return NULL;

	end = result;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (end > result && *--end != '/')
				;
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			*end++ = '/';
			memcpy(end, path, n);
			end += n;
		}
		path += n;
		path += *path == '/';
	}
	if (end == result)
		*end++ = '/';
	*end = '\0';
	return result;
}

/**
 * path_below() - what a path adds to its parent
 * @path: normalized path
 * @parent: normalized path
 *
 * Return: the rest without leading slash, "" if they are the same, NULL if @path is not at or below
 * @parent.
 */
const char *path_below(const char *path, const char *parent)
{
	size_t n = strlen(parent);

	if (n == 1) /* "/" */
		return path + 1;
	if (strncmp(path, parent, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return path + n;
	return path[n] == '/' ? path + n + 1 : NULL;
}
