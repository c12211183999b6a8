/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int rename_no_replace(int old_dir_fd, const char *old_name, int new_dir_fd, const char *new_name);
