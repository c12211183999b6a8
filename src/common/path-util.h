/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

char *path_normalize(const char *path);
const char *path_below(const char *path, const char *parent);
