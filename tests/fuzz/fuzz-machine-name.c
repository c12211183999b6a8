/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of five lines (sources, annotation, engine, host name, container id): one label each. */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "register-machine-hook/machine-name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *) data, size);
	char *rest = text, *list = strsep(&rest, "\n");
	MachineNameInput input = {
		.annotation = strsep(&rest, "\n"),
		.engine = strsep(&rest, "\n"),
		.hostname = strsep(&rest, "\n"),
		.container_id = strsep(&rest, "\n"),
		.machine_id = "0123456789abcdef0123456789abcdef",
		.host_name = "host",
		.is_kubernetes = size % 2,
	};
	MachineNameSources sources;
	MachineName name, other;

	if (!input.container_id || !*input.container_id ||
	    machine_name_sources_parse(list, &sources) < 0)
		return 0;
	machine_name_choose(&sources, &input, &name);
	assert(machine_name_is_valid(name.text, input.host_name));
	assert(!name.text[strcspn(name.text, "./_ \n")] && strlen(name.text) <= MACHINE_NAME_MAX);
	machine_name_with_id(&name, &input, &other);
	assert(machine_name_is_valid(other.text, input.host_name));
	return 0;
}
