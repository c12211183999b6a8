/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report.h"

int host_check_engines(Report *report);
