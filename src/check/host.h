/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report.h"

int host_check(Report *report);
