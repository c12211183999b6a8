/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container-root.h"

void journal_owner_adapt(int fd, const char *id, const ContainerRoot *root);
