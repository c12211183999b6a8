/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report.h"

int journals_prune_ended(Report *report);
