/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe of the differential test prints facts, one a line: a key, a tab, a value. Two runs of a
 * container are compared by these lines, so a value never depends on time, numbers of the kernel or
 * the order of things.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A line of /proc/self/mountinfo; see proc_pid_mountinfo(5). */
typedef struct Mount {
	unsigned long id;
	char *root, *path, *options, *propagation, *type, *source, *super;
} Mount;

typedef struct Mounts {
	Mount *items;
	size_t n_items;
} Mounts;

void mounts_read(Mounts *ret, const char *mountinfo);
const Mount *mounts_of_path(const Mounts *mounts, const char *path);
void mounts_print(const Mounts *mounts, const char *prefix);

const char *errno_word(int error);
bool put_in_file(const char *path, int flags, const char *text, int *ret_error);
void take_from_file(const char *path, char *buffer, size_t size);

void acts_print(const char *path, const struct stat *st);
int acts_say_who(void);

void cgroup_of(const char *path, char *buffer, size_t size);
void cgroup_print(const char *prefix, const char *path, bool is_tried);
void entries_print(const char *prefix, const char *path, const Mounts *mounts, unsigned int depth);

void host_print(pid_t pid);

#endif
