/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int mount_table_has_nsdelegate(int cgroup_fd);
