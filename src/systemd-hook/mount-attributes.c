/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of mounts, by descriptor: mount_setattr(2), and what does the same before Linux 5.12.
 *
 * mount(2) changes only what is attached in our own mount namespace. A mount that is not attached yet
 * must not be seen with other attributes than it is to have, not even for a moment, as a shared
 * directory would pass it on. So it gets them in a workshop: a mount namespace of a child that
 * shares our table of descriptors, and in which nobody else is.
 */
#include "mount-attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

/* These have the same value for mount_setattr(2), statvfs(3) and mount(2). */
#define SAME_VALUE (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
_Static_assert(SAME_VALUE == (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC), "statvfs(3)");
_Static_assert(SAME_VALUE == (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC), "mount(2)");

#define STACK_SIZE 65536
#define PLACE "place"

typedef struct Change {
	int fd;
	uint64_t set, clear;
} Change;

/* mount_flags() - flags of a mount as mount(2) wants them: all, as it sets all anew */
static unsigned long mount_flags(unsigned long now)
{
	unsigned long flags = now & SAME_VALUE;

	if (now & ST_NODIRATIME)
		flags |= MS_NODIRATIME;
	if (now & ST_NOATIME)
		return flags | MS_NOATIME;
	return flags | (now & ST_RELATIME ? MS_RELATIME : MS_STRICTATIME);
}

/* remount() - the change at a path that is the root of the mount */
static int remount(const Change *change, const char *path)
{
	struct statvfs now;
	unsigned long flags;

	if (fstatvfs(change->fd, &now) < 0)
		return -errno;
	flags = mount_flags((now.f_flag & ~change->clear) | (change->set & SAME_VALUE));
	if (change->set & MOUNT_ATTR_NODIRATIME)
		flags |= MS_NODIRATIME;
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
		return -errno;
	return 0;
}

/* set_up_workshop() - a new mount namespace with a tmpfs that the mount can be put on */
static int set_up_workshop(int fd)
{
	cleanup_close int fs_fd = -1, tmpfs_fd = -1, root_fd = -1;
	struct stat st;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;

	fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	tmpfs_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, 0);
	root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tmpfs_fd < 0 || root_fd < 0 ||
	    move_mount(tmpfs_fd, "", root_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ||
	    fchdir(tmpfs_fd) < 0)
		return -errno;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((S_ISDIR(st.st_mode) ? mkdirat(tmpfs_fd, PLACE, 0700)
				 : mknodat(tmpfs_fd, PLACE, S_IFREG | 0600, 0)) < 0)
		return -errno;
	return 0;
}

/*
 * change_in_workshop() - the child: puts a clone that has the attributes in the place of the
 * descriptor, which is the parent's too
 *
 * Return: an errno, as exit status.
 */
static int change_in_workshop(void *argument)
{
	const Change *change = argument;
	cleanup_close int clone_fd = -1;
	int r;

	r = set_up_workshop(change->fd);
	if (r < 0)
		return -r;
	if (move_mount(change->fd, "", AT_FDCWD, PLACE, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	r = remount(change, PLACE);
	if (r < 0)
		return -r;
	if (mount(NULL, PLACE, NULL, MS_PRIVATE, NULL) < 0)
		return errno;
	clone_fd = open_tree(AT_FDCWD, PLACE,
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	if (clone_fd < 0 || dup3(clone_fd, change->fd, O_CLOEXEC) < 0)
		return errno;
	return 0;
}

static int use_workshop(Change *change)
{
	_Alignas(16) char stack[STACK_SIZE];
	int status;
	pid_t pid;

	/* the stack grows down */
	pid = clone(change_in_workshop, stack + sizeof(stack), CLONE_FILES | SIGCHLD, change);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/**
 * mount_attributes_change_new() - change the attributes of a mount that is not attached
 * @fd: the mount; on an old kernel it is a clone of it afterwards
 * @set: MOUNT_ATTR_… to set: RDONLY, NOSUID, NODEV, NOEXEC, NODIRATIME
 * @clear: MOUNT_ATTR_… to clear: RDONLY, NOSUID, NODEV, NOEXEC
 *
 * It is private afterwards.
 *
 * Return: 0, or the negative errno of mount_setattr(2) or of what stands in for it.
 */
int mount_attributes_change_new(int fd, uint64_t set, uint64_t clear)
{
	struct mount_attr attributes = {
		.attr_set = set, .attr_clr = clear, .propagation = MS_PRIVATE};

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) >= 0)
		return 0;
	return errno == ENOSYS ? use_workshop(&(Change){.fd = fd, .set = set, .clear = clear})
			       : -errno;
}

/**
 * mount_attributes_change() - change the attributes of a mount in our mount namespace
 * @fd: the directory that is its root
 * @set: MOUNT_ATTR_… to set: RDONLY, NOSUID, NODEV, NOEXEC, NODIRATIME
 * @clear: MOUNT_ATTR_… to clear: RDONLY, NOSUID, NODEV, NOEXEC
 *
 * On an old kernel the working directory is "/" afterwards.
 *
 * Return: 0, or a negative errno.
 */
int mount_attributes_change(int fd, uint64_t set, uint64_t clear)
{
	struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};
	int r;

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) >= 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	if (fchdir(fd) < 0)
		return -errno;
	r = remount(&(Change){.fd = fd, .set = set, .clear = clear}, ".");
	return chdir("/") < 0 ? -errno : r;
}
