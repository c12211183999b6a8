/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-config.h"

int command_resolve(const OciConfig *config, int root_fd, char **ret);
