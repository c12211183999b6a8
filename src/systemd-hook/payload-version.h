/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-config.h"

unsigned int payload_version(const OciConfig *config, int root_fd);
