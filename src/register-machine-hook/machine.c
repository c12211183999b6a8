/* SPDX-License-Identifier: Apache-2.0 */
/* All that machined is told about a container, put together from state and config.json. */
#include "machine.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"
#include "path-util.h"

#define ANNOTATION_MACHINE_NAME "io.containers.machine-name"

/** machine_done() - release what a machine holds; its leader's pidfd is not its own */
void machine_done(Machine *machine)
{
	free(machine->root_directory);
	*machine = (Machine) MACHINE_NULL;
}

/* load_id() - the id, or none where machined could not tell it from another machine's */
static int load_id(const HookInput *input, bool id_from_env, Machine *machine)
{
	int priority = input->stage == HOOK_STAGE_CREATE_RUNTIME ? LOG_WARNING : LOG_DEBUG;
	IdentitySource source;
	int r;

	r = identity_find(&input->state, &input->config, id_from_env, &machine->id, &source);
	if (r == -ELIBACC) {
		(void) log_full(priority, r,
				"Failed to find the container's id: %m; its machine has none");
		return 0;
	}
	if (r >= 0)
		r = identity_is_usable(&machine->id, source);
	if (r < 0)
		return r;

	machine->has_id = r;
	if (source == IDENTITY_UNKNOWN)
		(void) log_full(
			priority, 0,
			"The container's /etc/machine-id, which its user mounted, cannot be "
			"read or holds no id; its machine has none");
	else if (machine_id_is_null(&machine->id))
		(void) log_full(priority, 0,
				"The container's id is all zeros; its machine has none");
	else if (!machine->has_id)
		(void) log_full(
			priority, 0,
			"The container's id is the host's machine id; its machine has none");
	machine->id_is_shareable = source == IDENTITY_FROM_MOUNT || source == IDENTITY_FROM_ENV;
	return 0;
}

static bool lists(const MachineNameSources *sources, MachineNameSource source)
{
	for (size_t i = 0; i < sources->n_sources; i++)
		if (sources->sources[i] == source)
			return true;
	return false;
}

static int load_names(const HookInput *input, const MachineNameSources *sources, Machine *machine)
{
	const OciConfig *config = &input->config;
	cleanup_free char *engine = NULL;
	char host_name[HOST_NAME_MAX + 1] = "";
	MachineNameInput names = {
		.hostname = config->hostname,
		.container_id = input->state.id,
		.machine_id = machine->id.text,
		.host_name = host_name,
		.is_kubernetes = oci_config_is_kubernetes(config),
	};
	int r;

	(void) gethostname(host_name, sizeof(host_name) - 1);
	if (lists(sources, MACHINE_NAME_FROM_ANNOTATION)) {
		names.annotation = oci_config_annotation(config, ANNOTATION_MACHINE_NAME);
		if (names.annotation && !machine_name_is_valid(names.annotation, host_name)) {
			log_warning("Annotation %s: '%.128s' is not a machine name, ignoring",
				    ANNOTATION_MACHINE_NAME, names.annotation);
			names.annotation = NULL;
		}
	}
	if (lists(sources, MACHINE_NAME_FROM_ENGINE)) {
		r = engine_container_name(config, &engine);
		if (r < 0)
			return r;
		names.engine = engine;
		names.is_kubernetes = names.is_kubernetes || engine;
	}

	machine_name_choose(sources, &names, &machine->name);
	machine_name_with_id(&machine->name, &names, &machine->other_name);
	return 0;
}

/**
 * machine_load() - describe a container for machined
 * @input: the container
 * @sources: --machine-name
 * @id_from_env: --id-from-env
 * @leader: its process, which must stay pinned; NULL after its end
 * @ret: the machine; release with machine_done()
 *
 * Warns where the container asks for what cannot be.
 *
 * Return: 0, or a negative errno.
 */
int machine_load(const HookInput *input, const MachineNameSources *sources, bool id_from_env,
		 const ContainerProcess *leader, Machine *ret)
{
	cleanup_machine Machine machine = MACHINE_NULL;
	const char *root = input->config.root_path;
	int r;

	r = load_id(input, id_from_env, &machine);
	if (r < 0)
		return r;
	r = load_names(input, sources, &machine);
	if (r < 0)
		return r;

	machine.service = engine_service(&input->state, &input->config);
	/* machined takes an absolute path or none */
	machine.root_directory = *root == '/' ? path_normalize(root) : strdup("");
	if (!machine.root_directory)
		return -ENOMEM;
	if (leader) {
		machine.leader = leader->pid;
		machine.leader_pidfd = leader->pidfd;
	}

	*ret = machine;
	machine = (Machine) MACHINE_NULL;
	return 0;
}
