/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

int run_program(char *const argv[], size_t max_size, char **ret);
