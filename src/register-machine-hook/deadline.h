/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* A moment of CLOCK_MONOTONIC by which all talk has to be over. */
typedef struct Deadline {
	uint64_t usec;
} Deadline;

Deadline deadline_in(uint64_t usec);
uint64_t deadline_left(const Deadline *deadline);
int deadline_poll(const Deadline *deadline, int fd, short events);
int deadline_pause(const Deadline *deadline, uint64_t usec);
int deadline_connect(const Deadline *deadline, const char *path);
