/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, as text: to compare before and after, and one container with another. */
#pragma once

#include <stdio.h>

#include "scene.h"

typedef enum SnapshotView {
	SNAPSHOT_EXACT,	   /* with the ids of mounts: of one container, at two times */
	SNAPSHOT_COMPARED, /* without: of two containers that were set up alike */
} SnapshotView;

char *snapshot_host(const Scene *scene);
char *snapshot_container(const Scene *scene, SnapshotView view);
void snapshot_tree(FILE *file, const char *path, const char *shown_as);
size_t snapshot_difference(const char *before, const char *after, char *ret, size_t size);
