/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int remove_tree(int dir_fd, unsigned int max_entries);
