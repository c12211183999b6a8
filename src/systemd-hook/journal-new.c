/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal directories on their way in. A directory is made below `.oci-systemd-hook.new`, and gets its
 * real name when the container's set-up is complete. A killed hook leaves only such a directory; the
 * next hook removes it.
 *
 * A hook holds a lock (flock(2)) on the directory that it makes, and removes only those that nobody
 * locks. A user who can open a directory can lock it, so `.oci-systemd-hook.new` is root's alone. No
 * hook ever waits for a lock: older versions made it with mode 0755, and somebody may have opened
 * what is in it then.
 */
#include "journal-new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "rename.h"

#define MAKE_TRIES 16
#define LOCK_TRIES 200 /* some 200 ms */
#define LEFT_MAX 64    /* of what killed hooks left, looked at in one call */

/*
 * open_and_lock() - open a directory that is on its way in, and lock it
 *
 * Return: its descriptor, -ENOENT if another hook removed or renamed it before it was locked,
 * -EWOULDBLOCK if it is locked, or another negative errno.
 */
static int open_and_lock(int parent_fd, const char *name)
{
	cleanup_close int fd = -1;
	struct stat locked, named;

	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	if (fstat(fd, &locked) < 0 || fstatat(parent_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (locked.st_ino != named.st_ino || locked.st_dev != named.st_dev)
		return -ENOENT;
	return steal_fd(&fd);
}

/* close_to_others() - whatever mode an older version or a default ACL gave it */
static int close_to_others(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 077) && fchmod(fd, st.st_mode & 07700) < 0)
		return -errno;
	return 0;
}

/* remove_left() - remove the empty directories that killed hooks left */
static int remove_left(int new_fd)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int fd, r;

	r = fd_open_dir(new_fd, &dir);
	if (r < 0)
		return r;
	for (int i = 0; i < LEFT_MAX; i++) {
		r = dir_next(dir, &entry);
		if (r <= 0)
			return r;
		fd = open_and_lock(new_fd, entry->d_name);
		if (fd < 0)
			continue;
		(void) unlinkat(new_fd, entry->d_name, AT_REMOVEDIR);
		(void) close(fd);
	}
	return 0;
}

/*
 * clean_up() - close `.oci-systemd-hook.new` to others if it is there, and remove what was left in it
 *
 * What cannot be removed is in nobody's way.
 */
static int clean_up(int parent_fd)
{
	cleanup_close int fd = -1;
	int r;

	fd = openat(parent_fd, JOURNAL_NEW_DIRECTORY,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = close_to_others(fd);
	if (r < 0)
		return r;
	(void) remove_left(fd);
	return 0;
}

/* make_parent() - make `.oci-systemd-hook.new`, if another hook did not */
static int make_parent(int parent_fd)
{
	if (mkdirat(parent_fd, JOURNAL_NEW_DIRECTORY, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return 0;
}

/* choose_name() - the id, and from the second try on a number that no other hook has */
static void choose_name(const MachineId *id, int try, JournalNewName *ret)
{
	unsigned int number = 0;

	if (try == 0) {
		(void) snprintf(ret->text, sizeof(ret->text), JOURNAL_NEW_DIRECTORY "/%s",
				id->text);
		return;
	}
	/* early in the boot there may be none yet */
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (unsigned int) getpid();
	(void) snprintf(ret->text, sizeof(ret->text), JOURNAL_NEW_DIRECTORY "/%s.%u", id->text,
			number);
}

/*
 * make_locked() - make a directory with a name of its own, and lock it
 *
 * Tried again where another hook got in between: it removed `.oci-systemd-hook.new` when it had
 * finished, or it locked ours, to remove it, before we did. The name may also be that of a directory
 * which a killed hook left and which cannot be removed, as somebody holds a lock on it.
 */
static int make_locked(int parent_fd, const MachineId *id, JournalNewName *name)
{
	int fd;

	for (int i = 0; i < MAKE_TRIES; i++) {
		choose_name(id, i, name);
		fd = make_parent(parent_fd);
		if (fd >= 0 && mkdirat(parent_fd, name->text, 0755) < 0)
			fd = -errno;
		if (fd == -ENOENT || fd == -EEXIST)
			continue;
		if (fd < 0)
			return fd;
		fd = open_and_lock(parent_fd, name->text);
		if (fd >= 0)
			return fd;
		if (fd != -ENOENT && fd != -EWOULDBLOCK) {
			(void) unlinkat(parent_fd, name->text, AT_REMOVEDIR);
			return fd;
		}
	}
	/* to our caller -ENOENT would mean that the host keeps no persistent journal */
	return -EBUSY;
}

/**
 * journal_new_make() - make a directory that nobody else sees yet
 * @parent_fd: the host's journal directory
 * @id: the name that it will get
 * @undo: gets a record of what is made
 * @ret_name: where it is
 *
 * Return: its descriptor, which holds a lock on it; -EBUSY if other hooks got in between too often;
 * or another negative errno.
 */
int journal_new_make(int parent_fd, const MachineId *id, Undo *undo, JournalNewName *ret_name)
{
	cleanup_close int fd = -1;
	int r;

	r = clean_up(parent_fd);
	if (r < 0)
		return r;
	r = undo_add_made(undo, parent_fd, JOURNAL_NEW_DIRECTORY, /* is_directory= */ true);
	if (r < 0)
		return r;
	fd = make_locked(parent_fd, id, ret_name);
	if (fd < 0)
		return fd;
	r = undo_add_made(undo, parent_fd, ret_name->text, /* is_directory= */ true);
	return r < 0 ? r : steal_fd(&fd);
}

/**
 * journal_new_publish() - give a directory its real name
 * @parent_fd: the host's journal directory
 * @name: where it is
 * @id: its name from now on
 *
 * Return: 0, -EEXIST if the name is taken by now, or another negative errno.
 */
int journal_new_publish(int parent_fd, const JournalNewName *name, const MachineId *id)
{
	int r;

	r = rename_no_replace(parent_fd, name->text, parent_fd, id->text);
	if (r < 0)
		return r;
	/* fails as long as other hooks have theirs in it */
	(void) unlinkat(parent_fd, JOURNAL_NEW_DIRECTORY, AT_REMOVEDIR);
	return 0;
}

static JournalNewName lock_name(const MachineId *id)
{
	JournalNewName name;

	(void) snprintf(name.text, sizeof(name.text), JOURNAL_NEW_DIRECTORY "/%s.lock", id->text);
	return name;
}

/**
 * journal_new_lock() - let no other hook work on a directory that has its name already
 * @parent_fd: the host's journal directory
 * @id: its name
 *
 * Return: a descriptor for journal_new_unlock(), -EBUSY if another hook holds the lock for long, or
 * another negative errno.
 */
int journal_new_lock(int parent_fd, const MachineId *id)
{
	const JournalNewName name = lock_name(id);
	int fd, r;

	r = clean_up(parent_fd);
	for (int i = 0; r >= 0 && i < LOCK_TRIES; i++) {
		r = make_parent(parent_fd);
		if (r >= 0 && mkdirat(parent_fd, name.text, 0700) < 0 && errno != EEXIST &&
		    errno != ENOENT)
			r = -errno;
		if (r < 0)
			return r;
		fd = open_and_lock(parent_fd, name.text);
		if (fd != -ENOENT && fd != -EWOULDBLOCK)
			return fd;
		(void) usleep(1000);
	}
	return r < 0 ? r : -EBUSY;
}

/**
 * journal_new_unlock() - the end of journal_new_lock()
 */
void journal_new_unlock(int parent_fd, const MachineId *id, int fd)
{
	const JournalNewName name = lock_name(id);

	(void) unlinkat(parent_fd, name.text, AT_REMOVEDIR);
	(void) close(fd);
	(void) unlinkat(parent_fd, JOURNAL_NEW_DIRECTORY, AT_REMOVEDIR);
}
