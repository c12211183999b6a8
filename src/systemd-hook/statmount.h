/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int statmount_read(int fd, char **ret_root, char **ret_options);
