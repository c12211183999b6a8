/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "apply.h"

#define MOUNT_UNIT_NAME_MAX 255 /* NAME_MAX */

int mount_unit_name(const char *path, char *ret, size_t size);
int mount_unit_keep(Apply *apply, int fd);
