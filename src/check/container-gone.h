/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "systemd-hook/journal-mark.h"

Presence container_presence(const JournalOwner *owner);
bool container_is_gone(const JournalOwner *owner);
