/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

/* One bit of a set of capabilities. */
#define CAPABILITY(name) (UINT64_C(1) << CAP_##name)

int privilege_keep(uint64_t capabilities);
bool privilege_is_hosts(void);
