/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of machined and when not; how it is asked is the business of the two transports.
 *
 * Never twice the same leader: over D-Bus a registration that fails because machined knows the
 * leader already makes it stop the container's unit, or send SIGTERM to the caller.
 */
#include "machined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "container-process.h"
#include "fs-util.h"
#include "log.h"
#include "machined-bus.h"
#include "machined-varlink.h"

/* between two looks at whether machined has dropped an entry, the first time */
#define FORGET_PAUSE_USEC 500

/* in order of preference */
static const MachinedTransport *const transports[] = {&machined_varlink, &machined_bus};

/* is_ours() - whether an entry is this container's, of this or an earlier life of it */
static bool is_ours(const Machine *machine, const MachinedEntry *entry)
{
	if (machine->has_id)
		return machine_id_equal(&machine->id, &entry->id);
	return !*entry->id.text && *machine->root_directory &&
	       strcmp(machine->root_directory, entry->root_directory) == 0;
}

/* has_ended() - whether an entry's leader runs no more, even if nobody has waited for it yet */
static bool has_ended(const MachinedEntry *entry)
{
	cleanup_container_process ContainerProcess leader = CONTAINER_PROCESS_NULL;

	return entry->leader <= 0 || container_process_pin(entry->leader, &leader) == -ESRCH;
}

/*
 * forget() - have an entry of ours removed, and wait until its name is free
 *
 * machined answers at once, but from 258 on it drops the entry only when it has nothing else to do:
 * whoever asks again quickly is told that the machine exists.
 */
static int forget(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		  const char *name)
{
	int r;

	r = transport->remove(machined, name);
	for (uint64_t usec = FORGET_PAUSE_USEC; r == 0; usec = usec * 2) {
		cleanup_machined_entry MachinedEntry entry = {};

		r = transport->find_by_name(machined, name, &entry);
		if (r == 0 && !is_ours(machine, &entry))
			return 0; /* and another one has the name already */
		if (r == 0)
			r = deadline_pause(&machined->deadline, usec);
	}
	return r == MACHINED_E_NO_MACHINE ? 0 : r;
}

/*
 * leader_state() - 1: registered already, 0: free, made so if an earlier life was in the way
 * @ret_name: under which name, with 1
 */
static int leader_state(const MachinedTransport *transport, Machined *machined,
			const Machine *machine, MachineName *ret_name)
{
	cleanup_machined_entry MachinedEntry entry = {};
	int r;

	r = transport->find_by_leader(machined, machine->leader, &entry);
	if (r == MACHINED_E_NO_MACHINE)
		return 0;
	if (r != 0)
		return r > 0 ? -EOPNOTSUPP : r;

	if (!is_ours(machine, &entry) || (entry.leader != machine->leader && !has_ended(&entry)))
		return machined_reason(machined, -EEXIST,
				       "its process or unit is machine '%s' already", entry.name);
	if (entry.leader == machine->leader) {
		(void) snprintf(ret_name->text, sizeof(ret_name->text), "%.*s", MACHINE_NAME_MAX,
				entry.name);
		return 1;
	}

	r = forget(transport, machined, machine, entry.name);
	return r > 0 ? -EOPNOTSUPP : r;
}

/* add_as() - register under one name; MACHINED_E_EXISTS if another machine has it */
static int add_as(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		  MachineName *name)
{
	cleanup_machined_entry MachinedEntry entry = {};
	int r;

	r = transport->add(machined, machine, name->text);
	if (r != MACHINED_E_EXISTS)
		return r;

	r = transport->find_by_name(machined, name->text, &entry);
	if (r == MACHINED_E_NO_MACHINE) {
		/* so it was not the name */
		r = leader_state(transport, machined, machine, name);
		if (r != 0)
			return r < 0 ? r : 0;
		return transport->add(machined, machine, name->text);
	}
	if (r != 0)
		return r;

	if (!is_ours(machine, &entry))
		return MACHINED_E_EXISTS;
	if (entry.leader == machine->leader)
		return 0;
	if (!has_ended(&entry))
		return MACHINED_E_EXISTS;

	r = forget(transport, machined, machine, name->text);
	return r ?: transport->add(machined, machine, name->text);
}

/**
 * machined_add() - have the machine registered, once
 * @transport: how to talk
 * @machined: the conversation, open
 * @machine: the machine
 * @ret_name: the name that it has got
 *
 * It is well if it is registered already. What an earlier life of the container left is replaced.
 * If another machine has the name, it gets its other one.
 *
 * Return: 0, MACHINED_E_ABSENT, or a negative errno with machined->reason.
 */
int machined_add(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		 MachineName *ret_name)
{
	const MachineName *const names[] = {&machine->name, &machine->other_name};
	int r;

	if (transport->asks_first) {
		r = leader_state(transport, machined, machine, ret_name);
		if (r != 0)
			return r < 0 ? r : 0;
	}

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		*ret_name = *names[i];
		r = add_as(transport, machined, machine, ret_name);
		if (r != MACHINED_E_EXISTS)
			return r;
	}
	return machined_reason(machined, -EEXIST, "other machines have the names '%s' and '%s'",
			       machine->name.text, machine->other_name.text);
}

/**
 * machined_remove() - have the machine forgotten, if it is ours
 * @transport: how to talk
 * @machined: the conversation, open
 * @machine: the machine
 * @name: which of its names
 *
 * Return: 0 (also if there is no such machine, or another container's), MACHINED_E_ABSENT, or a
 * negative errno with machined->reason.
 */
int machined_remove(const MachinedTransport *transport, Machined *machined, const Machine *machine,
		    const MachineName *name)
{
	cleanup_machined_entry MachinedEntry entry = {};
	int r;

	r = transport->find_by_name(machined, name->text, &entry);
	if (r == MACHINED_E_NO_MACHINE)
		return 0;
	if (r != 0)
		return r;

	if (!is_ours(machine, &entry) || (machine->id_is_shareable && !has_ended(&entry))) {
		log_debug("Machine '%.64s' is another container's", name->text);
		return 0;
	}
	r = transport->remove(machined, name->text);
	return r == MACHINED_E_NO_MACHINE ? 0 : r;
}

/**
 * machined_has_machine() - whether machined seems to know a machine of one of our names
 *
 * Without a word to machined, which need not be started or waited for only to hear that.
 *
 * Return: the name, or NULL.
 */
const char *machined_has_machine(const MachinedInstance *instance, const Machine *machine)
{
	const MachineName *const names[] = {&machine->name, &machine->other_name};
	char path[MACHINED_PATH_SIZE + 1 + MACHINE_NAME_MAX];

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		(void) snprintf(path, sizeof(path), "%s/%s", instance->machines_dir,
				names[i]->text);
		/* what cannot be told is asked of machined */
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
			return names[i]->text;
	}
	return NULL;
}

/**
 * machined_transport_in_sight() - the transport whose socket exists; asks nobody
 * @instance: which machined
 * @ret_socket: its socket
 *
 * Return: the transport, or NULL.
 */
const MachinedTransport *machined_transport_in_sight(const MachinedInstance *instance,
						     const char **ret_socket)
{
	for (size_t i = 0; i < ELEMENTSOF(transports); i++) {
		const char *socket = transports[i] == &machined_bus ? instance->bus_socket
								    : instance->varlink_socket;

		if (*socket && faccessat(AT_FDCWD, socket, F_OK, 0) == 0) {
			*ret_socket = socket;
			return transports[i];
		}
	}
	return NULL;
}

static int log_failure(int r, const char *verb, const Machined *machined, bool strict)
{
	const char *why = machined->reason[0] ? machined->reason : strerror(-r);

	if (r == -ETIMEDOUT)
		why = "it did not answer in time";
	return log_full(strict ? LOG_ERR : LOG_WARNING, r,
			"Failed to %s with systemd-machined: %.256s%s", verb, why,
			strict ? "" : ", ignoring");
}

/* leader_has_ended() - so that a number was registered which may mean another process by now */
static bool leader_has_ended(const Machine *machine)
{
	struct pollfd poll_fd = {.fd = machine->leader_pidfd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

static int register_by(const MachinedTransport *transport, Machined *machined,
		       const Machine *machine)
{
	MachineName name;
	int r;

	r = transport->open(machined);
	if (r == 0) {
		r = machined_add(transport, machined, machine, &name);
		if (r == 0 && leader_has_ended(machine)) {
			(void) transport->remove(machined, name.text);
			r = -ESRCH;
		}
		if (r == 0)
			log_debug("Is machine '%.64s' (%s)", name.text, transport->name);
	}
	transport->close(machined);
	return r;
}

/**
 * machined_register() - register a container, by the first transport that is there
 * @instance: where
 * @machine: the container
 * @timeout_usec: for everything
 * @strict: whether a failure is fatal, for the message
 *
 * Return: 0, or a negative errno after one message.
 */
int machined_register(const MachinedInstance *instance, const Machine *machine,
		      uint64_t timeout_usec, bool strict)
{
	Machined machined = MACHINED_NULL;
	int r = MACHINED_E_ABSENT;

	machined.instance = instance;
	machined.deadline = deadline_in(timeout_usec);
	machined.activate = true;
	/* machined takes us for the machine's supervisor, and ends it if something goes wrong */
	(void) signal(SIGTERM, SIG_IGN);

	for (size_t i = 0; i < ELEMENTSOF(transports) && r == MACHINED_E_ABSENT; i++)
		r = register_by(transports[i], &machined, machine);
	/* of users, few have one */
	if (instance->scope == MACHINED_USER &&
	    (r == MACHINED_E_ABSENT || r == MACHINED_NO_SERVICE)) {
		log_debug("The user has no systemd-machined");
		return 0;
	}
	if (r == MACHINED_E_ABSENT)
		r = machined_reason(&machined, -ENOENT, "it is not there");
	else if (r == MACHINED_E_ELSEWHERE)
		r = -EXDEV;
	else if (r > 0)
		r = machined_reason(&machined, -EREMOTEIO, "it contradicts itself");
	return r < 0 ? log_failure(r, "register", &machined, strict) : 0;
}

static int unregister_by(const MachinedTransport *transport, Machined *machined,
			 const Machine *machine)
{
	const MachineName *const names[] = {&machine->name, &machine->other_name};
	int r;

	r = transport->open(machined);
	for (size_t i = 0; i < ELEMENTSOF(names) && r == 0; i++)
		r = machined_remove(transport, machined, machine, names[i]);
	transport->close(machined);
	return r;
}

/**
 * machined_unregister() - have a container forgotten that has ended
 * @instance: where
 * @machine: the container
 * @timeout_usec: for everything
 * @strict: whether a failure is fatal, for the message
 *
 * Never TerminateMachine, which would stop the whole unit. Usually machined has noticed by itself.
 *
 * Return: 0, or a negative errno after one message.
 */
int machined_unregister(const MachinedInstance *instance, const Machine *machine,
			uint64_t timeout_usec, bool strict)
{
	Machined machined = MACHINED_NULL;
	int r = MACHINED_E_ABSENT;

	if (!machined_has_machine(instance, machine)) {
		log_debug("There is no machine '%.64s'", machine->name.text);
		return 0;
	}

	machined.instance = instance;
	machined.deadline = deadline_in(timeout_usec);
	for (size_t i = 0; i < ELEMENTSOF(transports) && r == MACHINED_E_ABSENT; i++)
		r = unregister_by(transports[i], &machined, machine);
	if (r == MACHINED_E_ELSEWHERE)
		log_debug("It cannot have been registered: %s", machined.reason);
	return r < 0 ? log_failure(r, "unregister", &machined, strict) : 0;
}
