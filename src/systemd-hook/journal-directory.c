/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's directory in the host's /var/log/journal: made whole or not at all, and never
 * taken from another.
 *
 * Each directory carries the mark of its owner, an extended attribute that only the host can read
 * and write. Without our own mark on it no directory is taken: not the host's, not another
 * container's, not an administrator's.
 */
#include "journal-directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "label.h"
#include "privilege.h"
#include "remove-tree.h"

#define HOST_JOURNAL "/var/log/journal"
#define OWNER_ATTRIBUTE "trusted.oci-systemd-hook.owner"

#define OWNER_SIZE_MAX 8192

/* The name of a directory on its way out. journald and journalctl ignore it; it keeps its mark. */
typedef struct HiddenName {
	char text[sizeof(((MachineId *) NULL)->text) + sizeof("." JOURNAL_OLD_SUFFIX)];
} HiddenName;

static HiddenName old_name(const MachineId *id)
{
	HiddenName name;

	(void) snprintf(name.text, sizeof(name.text), ".%s" JOURNAL_OLD_SUFFIX, id->text);
	return name;
}

static int owner_text(const OciState *state, char **ret)
{
	if (asprintf(ret, "%s\n%s", state->id, state->bundle) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

/*
 * check_owner() - 0 if a directory carries the mark of this container, -EEXIST if it does not, or another
 * negative errno
 */
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
	if (n < 0 && errno != ENODATA && errno != ERANGE && errno != ENOTSUP)
		return -errno;
	if (n != (ssize_t) length || memcmp(ours, theirs, length) != 0)
		return -EEXIST;
	return 0;
}

/**
 * journal_directory_read_owner() - read the mark of a directory
 * @fd: the directory
 * @ret: its owner; release with journal_owner_done()
 *
 * Return: 0, -ENODATA if it has no mark, -EINVAL if that is none of ours, or another negative errno.
 */
int journal_directory_read_owner(int fd, JournalOwner *ret)
{
	cleanup_free char *text = malloc(OWNER_SIZE_MAX + 1);
	char *end;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = fgetxattr(fd, OWNER_ATTRIBUTE, text, OWNER_SIZE_MAX);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	end = strchr(text, '\n');
	if (!end || end == text || end[1] != '/')
		return -EINVAL;
	*end = '\0';
	*ret = (JournalOwner){.id = steal_ptr(text), .bundle = end + 1};
	return 0;
}

/** journal_owner_done() - release what an owner holds */
void journal_owner_done(JournalOwner *owner)
{
	free(owner->id);
	*owner = (JournalOwner){};
}

/*
 * open_marked() - open a directory with our mark: -ENOENT if there is none of that name, -EEXIST if
 * it is somebody else's
 */
static int open_marked(int parent_fd, const char *name, const OciState *state)
{
	cleanup_close int fd = -1;
	int r;

	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? -EEXIST : -errno;
	r = check_owner(fd, state);
	return r < 0 ? r : steal_fd(&fd);
}

/*
 * dress() - mark, owner and label of a new directory; group and ACL come from the directory above,
 * as journald's do
 */
static int dress(const Apply *apply, int fd)
{
	const ContainerRoot *root = &apply->observation->root;
	cleanup_free char *owner = NULL;
	int r;

	r = owner_text(apply->state, &owner);
	if (r < 0)
		return r;
	if (fsetxattr(fd, OWNER_ATTRIBUTE, owner, strlen(owner), 0) < 0)
		return -errno;
	if (root->is_other && fchown(fd, root->uid, (gid_t) -1) < 0)
		return -errno;
	return apply->label ? label_file(fd, apply->label) : 0;
}

/* make() - a new directory, not to be seen yet */
static int make(Apply *apply)
{
	cleanup_close int fd = -1;
	int r;

	fd = journal_new_make(apply->journal_parent_fd, apply->id, &apply->host_undo,
			      &apply->journal_new_name);
	if (fd < 0)
		return fd;
	r = dress(apply, fd);
	return r < 0 ? r : steal_fd(&fd);
}

/**
 * journal_is_not_kept() - whether an error says that there is no journal for us, which is a choice
 * @r: of opening, as a negative errno
 *
 * The host keeps none, or not for this user. The host's own root is kept from it by a mistake
 * (SELinux, say).
 */
bool journal_is_not_kept(int r)
{
	return r == -ENOENT || (r == -EACCES && !privilege_is_hosts());
}

/**
 * journal_directory_open() - open the container's directory, made if missing and the mode wants it
 * @apply: the set-up; gets the directory, and whether it is new
 *
 * What is made is not to be seen before journal_directory_publish().
 *
 * Return: 0, -ENOENT if the host keeps no persistent journal (or has no directory for this id, with
 * auto), -EEXIST if the directory is somebody else's, or another negative errno.
 */
int journal_directory_open(Apply *apply)
{
	apply->journal_parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (apply->journal_parent_fd < 0)
		return -errno;
	apply->journal_fd = open_marked(apply->journal_parent_fd, apply->id->text, apply->state);
	if (apply->journal_fd == -ENOENT && apply->journal != JOURNAL_AUTO) {
		apply->journal_is_new = true;
		apply->journal_fd = make(apply);
	}
	return MIN(apply->journal_fd, 0);
}

/**
 * journal_directory_publish() - give a new directory its name, now that all else is done
 *
 * By descriptors only: to be called in the container's mount namespace.
 *
 * Return: 0, -EEXIST if the name is taken by now, or another negative errno.
 */
int journal_directory_publish(Apply *apply)
{
	int r;

	if (!apply->journal_is_new)
		return 0;
	r = journal_new_publish(apply->journal_parent_fd, &apply->journal_new_name, apply->id);
	if (r < 0)
		return r;
	return undo_add_made(&apply->host_undo, apply->journal_parent_fd, apply->id->text,
			     /* is_directory= */ true);
}

static int remove_marked(int parent_fd, const char *name, const OciState *state)
{
	cleanup_close int fd = -1;
	int r;

	fd = open_marked(parent_fd, name, state);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = remove_tree(fd);
	if (r < 0)
		return r;
	return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/**
 * journal_directory_remove() - remove the directory of a container that is gone
 * @state: the container
 * @id: its identity
 *
 * Return: 0, also if there is none or it is somebody else's, or a negative errno.
 */
int journal_directory_remove(const OciState *state, const MachineId *id)
{
	const HiddenName old = old_name(id);
	cleanup_close int parent_fd = -1, fd = -1;
	int r;

	parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent_fd < 0)
		return journal_is_not_kept(-errno) ? 0 : -errno;

	/* what a killed run did not come to the end of */
	r = remove_marked(parent_fd, old.text, state);
	if (r < 0)
		return r;

	fd = open_marked(parent_fd, id->text, state);
	if (fd < 0)
		return fd == -ENOENT || fd == -EEXIST ? 0 : fd;
	/* out of sight first: what is half removed must not be taken for a journal */
	if (renameat2(parent_fd, id->text, parent_fd, old.text, RENAME_NOREPLACE) < 0)
		return -errno;
	return remove_marked(parent_fd, old.text, state);
}
