/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

int statmount_read_group(int fd, int proc_fd, uint64_t *ret);
int statmount_read(int fd, char **ret_root, char **ret_options);
