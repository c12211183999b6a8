/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "hostile-call.h"

#define USERS_MAX 65536 /* how many a user namespace has */

pid_t container_start(const Call *call);
