/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as machined describes it over D-Bus. */
#include "machined-bus-entry.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int read_id(sd_bus_message *message, MachineId *ret)
{
	const uint8_t *bytes;
	MachineId id = {};
	size_t n;
	int r;

	r = sd.enter_container(message, 'v', "ay");
	if (r < 0)
		return r;
	r = sd.read_array(message, 'y', (const void **) &bytes, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; n == MACHINED_BUS_ID_BYTES && i < n; i++)
		(void) snprintf(id.text + 2 * i, 3, "%02x", bytes[i]);
	*ret = machine_id_is_null(&id) ? (MachineId){} : id;
	return sd.exit_container(message);
}

/* read_property() - one of a machine's properties, its name read already */
static int read_property(sd_bus_message *message, const char *property, MachinedEntry *entry)
{
	const char *text;
	uint32_t pid;
	int r;

	if (strcmp(property, "Id") == 0)
		return read_id(message, &entry->id);
	if (strcmp(property, "Leader") == 0) {
		r = sd.read(message, "v", "u", &pid);
		if (r >= 0)
			entry->leader = pid <= INT32_MAX ? (pid_t) pid : 0;
		return r;
	}
	if (strcmp(property, "Name") == 0) {
		r = sd.read(message, "v", "s", &text);
		if (r >= 0)
			(void) snprintf(entry->name, sizeof(entry->name), "%s", text);
		return r;
	}
	if (strcmp(property, "RootDirectory") == 0) {
		r = sd.read(message, "v", "s", &text);
		if (r < 0)
			return r;
		free(entry->root_directory);
		entry->root_directory = strdup(text);
		return entry->root_directory ? 0 : -ENOMEM;
	}
	return sd.skip(message, "v");
}

/**
 * machined_bus_entry_read() - read the properties of a machine
 * @message: the answer to GetAll()
 * @ret: what machined knows of it
 *
 * Return: 0, -EBADMSG if it describes no machine, or another negative errno.
 */
int machined_bus_entry_read(sd_bus_message *message, MachinedEntry *ret)
{
	cleanup_machined_entry MachinedEntry entry = {};
	const char *property;
	int r;

	r = sd.enter_container(message, 'a', "{sv}");
	if (r < 0)
		return r;
	while ((r = sd.enter_container(message, 'e', "sv")) > 0) {
		r = sd.read(message, "s", &property);
		if (r < 0)
			return r;
		r = read_property(message, property, &entry);
		if (r < 0)
			return r;
		r = sd.exit_container(message);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (!*entry.name || !entry.root_directory)
		return -EBADMSG;

	*ret = entry;
	entry = (MachinedEntry){};
	return 0;
}
