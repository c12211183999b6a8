/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "oci-config.h"
#include "oci-state.h"

/* A machine-id(5): 32 lower-case hexadecimal digits. */
typedef struct MachineId {
	char text[33];
} MachineId;

typedef enum IdentitySource {
	IDENTITY_FROM_MOUNT,	 /* /etc/machine-id that the user mounted */
	IDENTITY_FROM_ENV,	 /* container_uuid, with --id-from-env */
	IDENTITY_FROM_CONTAINER, /* the container id's first 32 digits */
	IDENTITY_FROM_HASH,	 /* of container id and bundle */
	IDENTITY_UNKNOWN, /* the user mounted a file that cannot be used; no other id counts */
} IdentitySource;

int machine_id_parse(const char *text, MachineId *ret);
bool machine_id_equal(const MachineId *a, const MachineId *b);
bool machine_id_is_null(const MachineId *id);
int machine_id_of_host(MachineId *ret);

int identity_find(const OciState *state, const OciConfig *config, bool from_env, MachineId *ret,
		  IdentitySource *ret_source);
int identity_is_usable(const MachineId *id, IdentitySource source);
