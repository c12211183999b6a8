/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errnos that a system call can give to a hook: of its manual page those that do not need a
 * mistake in the call itself, and those by which a seccomp filter or another kernel refuses it.
 */
#include "errnos.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "macro.h"

#ifndef SYS_statmount
#define SYS_statmount 457 /* too young for glibc */
#endif

#define CALL(name, ...)                                                                            \
	{                                                                                          \
#name, SYS_##name,                                                                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define LOOK_UP EACCES, ENOENT, ELOOP, ENOTDIR, ENOMEM, EIO
#define OPEN LOOK_UP, EMFILE, ENFILE, EINTR, EPERM, ENXIO
#define MAKE LOOK_UP, EEXIST, ENOSPC, EDQUOT, EROFS, EPERM
#define MOUNT EPERM, EACCES, EBUSY, EINVAL, ENOMEM, ENOSPC, ENOENT, ENOSYS

static const CallErrors calls[] = {
	/* have no errno: brk(2) tells the old end of memory, as the kernel makes it */
	{.name = "brk", .number = SYS_brk},
	{.name = "umask", .number = SYS_umask},
	{.name = "exit_group", .number = SYS_exit_group},
	{.name = "futex", .number = SYS_futex}, /* to wake, as nobody waits here */
	{.name = "getuid", .number = SYS_getuid},
	{.name = "geteuid", .number = SYS_geteuid},
	{.name = "getpid", .number = SYS_getpid},
	{.name = "gettid", .number = SYS_gettid},
	{.name = "set_tid_address", .number = SYS_set_tid_address},
#ifndef __SANITIZE_ADDRESS__ /* which cannot go on without memory */
	CALL(mmap, ENOMEM, EACCES, EPERM, ENFILE),
	CALL(mprotect, ENOMEM, EACCES),
	CALL(munmap, ENOMEM),
	CALL(mremap, ENOMEM),
	CALL(madvise, ENOMEM, EAGAIN),
#else
	{.name = "mmap", .number = SYS_mmap},
	{.name = "mprotect", .number = SYS_mprotect},
	{.name = "munmap", .number = SYS_munmap},
	{.name = "mremap", .number = SYS_mremap},
	{.name = "madvise", .number = SYS_madvise},
#endif
	CALL(read, EIO, EINTR, EISDIR),
	CALL(pread64, EIO, EINTR),
	CALL(write, EIO, EINTR, ENOSPC, EDQUOT, EPERM),
	CALL(writev, EIO, EINTR, EPIPE, ENOSPC),
	CALL(close, EIO, EINTR),
	CALL(close_range, ENOMEM, EMFILE, ENOSYS),
	CALL(lseek, EIO),
	CALL(access, LOOK_UP),
	CALL(faccessat, LOOK_UP),
	CALL(faccessat2, LOOK_UP, ENOSYS),
	CALL(openat, OPEN),
	{"openat", SYS_creat, {OPEN, EROFS, ENOSPC, EEXIST}}, /* with O_CREAT */
	CALL(openat2, OPEN, EAGAIN, EXDEV, ENOSYS),
	CALL(newfstatat, LOOK_UP),
	CALL(fstat, EIO, ENOMEM),
	CALL(statx, LOOK_UP, ENOSYS, EPERM),
	CALL(statfs, LOOK_UP, EINTR, ENOSYS),
	CALL(fstatfs, EIO, EINTR, ENOMEM, ENOSYS),
	CALL(readlink, EACCES, ENOENT, ENOMEM, EIO),
	CALL(readlinkat, EACCES, ENOENT, ENOMEM, EIO),
	CALL(getdents64, EIO, ENOMEM),
	CALL(mkdirat, MAKE, EMLINK),
	CALL(symlinkat, MAKE),
	CALL(mknodat, MAKE),
	CALL(linkat, MAKE, EMLINK, EXDEV),
	CALL(unlinkat, LOOK_UP, EBUSY, EROFS, EPERM, ENOTEMPTY),
	CALL(renameat2, MAKE, EBUSY, EINVAL, EXDEV, ENOSYS),
	CALL(fchown, EIO, EPERM, EROFS, EDQUOT),
	CALL(fchownat, EIO, EPERM, EROFS, EDQUOT, ENOENT),
	CALL(fchmod, EIO, EPERM, EROFS),
	CALL(utimensat, EIO, EPERM, EROFS),
	CALL(flistxattr, ENOTSUP, ERANGE, EIO, ENOMEM),
	CALL(fgetxattr, ENODATA, ENOTSUP, ERANGE, EIO, ENOMEM),
	CALL(fsetxattr, ENOTSUP, ENOSPC, EDQUOT, EPERM, EIO, ENOMEM),
	CALL(sendfile, EIO, ENOMEM, EAGAIN, EINVAL),
	CALL(fcntl, EMFILE, ENOMEM),
	CALL(flock, EWOULDBLOCK, EINTR, ENOLCK),
	CALL(chdir, EACCES, ENOMEM),
	CALL(fchdir, EACCES, ENOMEM),
	CALL(rt_sigaction, EINVAL),
	CALL(rt_sigprocmask, EINVAL),
	CALL(ioctl, ENOTTY),
	CALL(prlimit64, EPERM, ENOSYS),
	CALL(prctl, EPERM, EINVAL),
	CALL(capset, EPERM),
	CALL(capget, EPERM),
	CALL(getrandom, EAGAIN, EINTR, ENOSYS),
	CALL(arch_prctl, EPERM),
	CALL(set_robust_list, ENOSYS),
	CALL(rseq, ENOSYS),
	CALL(sched_getaffinity, EPERM),
	CALL(setfsuid, EPERM),
	CALL(setfsgid, EPERM),
	CALL(pidfd_open, ESRCH, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM, ENOSYS),
	CALL(poll, EINTR, ENOMEM, EINVAL),
	CALL(ppoll, EINTR, ENOMEM, EINVAL),
	CALL(setns, EPERM, ENOMEM, EINVAL, ESRCH),
	CALL(unshare, EPERM, ENOMEM, ENOSPC, EUSERS),
	CALL(clone, EAGAIN, ENOMEM, EPERM),
	CALL(wait4, EINTR, ECHILD),
	CALL(fsopen, EPERM, EMFILE, ENFILE, ENODEV, ENOMEM, ENOSYS),
	CALL(fsconfig, EPERM, EINVAL, ENOMEM, EBUSY, EACCES, ENOSYS),
	CALL(fsmount, EPERM, EBUSY, EINVAL, EMFILE, ENFILE, ENOMEM, ENOSPC, ENOSYS),
	CALL(open_tree, MOUNT, EMFILE, ENFILE, ELOOP),
	CALL(move_mount, MOUNT, ELOOP),
	CALL(mount_setattr, MOUNT),
	CALL(statmount, ENOENT, EPERM, EOVERFLOW, ENOMEM, EINVAL, ENOSYS),
	CALL(mount, MOUNT),
	CALL(umount2, EBUSY, EINVAL, EPERM, ENOMEM),
	CALL(socket, EACCES, EAFNOSUPPORT, EMFILE, ENFILE, ENOBUFS, ENOMEM),
	CALL(connect, ECONNREFUSED, ENOENT, EACCES, EAGAIN, EINTR, EPERM, EPROTOTYPE),
	CALL(sendto, EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ENOTCONN),
	CALL(sendmsg, EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ENOTCONN, ETOOMANYREFS),
	CALL(recvfrom, EAGAIN, EINTR, ECONNRESET, ENOMEM),
	CALL(recvmsg, EAGAIN, EINTR, ECONNRESET, ENOMEM, EMFILE),
	CALL(setsockopt, EPERM, ENOMEM, ENOPROTOOPT),
	CALL(getsockopt, ENOPROTOOPT, EPERM),
	CALL(getsockname, ENOBUFS),
	CALL(getpeername, ENOBUFS),
	CALL(uname, ENOSYS),
	CALL(clock_gettime, EINVAL),
	CALL(clock_nanosleep, EINTR),
};

/**
 * call_errors_find() - the errnos of a system call
 * @number: SYS_…
 *
 * Return: them, or those of any call that is not known here.
 */
const CallErrors *call_errors_find(long number)
{
	static const CallErrors unknown = {"unknown call", -1, {EPERM, ENOSYS, ENOMEM}};

	for (size_t i = 0; i < ELEMENTSOF(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return &unknown;
}
