/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command on a kernel without some system calls: deny-syscall NAME... -- COMMAND [ARGS...].
 * They fail with ENOSYS, by a seccomp filter, in the command and all its children.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "macro.h"

#define CALLS_MAX 16
#define SYS_STATMOUNT 457 /* too young for glibc */

static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{"close_range", SYS_close_range}, {"fsmount", SYS_fsmount},
	{"fsopen", SYS_fsopen},		  {"mount_setattr", SYS_mount_setattr},
	{"move_mount", SYS_move_mount},	  {"open_tree", SYS_open_tree},
	{"openat2", SYS_openat2},	  {"pidfd_open", SYS_pidfd_open},
	{"statmount", SYS_STATMOUNT},
};

static unsigned int number_of(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	(void) fprintf(stderr, "deny-syscall: unknown system call '%s'\n", name);
	exit(125);
}

int main(int argc, char *argv[])
{
	struct sock_filter filter[2 * CALLS_MAX + 2];
	struct sock_fprog program = {.filter = filter};
	int i;

	filter[program.len++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							      offsetof(struct seccomp_data, nr));
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (i > CALLS_MAX)
			return 125;
		filter[program.len++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								      number_of(argv[i]), 0, 1);
		filter[program.len++] = (struct sock_filter) BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (ENOSYS & SECCOMP_RET_DATA));
	}
	filter[program.len++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (i + 1 >= argc) {
		(void) fputs("usage: deny-syscall NAME... -- COMMAND [ARGS...]\n", stderr);
		return 125;
	}

	/* root needs no no_new_privs, which would change what the command may do */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		(void) fprintf(stderr, "deny-syscall: cannot set the filter: %m\n");
		return 125;
	}
	(void) execvp(argv[i + 1], argv + i + 1);
	(void) fprintf(stderr, "deny-syscall: cannot run %s: %m\n", argv[i + 1]);
	return 125;
}
