/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "machined-transport.h"

typedef enum MachinedInstance {
	MACHINED_INSTANCE_NONE,
	MACHINED_INSTANCE_SYSTEM,
} MachinedInstance;

MachinedInstance machined_instance_from_uid_map(const char *text);
MachinedInstance machined_instance_find(void);

int machined_add(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		 MachineName *ret_name);
int machined_remove(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		    const MachineName *name);

const char *machined_has_machine(const Machine *machine);
const MachinedTransport *machined_transport_in_sight(void);
int machined_register(const Machine *machine, uint64_t timeout_usec, bool strict);
int machined_unregister(const Machine *machine, uint64_t timeout_usec, bool strict);
