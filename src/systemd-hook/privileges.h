/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capabilities that each part of oci-systemd-hook keeps (capabilities(7)).
 *
 * DAC_READ_SEARCH, which would open files by handle and so outside of any root, is not among them.
 */
#pragma once

#include "privilege.h"

/*
 * Inside: what is made has the owner, the mode and the file capabilities of what it stands for,
 * whoever owns the directories on the way; SYS_ADMIN is for mounts and for trusted.* attributes.
 */
#define PRIVILEGES_INSIDE                                                                          \
	(CAPABILITY(SYS_ADMIN) | CAPABILITY(DAC_OVERRIDE) | CAPABILITY(CHOWN) |                    \
	 CAPABILITY(FOWNER) | CAPABILITY(FSETID) | CAPABILITY(SETFCAP))

/* Before: also to look at another process, to enter its mount namespace, to become its root. */
#define PRIVILEGES_ENTER                                                                           \
	(PRIVILEGES_INSIDE | CAPABILITY(SYS_PTRACE) | CAPABILITY(SYS_CHROOT) |                     \
	 CAPABILITY(SETUID) | CAPABILITY(SETGID))

/* At poststop: to see the mark of a journal directory, and to remove whatever is in it. */
#define PRIVILEGES_REMOVE (CAPABILITY(SYS_ADMIN) | CAPABILITY(DAC_OVERRIDE) | CAPABILITY(FOWNER))
