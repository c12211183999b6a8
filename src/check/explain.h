/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report.h"

int explain_check(const char *word, Report *report);
