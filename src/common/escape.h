/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

void escape_text(char *dest, size_t size, const char *text);
