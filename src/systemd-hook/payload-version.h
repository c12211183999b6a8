/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-config.h"

/* the first systemd without cgroup v1 */
#define PAYLOAD_WITHOUT_V1 258

unsigned int payload_version(const OciConfig *config, int root_fd);
