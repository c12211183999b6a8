/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define JOURNALD_NO_LIMIT UINT64_MAX

int journald_parse_size(const char *text, uint64_t *ret);
void journald_parse_limit(char *text, uint64_t *limit);
int journald_limit_find(int root_fd, uint64_t *ret);
uint64_t journald_default_limit(uint64_t file_system_size);
