/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "identity.h"

#define JOURNAL_ENDED_DIRECTORY ".oci-systemd-hook.ended"

int journal_ended_note(int parent_fd, const MachineId *id, const char *container);
void journal_ended_sweep(int parent_fd, const MachineId *id);
