/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container-process.h"
#include "hook.h"
#include "identity.h"
#include "machine-name.h"

#define MACHINE_CLASS "container"

/* A container as it is to stand in machined's books. */
typedef struct Machine {
	MachineName name;
	MachineName other_name; /* if another machine has the name */
	MachineId id;
	bool has_id;
	bool id_is_shareable; /* the user chose it: another container may have the same */
	const char *service;
	char *root_directory;
	pid_t leader; /* 0: it has ended */
	int leader_pidfd;
} Machine;

#define MACHINE_NULL                                                                               \
	{                                                                                          \
		.leader_pidfd = -1                                                                 \
	}

int machine_load(const HookInput *input, const MachineNameSources *sources, bool id_from_env,
		 const ContainerProcess *leader, Machine *ret);
void machine_done(Machine *machine);

#define cleanup_machine cleanup(machine_done)
