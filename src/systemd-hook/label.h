/* SPDX-License-Identifier: Apache-2.0 */
/* SELinux labels: label-selinux.c, or label-none.c where it is not built in. */
#pragma once

int label_init(void);
int label_file(int fd, const char *label);
