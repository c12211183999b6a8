/* SPDX-License-Identifier: Apache-2.0 */
/* What ids of a user namespace are outside of it: /proc/PID/uid_map and gid_map (user_namespaces(7)). */
#include "id-map.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct Range {
	uint32_t inside, outside, count;
} Range;

/* read_line() - one range, and where the next line begins; -EINVAL if it is none */
static int read_line(const char **text, Range *ret)
{
	unsigned long long values[3];
	int length = 0;

	if (sscanf(*text, "%llu %llu %llu%n", &values[0], &values[1], &values[2], &length) != 3 ||
	    ((*text)[length] != '\n' && (*text)[length] != '\0'))
		return -EINVAL;
	for (size_t i = 0; i < 3; i++)
		if (values[i] > UINT32_MAX)
			return -EINVAL;

	*ret = (Range){(uint32_t) values[0], (uint32_t) values[1], (uint32_t) values[2]};
	*text += length;
	*text += **text == '\n';
	return 0;
}

/**
 * id_map_to_outside() - find what an id inside is outside
 * @text: content of /proc/PID/uid_map or gid_map, as a process outside reads it
 * @inside: the id
 * @ret: what it is outside
 *
 * Return: 0, -ENOENT if the namespace has no such id, or -EINVAL if this is no map.
 */
int id_map_to_outside(const char *text, uint32_t inside, uint32_t *ret)
{
	Range range;
	int r;

	while (*text) {
		r = read_line(&text, &range);
		if (r < 0)
			return r;
		if (inside < range.inside || inside - range.inside >= range.count)
			continue;
		*ret = range.outside + (inside - range.inside);
		/* the largest number is not an id, but "leave it" to chown(2) */
		return *ret == UINT32_MAX || *ret < range.outside ? -EINVAL : 0;
	}
	return -ENOENT;
}

/** id_map_is_initial() - whether a map is that of the initial user namespace: every id is itself */
bool id_map_is_initial(const char *text)
{
	Range range;

	return read_line(&text, &range) >= 0 && !*text && range.inside == 0 && range.outside == 0 &&
	       range.count == UINT32_MAX;
}
