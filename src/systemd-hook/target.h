/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>

#include "apply.h"

/* What is mounted at a place would be mounted on the host, too. */
#define ESHARED EREMOTE

int target_open_directory(Apply *apply, const char *path);
int target_open_file(Apply *apply, const char *path);
int target_may_make(const Apply *apply, int dir_fd);
int target_write_file(Apply *apply, const char *directory, const char *name, const char *content);
int target_attach(Apply *apply, int mount_fd, int target_fd, bool is_ours);
int target_move(Apply *apply, int mount_fd, int target_fd, int back_fd, const char *path);
int target_clone(int dir_fd, const char *path, uint64_t set, uint64_t clear);
int target_change_attributes(Apply *apply, int fd, uint64_t set, uint64_t clear);
