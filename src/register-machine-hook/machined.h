/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "machined-transport.h"

int machined_add(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		 MachineName *ret_name);
int machined_remove(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		    const MachineName *name);

const char *machined_has_machine(const MachinedInstance *instance, const Machine *machine);
const MachinedTransport *machined_transport_in_sight(const MachinedInstance *instance,
						     const char **ret_socket);
int machined_register(const MachinedInstance *instance, const Machine *machine,
		      uint64_t timeout_usec, bool strict);
int machined_unregister(const MachinedInstance *instance, const Machine *machine,
			uint64_t timeout_usec, bool strict);
