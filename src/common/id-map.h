/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int id_map_to_outside(const char *text, uint32_t inside, uint32_t *ret);
bool id_map_is_initial(const char *text);
