/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int propagation_group(int fd, int proc_fd, uint64_t *ret);
uint64_t propagation_group_in(const char *mountinfo, uint64_t mount_id);
bool propagation_has_group(const char *mountinfo, uint64_t group);
int propagation_reaches(uint64_t group, int mountinfo_fd);
