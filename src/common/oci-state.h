/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "cleanup.h"
#include "json.h"

typedef enum OciStatus {
	OCI_STATUS_OTHER, /* absent, or a word that the specification does not have */
	OCI_STATUS_CREATING,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_STOPPED,
} OciStatus;

/* The container's state, as a runtime hands it to its hooks; strings belong to json. */
typedef struct OciState {
	json_t *json;
	const char *id;
	const char *bundle;
	const char *root; /* crun only, may be relative to the bundle; else NULL */
	OciStatus status;
	pid_t pid; /* 0: none */
} OciState;

int oci_state_read(int fd, OciState *ret, ParseError *reterr);
void oci_state_done(OciState *state);

#define cleanup_oci_state cleanup(oci_state_done)
