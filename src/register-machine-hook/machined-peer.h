/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "machined-transport.h"

int machined_peer_check(Machined *machined, int fd);
int machined_connect(Machined *machined, const char *path, int *ret_fd);
