/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "cleanup.h"

/* A container, however an operator named it. */
typedef struct Container {
	char *id;
	char *bundle; /* NULL: it never ran */
	pid_t pid;    /* 0: it does not run */
} Container;

int container_find(const char *word, Container *ret);
void container_done(Container *container);

#define cleanup_container cleanup(container_done)
