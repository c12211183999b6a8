/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "machined-transport.h"

extern const MachinedTransport machined_varlink;
