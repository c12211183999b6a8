/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "oci-config.h"
#include "oci-state.h"

/* A directory as it was: neither a move, nor a copy, nor an unmounted file system has the same. */
typedef struct DirectoryIdentity {
	uint64_t inode;
	int64_t born_sec;
	uint32_t born_nsec;
} DirectoryIdentity;

/* What an engine keeps of a container for as long as it has it. */
typedef struct ContainerHome {
	char *path; /* NULL: not known */
	bool has_store;
	DirectoryIdentity store; /* the directory above, which has the homes of all containers */
} ContainerHome;

typedef enum Presence {
	PRESENCE_THERE,
	PRESENCE_GONE,
	PRESENCE_ASK_DOCKER, /* its home is gone, but Docker's store has no list of its containers */
	PRESENCE_UNKNOWN,
} Presence;

int container_home_find(const OciState *state, const OciConfig *config, ContainerHome *ret);
void container_home_done(ContainerHome *home);
Presence container_home_presence(const char *id, const char *bundle, const ContainerHome *home);

#define cleanup_container_home cleanup(container_home_done)
