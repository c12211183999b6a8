/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"

int journal_directory_open(Apply *apply);
int journal_directory_publish(Apply *apply);
int journal_directory_remove(const OciState *state, const MachineId *id);
