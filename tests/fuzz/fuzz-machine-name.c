/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of five lines (sources, annotation, engine, host name, container id): one label each. */
#include "fuzz.h"
#include "register-machine-hook/machine-name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
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
	assert(fuzz_is_label(name.text) && strcasecmp(name.text, input.host_name) != 0);
	machine_name_with_id(&name, &input, &other);
	assert(fuzz_is_label(other.text) && strcasecmp(other.text, input.host_name) != 0);
	/* both of our answers to "is it a name" are the same */
	if (input.annotation)
		assert(machine_name_is_valid(input.annotation, input.host_name) ==
		       (fuzz_is_label(input.annotation) &&
			strcasecmp(input.annotation, input.host_name) != 0));
	return 0;
}
