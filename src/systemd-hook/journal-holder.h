/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "journal-mark.h"

int journal_holder_identify(pid_t pid, JournalOwner *owner);
bool journal_holder_is_alive(const JournalOwner *owner);
