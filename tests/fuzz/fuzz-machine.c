/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle's config.json, behind a byte that chooses the sources of the name: what machined is told of the container
 * is well formed, whatever stands there.
 */
#include "fuzz.h"
#include "register-machine-hook/machine.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843"

static const char *const lists[] = {"id",
				    "annotation,id",
				    "engine,id",
				    "hostname,id",
				    "annotation,engine,hostname,id",
				    "hostname,engine,annotation",
				    "engine",
				    "annotation"};

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const services[] = {"podman", "cri-o", "docker", "containerd", "oci"};
	const unsigned int choice = fuzz_byte(&data, &size);
	cleanup_hook_input HookInput input = {.state = {.id = choice & 8 ? "web" : ID}};
	ContainerProcess leader = {.pid = 4711, .pidfd = -1, .proc_fd = -1};
	cleanup_machine Machine machine = MACHINE_NULL;
	MachineNameSources sources;
	ParseError error = {};

	assert(machine_name_sources_parse(lists[choice % ELEMENTSOF(lists)], &sources) == 0);
	if (fuzz_config(data, size, &input.state, &input.config, &error) < 0)
		return 0;
	assert(machine_load(&input, &sources, choice & 16, &leader, &machine) == 0);
	assert(fuzz_is_label(machine.name.text) && fuzz_is_label(machine.other_name.text));
	assert(!machine.has_id || fuzz_is_id(machine.id.text));
	assert(is_one_of(machine.service, services, ELEMENTSOF(services)));
	assert(fuzz_is_path(machine.root_directory));
	assert(machine.leader == leader.pid);
	/* nothing that the image chose, unless the administrator lets it */
	if (sources.sources[0] == MACHINE_NAME_FROM_ID && !(choice & 8))
		assert(strncmp(machine.name.text, ID, 32) == 0 && !machine.name.text[32]);
	return 0;
}
