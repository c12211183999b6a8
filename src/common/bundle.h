/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "oci-state.h"

int bundle_open_config(const OciState *state);
bool bundle_outer_uid(const char *uid_map, uid_t *ret);
