/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "cleanup.h"

/* The container's first process, pinned: its number cannot come to mean another one unnoticed. */
typedef struct ContainerProcess {
	pid_t pid;
	int pidfd;
	int proc_fd; /* /proc/PID */
} ContainerProcess;

#define CONTAINER_PROCESS_NULL                                                                     \
	{                                                                                          \
		.pidfd = -1, .proc_fd = -1                                                         \
	}

/* container_process_pin(): /proc is that of another PID namespace than ours */
#define CONTAINER_PROCESS_E_OTHER_PROC 1

int container_process_pin(pid_t pid, ContainerProcess *ret);
void container_process_done(ContainerProcess *process);
int container_process_is_alive(const ContainerProcess *process);
int container_process_open_root(const ContainerProcess *process, const char *root_path);

#define cleanup_container_process cleanup(container_process_done)
