/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "bus-library.h"
#include "machined-transport.h"

#define MACHINED_BUS_ID_BYTES 16 /* an id is an array of so many */

int machined_bus_entry_read(sd_bus_message *message, MachinedEntry *ret);
