/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-config.h"
#include "oci-state.h"

const char *engine_service(const OciState *state, const OciConfig *config);
int engine_container_name(const OciConfig *config, char **ret);
