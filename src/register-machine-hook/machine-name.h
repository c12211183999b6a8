/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_NAME_MAX 63

typedef enum MachineNameSource {
	MACHINE_NAME_FROM_ANNOTATION,
	MACHINE_NAME_FROM_ENGINE,
	MACHINE_NAME_FROM_HOSTNAME,
	MACHINE_NAME_FROM_ID,
	_MACHINE_NAME_SOURCE_MAX,
} MachineNameSource;

/* Sources in order of preference. */
typedef struct MachineNameSources {
	MachineNameSource sources[_MACHINE_NAME_SOURCE_MAX];
	size_t n_sources;
} MachineNameSources;

/* What a name can be made of; NULL where there is nothing. */
typedef struct MachineNameInput {
	const char *annotation;
	const char *engine;
	const char *hostname;
	const char *container_id;
	const char *machine_id; /* 32 digits */
	const char *host_name;	/* of the host itself: never a machine's name */
	bool is_kubernetes;
} MachineNameInput;

typedef struct MachineName {
	char text[MACHINE_NAME_MAX + 1];
} MachineName;

int machine_name_sources_parse(const char *text, MachineNameSources *ret);
bool machine_name_is_valid(const char *name, const char *host_name);
void machine_name_choose(const MachineNameSources *sources, const MachineNameInput *input,
			 MachineName *ret);
void machine_name_with_id(const MachineName *name, const MachineNameInput *input, MachineName *ret);
