/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report.h"

void explain_log(Report *report, const char *container_id);
