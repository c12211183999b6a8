/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "container-process.h"

/* Who the container's root is to us. */
typedef struct ContainerRoot {
	bool is_other; /* its user namespace is not ours */
	uid_t uid;
	gid_t gid;
} ContainerRoot;

int container_root_find(const ContainerProcess *process, ContainerRoot *ret);
int container_root_become(const ContainerRoot *root);
