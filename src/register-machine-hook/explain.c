/* SPDX-License-Identifier: Apache-2.0 */
/* What --explain prints: `key value` lines, for people. Asks machined nothing. */
#include "explain.h"

#include <stdio.h>
#include <unistd.h>

#include "machined.h"
#include "stream.h"

/* shown() - text that the container or its user chose, as far as stdout may have it */
static const char *shown(const char *text)
{
	return stream_text(STDOUT_FILENO, text);
}

static void print_container(const HookInput *input)
{
	(void) printf("container  %s\n", shown(input->state.id));
}

static void print_transport(const MachinedInstance *instance)
{
	const MachinedTransport *transport;
	const char *socket;

	transport = machined_transport_in_sight(instance, &socket);
	if (transport)
		(void) printf("machined   by %s, %s\n", transport->name, socket);
	else
		(void) printf("machined   not there: neither its socket nor a bus\n");
}

/** explain_not_ours() - tell why nothing would be done for a container */
void explain_not_ours(const HookInput *input, const char *reason)
{
	print_container(input);
	(void) printf("do         nothing: %s\n", reason);
}

/** explain_register() - tell what would be registered */
void explain_register(const HookInput *input, const MachinedInstance *instance,
		      const Machine *machine, const Unit *unit)
{
	print_container(input);
	if (unit->verdict == UNIT_OWN)
		(void) printf("do         register\n");
	else
		(void) printf("do         not register: %s\n",
			      unit_verdict_to_string(unit->verdict));
	(void) printf("name       %s (%s if that is taken)\n", shown(machine->name.text),
		      shown(machine->other_name.text));
	(void) printf("class      " MACHINE_CLASS "\n");
	(void) printf("id         %s\n", machine->has_id ? shown(machine->id.text) : "none");
	(void) printf("service    %s\n", shown(machine->service));
	(void) printf("leader     %d\n", machine->leader);
	(void) printf("root       %s\n", shown(machine->root_directory));
	(void) printf("unit       %s\n", *unit->name ? shown(unit->name) : "none");
	print_transport(instance);
}

/** explain_unregister() - tell what would be unregistered */
void explain_unregister(const HookInput *input, const MachinedInstance *instance,
			const Machine *machine)
{
	const char *name = machined_has_machine(instance, machine);

	print_container(input);
	if (!name) {
		(void) printf("do         nothing: there is no machine '%s'\n",
			      shown(machine->name.text));
		return;
	}
	(void) printf("do         unregister, if the machine's id is the container's\n");
	(void) printf("name       %s\n", shown(name));
	(void) printf("id         %s\n", machine->has_id ? shown(machine->id.text) : "none");
	print_transport(instance);
}
