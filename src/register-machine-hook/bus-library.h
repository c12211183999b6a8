/* SPDX-License-Identifier: Apache-2.0 */
/* The one includer of sd-bus.h. */
#pragma once

#include <systemd/sd-bus.h>

/* The functions of sd-bus that we use, once bus_library_load() has succeeded. */
typedef struct BusLibrary {
	__typeof__(&sd_bus_call) call;
	__typeof__(&sd_bus_close_unref) close_unref;
	__typeof__(&sd_bus_error_free) error_free;
	__typeof__(&sd_bus_is_ready) is_ready;
	__typeof__(&sd_bus_message_append) append;
	__typeof__(&sd_bus_message_append_array) append_array;
	__typeof__(&sd_bus_message_close_container) close_container;
	__typeof__(&sd_bus_message_enter_container) enter_container;
	__typeof__(&sd_bus_message_exit_container) exit_container;
	__typeof__(&sd_bus_message_new_method_call) new_method_call;
	__typeof__(&sd_bus_message_open_container) open_container;
	__typeof__(&sd_bus_message_read) read;
	__typeof__(&sd_bus_message_read_array) read_array;
	__typeof__(&sd_bus_message_set_auto_start) set_auto_start;
	__typeof__(&sd_bus_message_skip) skip;
	__typeof__(&sd_bus_message_unref) unref;
	__typeof__(&sd_bus_new) new;
	__typeof__(&sd_bus_process) process;
	__typeof__(&sd_bus_set_bus_client) set_bus_client;
	__typeof__(&sd_bus_set_fd) set_fd;
	__typeof__(&sd_bus_start) start;
	__typeof__(&sd_bus_wait) wait;
} BusLibrary;

extern BusLibrary sd;

int bus_library_load(void);
