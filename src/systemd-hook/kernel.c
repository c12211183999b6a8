/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kernel has what there is no other way for. */
#include "kernel.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "macro.h"

/**
 * kernel_lacks() - find a system call that is needed for every mount and that the kernel has not
 *
 * Each is called with arguments that no kernel takes.
 *
 * Return: its name, NULL if none is missing.
 */
const char *kernel_lacks(void)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {
		{"fsopen", SYS_fsopen},
		{"fsmount", SYS_fsmount},
		{"open_tree", SYS_open_tree},
		{"move_mount", SYS_move_mount},
	};

	for (size_t i = 0; i < ELEMENTSOF(calls); i++)
		if (syscall(calls[i].number, -1L, -1L, -1L, -1L, -1L) < 0 && errno == ENOSYS)
			return calls[i].name;
	return NULL;
}
