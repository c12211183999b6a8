/* SPDX-License-Identifier: Apache-2.0 */
/* sd-bus, loaded when it is needed. */
#include "bus-library.h"

#include "dlopen-util.h"
#include "macro.h"

DLOPEN_NOTE("machined-dbus", "Registration with systemd-machined where it has no Varlink",
	    "recommended", "libsystemd.so.0");

BusLibrary sd;

/**
 * bus_library_load() - load libsystemd, at the first call
 *
 * Return: 0, or -ELIBACC.
 */
int bus_library_load(void)
{
	const DlopenSymbol symbols[] = {
		{"sd_bus_call", &sd.call},
		{"sd_bus_close_unref", &sd.close_unref},
		{"sd_bus_error_free", &sd.error_free},
		{"sd_bus_is_ready", &sd.is_ready},
		{"sd_bus_message_append", &sd.append},
		{"sd_bus_message_append_array", &sd.append_array},
		{"sd_bus_message_close_container", &sd.close_container},
		{"sd_bus_message_enter_container", &sd.enter_container},
		{"sd_bus_message_exit_container", &sd.exit_container},
		{"sd_bus_message_new_method_call", &sd.new_method_call},
		{"sd_bus_message_open_container", &sd.open_container},
		{"sd_bus_message_read", &sd.read},
		{"sd_bus_message_read_array", &sd.read_array},
		{"sd_bus_message_set_auto_start", &sd.set_auto_start},
		{"sd_bus_message_skip", &sd.skip},
		{"sd_bus_message_unref", &sd.unref},
		{"sd_bus_new", &sd.new},
		{"sd_bus_process", &sd.process},
		{"sd_bus_set_bus_client", &sd.set_bus_client},
		{"sd_bus_set_fd", &sd.set_fd},
		{"sd_bus_start", &sd.start},
		{"sd_bus_wait", &sd.wait},
	};

	return dlopen_symbols("libsystemd.so.0", symbols, ELEMENTSOF(symbols));
}
