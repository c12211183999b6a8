/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "identity.h"
#include "oci-config.h"
#include "report.h"
#include "systemd-hook/options.h"

bool explain_has_namespace(const OciConfig *config, const char *wanted);
int explain_plan(Report *report, const OciConfig *config, int root_fd, const Options *options,
		 const MachineId *id, IdentitySource source);
