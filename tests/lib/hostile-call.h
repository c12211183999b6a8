/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a hook for a container of an image that somebody else wrote. */
#pragma once

#include <err.h>
#include <stdbool.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

/* Whom it is for. */
typedef struct Call {
	const char *id, *bundle;
	const char *cgroup; /* below the root of each hierarchy */
	uid_t user; /* who the container's root is on the host: another one has a user namespace */
	bool has_cgroup_namespace;
	const char *prepare; /* the shell command that makes its mounts; may be empty */
} Call;

static inline _Noreturn void fail(const char *what)
{
	err(125, "%s", what);
}

static inline int check(int r, const char *what)
{
	if (r < 0)
		fail(what);
	return r;
}
