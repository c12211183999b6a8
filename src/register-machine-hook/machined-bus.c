/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machined by D-Bus (org.freedesktop.machine1), through sd-bus. libsystemd is loaded only here:
 * where machined speaks Varlink, no call needs it.
 *
 * sd-bus has time limits of its own (90 s for logging in, 25 s for a call) that are longer than
 * ours, so nothing here is left to its defaults.
 */
#include "machined-bus.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bus-library.h"
#include "machined-bus-entry.h"
#include "machined-peer.h"

#define SERVICE "org.freedesktop.machine1"
#define MANAGER_PATH "/org/freedesktop/machine1"
#define MANAGER_INTERFACE SERVICE ".Manager"
#define MACHINE_INTERFACE SERVICE ".Machine"
#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

static void message_unrefp(sd_bus_message **message)
{
	if (*message)
		(void) sd.unref(*message);
}

#define cleanup_message cleanup(message_unrefp)

static void bus_close(Machined *machined)
{
	/* without a flush: that has no time limit */
	if (machined->bus)
		machined->bus = sd.close_unref(machined->bus);
}

/* log_in() - until the bus has taken us in */
static int log_in(Machined *machined)
{
	int r;

	for (;;) {
		uint64_t left;

		r = sd.is_ready(machined->bus);
		if (r != 0)
			return r < 0 ? r : 0;
		r = sd.process(machined->bus, NULL);
		if (r < 0)
			return r;
		if (r > 0)
			continue;

		left = deadline_left(&machined->deadline);
		if (left == 0)
			return -ETIMEDOUT;
		r = sd.wait(machined->bus, left);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

static int start(Machined *machined, int fd)
{
	sd_bus *bus;
	int r;

	r = sd.new(&bus);
	if (r < 0) {
		(void) close(fd);
		return r;
	}
	machined->bus = bus;

	r = sd.set_fd(bus, fd, fd);
	if (r < 0) {
		(void) close(fd);
		return r;
	}
	r = sd.set_bus_client(bus, 1);
	if (r < 0)
		return r;
	r = sd.start(bus);
	if (r < 0)
		return r;
	return log_in(machined);
}

static int bus_open(Machined *machined)
{
	cleanup_close int fd = -1;
	int r;

	r = machined_connect(machined, machined->instance->bus_socket, &fd);
	if (r != 0)
		return r;
	r = bus_library_load();
	if (r < 0)
		return machined_reason(machined, r, "libsystemd.so.0 cannot be loaded");

	r = start(machined, steal_fd(&fd));
	if (r < 0 && r != -ETIMEDOUT)
		return machined_reason(machined, r, "the %s bus: %s",
				       machined->instance->scope == MACHINED_USER ? "user's"
										  : "system",
				       strerror(-r));
	return r;
}

/* from_error() - what an error means to us */
static int from_error(Machined *machined, const sd_bus_error *error, int r)
{
	static const struct {
		const char *name;
		int result;
	} known[] = {
		{SERVICE ".MachineExists", MACHINED_E_EXISTS},
		{"org.freedesktop.DBus.Error.FileExists", MACHINED_E_EXISTS},
		{SERVICE ".NoSuchMachine", MACHINED_E_NO_MACHINE},
		{SERVICE ".NoMachineForPID", MACHINED_E_NO_MACHINE},
		/* gone between two calls */
		{"org.freedesktop.DBus.Error.UnknownObject", MACHINED_E_NO_MACHINE},
		{"org.freedesktop.DBus.Error.UnknownMethod", MACHINED_E_ABSENT},
	};

	if (r == -ETIMEDOUT && deadline_left(&machined->deadline) == 0)
		return r;
	if (!error->name)
		return r;

	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		if (strcmp(error->name, known[i].name) == 0)
			return known[i].result;

	if (machined->instance->scope == MACHINED_USER &&
	    strcmp(error->name, SD_BUS_ERROR_SERVICE_UNKNOWN) == 0)
		return MACHINED_NO_SERVICE;
	/* not to be started for this: then it has no machines either */
	if (!machined->activate && (strcmp(error->name, SD_BUS_ERROR_NAME_HAS_NO_OWNER) == 0 ||
				    strcmp(error->name, SD_BUS_ERROR_SERVICE_UNKNOWN) == 0))
		return MACHINED_E_NO_MACHINE;
	return machined_reason(machined, -EREMOTEIO, "%s", error->message ?: error->name);
}

static int call(Machined *machined, sd_bus_message *message, sd_bus_message **ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t left = deadline_left(&machined->deadline);
	int r;

	machined->reason[0] = '\0';
	/* to sd-bus a limit of 0 is its default */
	if (left == 0)
		return -ETIMEDOUT;
	r = sd.set_auto_start(message, machined->activate);
	if (r < 0)
		return r;
	r = sd.call(machined->bus, message, left, &error, ret);
	r = r < 0 ? from_error(machined, &error, r) : 0;
	sd.error_free(&error);
	return r;
}

/* new_call() - of the manager; most have a machine's name first, NULL: this one has not */
static int new_call(Machined *machined, const char *member, const char *name, sd_bus_message **ret)
{
	int r;

	r = sd.new_method_call(machined->bus, ret, SERVICE, MANAGER_PATH, MANAGER_INTERFACE,
			       member);
	return r < 0 || !name ? r : sd.append(*ret, "s", name);
}

/* id_bytes() - how many there are: 16, or 0 for a machine without id */
static size_t id_bytes(const Machine *machine, uint8_t bytes[static MACHINED_BUS_ID_BYTES])
{
	for (size_t i = 0; machine->has_id && i < MACHINED_BUS_ID_BYTES; i++)
		(void) sscanf(machine->id.text + 2 * i, "%2hhx", &bytes[i]);
	return machine->has_id ? MACHINED_BUS_ID_BYTES : 0;
}

static int append_id_property(sd_bus_message *message, const Machine *machine)
{
	uint8_t bytes[MACHINED_BUS_ID_BYTES];
	size_t n = id_bytes(machine, bytes);
	int r;

	if (n == 0)
		return 0;
	r = sd.open_container(message, 'r', "sv");
	if (r < 0)
		return r;
	r = sd.append(message, "s", "Id");
	if (r < 0)
		return r;
	r = sd.open_container(message, 'v', "ay");
	if (r < 0)
		return r;
	r = sd.append_array(message, 'y', bytes, n);
	if (r < 0)
		return r;
	r = sd.close_container(message);
	if (r < 0)
		return r;
	return sd.close_container(message);
}

/* add_by_pidfd() - since systemd 259 */
static int add_by_pidfd(Machined *machined, const Machine *machine, const char *name)
{
	cleanup_message sd_bus_message *message = NULL;
	int r;

	r = new_call(machined, "RegisterMachineEx", name, &message);
	if (r < 0)
		return r;
	r = sd.open_container(message, 'a', "(sv)");
	if (r < 0)
		return r;
	r = append_id_property(message, machine);
	if (r < 0)
		return r;
	r = sd.append(message, "(sv)(sv)(sv)(sv)", "Class", "s", MACHINE_CLASS, "Service", "s",
		      machine->service, "RootDirectory", "s", machine->root_directory,
		      "LeaderPIDFD", "h", machine->leader_pidfd);
	if (r < 0)
		return r;
	r = sd.close_container(message);
	if (r < 0)
		return r;
	return call(machined, message, NULL);
}

static int add_by_pid(Machined *machined, const Machine *machine, const char *name)
{
	cleanup_message sd_bus_message *message = NULL;
	uint8_t bytes[MACHINED_BUS_ID_BYTES];
	size_t n = id_bytes(machine, bytes);
	int r;

	r = new_call(machined, "RegisterMachineWithNetwork", name, &message);
	if (r < 0)
		return r;
	r = sd.append_array(message, 'y', bytes, n);
	if (r < 0)
		return r;
	r = sd.append(message, "ssusai", machine->service, MACHINE_CLASS,
		      (uint32_t) machine->leader, machine->root_directory, 0);
	if (r < 0)
		return r;
	return call(machined, message, NULL);
}

static int bus_add(Machined *machined, const Machine *machine, const char *name)
{
	int r;

	r = add_by_pidfd(machined, machine, name);
	return r == MACHINED_E_ABSENT ? add_by_pid(machined, machine, name) : r;
}

static int bus_remove(Machined *machined, const char *name)
{
	cleanup_message sd_bus_message *message = NULL;
	int r;

	r = new_call(machined, "UnregisterMachine", name, &message);
	return r < 0 ? r : call(machined, message, NULL);
}

/* find() - call a method that returns the path of a machine, then get its properties */
static int find(Machined *machined, sd_bus_message *message, MachinedEntry *ret)
{
	cleanup_message sd_bus_message *where = NULL, *get = NULL, *properties = NULL;
	const char *path;
	int r;

	r = call(machined, message, &where);
	if (r != 0)
		return r;
	r = sd.read(where, "o", &path);
	if (r >= 0)
		r = sd.new_method_call(machined->bus, &get, SERVICE, path, PROPERTIES_INTERFACE,
				       "GetAll");
	if (r >= 0)
		r = sd.append(get, "s", MACHINE_INTERFACE);
	if (r >= 0)
		r = call(machined, get, &properties);
	if (r != 0)
		return r;

	r = machined_bus_entry_read(properties, ret);
	if (r < 0 && r != -ENOMEM)
		return machined_reason(machined, -EPROTO, "its answer describes no machine");
	return r;
}

static int bus_find_by_name(Machined *machined, const char *name, MachinedEntry *ret)
{
	cleanup_message sd_bus_message *message = NULL;
	int r;

	r = new_call(machined, "GetMachine", name, &message);
	return r < 0 ? r : find(machined, message, ret);
}

static int bus_find_by_leader(Machined *machined, pid_t leader, MachinedEntry *ret)
{
	cleanup_message sd_bus_message *message = NULL;
	int r;

	r = new_call(machined, "GetMachineByPID", /* name= */ NULL, &message);
	if (r < 0)
		return r;
	r = sd.append(message, "u", (uint32_t) leader);
	return r < 0 ? r : find(machined, message, ret);
}

const MachinedTransport machined_bus = {
	.name = "D-Bus",
	.asks_first = true,
	.open = bus_open,
	.close = bus_close,
	.add = bus_add,
	.remove = bus_remove,
	.find_by_name = bus_find_by_name,
	.find_by_leader = bus_find_by_leader,
};
