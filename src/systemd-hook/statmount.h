/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

int statmount_options(int fd, char **ret);
