/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "apply.h"
#include "journal-mark.h"

bool journal_is_not_kept(int r);
bool container_is_removed_by_engine(const OciConfig *config);
bool journal_goes_with_container(const OciConfig *config, JournalMode mode, bool id_is_chosen);
int journal_directory_open(Apply *apply);
int journal_directory_publish(Apply *apply);
int journal_directory_end(const OciState *state, const MachineId *id);
