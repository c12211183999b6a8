/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cleanup.h"

struct libmnt_iter;
struct libmnt_table;

/* Where the host has its cgroup file systems. */
typedef struct CgroupMountTable {
	struct libmnt_table *table;
	struct libmnt_iter *iter;
} CgroupMountTable;

#define MOUNT_TABLE_PATH "/proc/self/mountinfo"

int cgroup_mount_table_load(const char *path, CgroupMountTable *ret);
void cgroup_mount_table_done(CgroupMountTable *table);
const char *cgroup_mount_table_find(const CgroupMountTable *table, const char *controllers);
int cgroup_mount_find(CgroupMountTable *table, const char *controllers, char **ret);

#define cleanup_cgroup_mount_table cleanup(cgroup_mount_table_done)

int mount_table_has_nsdelegate(int cgroup_fd);
