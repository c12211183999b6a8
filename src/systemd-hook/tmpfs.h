/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "copy-up.h"

typedef struct Apply Apply;
typedef struct PlanStep PlanStep;

/* A tmpfs that is made and filled, and not mounted yet. */
typedef struct Tmpfs {
	const PlanStep *step;
	int fd; /* its root */
	CopyUp copy;
} Tmpfs;

int tmpfs_new(const Apply *apply, const char *options, uint64_t attributes);
int tmpfs_keep(const Apply *apply, const char *path, int dest_fd, CopyUp *copy);
int tmpfs_build(Apply *apply, const PlanStep *step);
int tmpfs_attach(Apply *apply, const PlanStep *step);
int tmpfs_allow_exec(Apply *apply, const PlanStep *step);
void tmpfs_done(Tmpfs *tmpfs);
