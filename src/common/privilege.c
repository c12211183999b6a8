/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hook puts away once it knows that it has work: the capabilities that are of no use for it.
 *
 * Two things belong to that. Without no_new_privs an execve(2) as root would bring them all back.
 * And while a process has more capabilities than another one of the same user, that one may not
 * look into it (ptrace(2)); a container's root, who may be the host's and see our process, has few,
 * but so have we now. What is not dumpable is kept from him all the same, the descriptors that lead
 * to the host among it.
 */
#include "privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "id-map.h"

#define UID_MAP_SIZE_MAX 65536

/**
 * privilege_keep() - put away all capabilities but some, for good
 * @capabilities: those to keep, as far as they are there
 *
 * Return: 0, or the negative errno of prctl(2), capget(2) or capset(2).
 */
int privilege_keep(uint64_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_capget, &header, sets) < 0)
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t kept = (uint32_t) (capabilities >> (32 * i));

		sets[i].permitted &= kept;
		sets[i].effective &= kept;
		sets[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

/**
 * privilege_is_hosts() - whether our root is the host's, and not that of a user's own namespace
 *
 * Return: false only if it is known to be another.
 */
bool privilege_is_hosts(void)
{
	cleanup_free char *map = NULL;

	return read_file_at(AT_FDCWD, "/proc/self/uid_map", UID_MAP_SIZE_MAX, &map, NULL) < 0 ||
	       id_map_is_initial(map);
}
