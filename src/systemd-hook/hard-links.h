/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

/* Files with more than one name that were copied already. */
typedef struct HardLinks {
	void *tree; /* of tsearch(3) */
} HardLinks;

int hard_links_add(HardLinks *links, const struct statx *stx, const char *path);
const char *hard_links_find(const HardLinks *links, const struct statx *stx);
void hard_links_done(HardLinks *links);
