/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's journal in the host's /var/log/journal (systemd-nspawn(1), --link-journal=).
 *
 * Each directory carries the mark of its owner, an extended attribute that only the host can read
 * and write. Without our own mark on it no directory is taken: not the host's, not another
 * container's, not an administrator's.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "label.h"
#include "log.h"
#include "paths.h"
#include "remove-tree.h"
#include "target.h"

#define HOST_JOURNAL "/var/log/journal"
#define OWNER_ATTRIBUTE "trusted.oci-systemd-hook.owner"
#define DROP_IN_NAME "50-oci-systemd-hook.conf"

/*
 * A name that journald and journalctl pass over, for a directory that is not whole yet or no
 * longer.
 */
typedef struct TemporaryName {
	char text[64];
} TemporaryName;

static TemporaryName temporary_name(const MachineId *id)
{
	TemporaryName name;

	(void) snprintf(name.text, sizeof(name.text), ".%s.oci-systemd-hook", id->text);
	return name;
}

static int owner_text(const OciState *state, char **ret)
{
	if (asprintf(ret, "%s\n%s", state->id, state->bundle) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

/* check_owner() - 0 if a directory carries the mark of this container, else -EEXIST */
static int check_owner(int fd, const OciState *state)
{
	cleanup_free char *ours = NULL, *theirs = NULL;
	size_t length;
	ssize_t n;
	int r;

	r = owner_text(state, &ours);
	if (r < 0)
		return r;
	length = strlen(ours);
	theirs = malloc(length);
	if (!theirs)
		return -ENOMEM;
	n = fgetxattr(fd, OWNER_ATTRIBUTE, theirs, length);
	if (n != (ssize_t) length || memcmp(ours, theirs, length) != 0)
		return -EEXIST;
	return 0;
}

/*
 * dress() - mark, owner and label of a new directory; group and ACL come from the directory above,
 * as journald's do
 */
static int dress(const Apply *apply, int fd)
{
	cleanup_free char *owner = NULL;
	int r;

	r = owner_text(apply->state, &owner);
	if (r < 0)
		return r;
	if (fsetxattr(fd, OWNER_ATTRIBUTE, owner, strlen(owner), 0) < 0)
		return -errno;
	if (apply->config->root_uid != 0 && fchown(fd, apply->config->root_uid, (gid_t) -1) < 0)
		return -errno;
	return apply->label ? label_file(fd, apply->label) : 0;
}

/* make() - make the directory, whole or not at all */
static int make(Apply *apply, int parent_fd, const char *name)
{
	const TemporaryName temporary = temporary_name(apply->id);
	cleanup_close int fd = -1;
	int r;

	/* what a killed run left behind is empty */
	(void) unlinkat(parent_fd, temporary.text, AT_REMOVEDIR);
	if (mkdirat(parent_fd, temporary.text, 0755) < 0)
		return -errno;

	fd = openat(parent_fd, temporary.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : dress(apply, fd);
	if (r >= 0 && renameat2(parent_fd, temporary.text, parent_fd, name, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0) {
		(void) unlinkat(parent_fd, temporary.text, AT_REMOVEDIR);
		return r;
	}
	r = undo_add_made(&apply->host_undo, parent_fd, name, /* is_directory= */ true);
	return r < 0 ? r : steal_fd(&fd);
}

static int open_or_make(Apply *apply, int parent_fd)
{
	cleanup_close int fd = -1;
	int r;

	fd = openat(parent_fd, apply->id->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		r = check_owner(fd, apply->state);
		return r < 0 ? r : steal_fd(&fd);
	}
	if (errno == ELOOP || errno == ENOTDIR)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return apply->journal == JOURNAL_AUTO ? -ENOENT : make(apply, parent_fd, apply->id->text);
}

/**
 * journal_prepare() - find or make the host's journal directory, and a mount of it
 * @apply: the set-up; gets the mount
 *
 * To be called on the host, before the container's mount namespace is entered.
 *
 * Return: 0, -ENOENT if the host keeps no persistent journal (or has no directory for this id, with
 * auto), -EEXIST if the directory is somebody else's, or another negative errno.
 */
int journal_prepare(Apply *apply)
{
	cleanup_close int parent_fd = -1, fd = -1;

	parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent_fd < 0)
		return -errno;
	fd = open_or_make(apply, parent_fd);
	if (fd < 0)
		return fd;

	apply->journal_mount_fd = target_clone(
		fd, "", 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0);
	return MIN(apply->journal_mount_fd, 0);
}

/**
 * journal_mount() - mount the host's journal directory in the container, and ask its journald to be
 * modest
 *
 * Return: 0, or a negative errno.
 */
int journal_mount(Apply *apply, const PlanStep *step)
{
	cleanup_free char *drop_in = NULL;
	cleanup_close int fd = -1;
	int r;

	if (apply->journal_mount_fd < 0)
		return apply->journal_mount_fd;

	if (asprintf(&drop_in, "# made by oci-systemd-hook\n[Journal]\nSystemMaxUse=%s\n",
		     apply->journal_max_use) < 0) {
		drop_in = NULL;
		return -ENOMEM;
	}
	r = target_write_file(apply, PATH_JOURNALD_DIR, DROP_IN_NAME, drop_in);
	if (r < 0 && r != -EXDEV) /* on a volume the limit is left out */
		return r;

	fd = target_open_directory(apply, step->path);
	return fd < 0 ? fd
		      : target_attach(apply, apply->journal_mount_fd, fd, /* is_ours= */ false);
}

/**
 * journal_remove() - remove the journal directory of a container that is gone
 * @state: the container
 * @id: its identity
 *
 * Return: 0, also if there is none or it is somebody else's, or a negative errno.
 */
int journal_remove(const OciState *state, const MachineId *id)
{
	const TemporaryName temporary = temporary_name(id);
	cleanup_close int parent_fd = -1, fd = -1;
	int r;

	parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent_fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	fd = openat(parent_fd, id->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? 0 : -errno;
	r = check_owner(fd, state);
	if (r < 0)
		return r == -EEXIST ? 0 : r;

	/* out of sight first: what is half removed must not be taken for a journal */
	if (renameat2(parent_fd, id->text, parent_fd, temporary.text, RENAME_NOREPLACE) < 0)
		return -errno;
	r = remove_tree(fd);
	if (r < 0)
		return r;
	return unlinkat(parent_fd, temporary.text, AT_REMOVEDIR) < 0 ? -errno : 0;
}
