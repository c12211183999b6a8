/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "observe.h"

int machine_id_path(int root_fd, char *ret, size_t size);
int observe_machine_id(int root_fd, Observation *seen);
MachineIdState machine_id_state(const char *text, size_t size, MachineId *ret);
