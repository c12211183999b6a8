/* SPDX-License-Identifier: Apache-2.0 */
/* Files with more than one name, so that a copy keeps them one file. */
#include "hard-links.h"

#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

typedef struct HardLink {
	uint32_t device_major, device_minor; /* an overlay shows those of its layers */
	uint64_t inode;
	char *path;
} HardLink;

static int compare(const void *a, const void *b)
{
	const HardLink *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->device_major != y->device_major)
		return x->device_major < y->device_major ? -1 : 1;
	if (x->device_minor != y->device_minor)
		return x->device_minor < y->device_minor ? -1 : 1;
	return 0;
}

static HardLink key_of(const struct statx *stx)
{
	return (HardLink){.device_major = stx->stx_dev_major,
			  .device_minor = stx->stx_dev_minor,
			  .inode = stx->stx_ino};
}

static void release(void *node)
{
	HardLink *link = node;

	free(link->path);
	free(link);
}

/** hard_links_done() - forget all files */
void hard_links_done(HardLinks *links)
{
	tdestroy(links->tree, release);
	links->tree = NULL;
}

/**
 * hard_links_add() - remember where a file was copied to
 * @stx: the original, which hard_links_find() does not know yet
 * @path: path of the copy
 *
 * Return: 0, or -ENOMEM.
 */
int hard_links_add(HardLinks *links, const struct statx *stx, const char *path)
{
	HardLink *link = malloc(sizeof(*link));

	if (!link)
		return -ENOMEM;
	*link = key_of(stx);
	link->path = strdup(path);
	if (!link->path || !tsearch(link, &links->tree, compare)) {
		release(link);
		return -ENOMEM;
	}
	return 0;
}

/**
 * hard_links_find() - where another name of a file was copied to
 * @stx: the original
 *
 * Return: the path, or NULL if there is none yet.
 */
const char *hard_links_find(const HardLinks *links, const struct statx *stx)
{
	HardLink key = key_of(stx);
	HardLink *const *found = tfind(&key, &links->tree, compare);

	return found ? (*found)->path : NULL;
}
