/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

int read_limited(int fd, size_t max_size, char **ret, size_t *ret_size);
int fd_open_regular(int fd);
int open_regular_at(int dir_fd, const char *path);
int read_file_at(int dir_fd, const char *path, size_t max_size, char **ret, size_t *ret_size);
int write_text(int fd, const char *text);
int open_in_root(int root_fd, const char *path, int flags);
bool look_up_failed(int r);
bool file_is_at_fault(int r);
int fd_open_dir(int dir_fd, DIR **ret);
int dir_next(DIR *dir, struct dirent **ret);
int fd_get_path(int fd, char **ret);
int fd_statx_mount(int fd, struct statx *ret);
int fd_get_mount(int fd, uint64_t *ret_mount_id, bool *ret_is_mount_root);
int fd_is_same_file(int fd, int other_fd);
int fd_is_fs_type(int fd, unsigned long magic);
