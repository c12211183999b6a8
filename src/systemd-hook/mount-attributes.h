/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

int mount_attributes_change_new(int fd, uint64_t set, uint64_t clear);
int mount_attributes_change(int fd, uint64_t set, uint64_t clear);
