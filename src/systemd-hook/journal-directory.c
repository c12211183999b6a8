/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's directory in the host's /var/log/journal: made whole or not at all, and never
 * taken from another.
 *
 * Each directory carries a mark (journal-mark.c). Without our own mark on it no directory is taken:
 * not the host's, not another container's, not an administrator's. Only a directory for an id that
 * the user chose goes from one container to the next.
 */
#include "journal-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal-ended.h"
#include "journal-holder.h"
#include "journal-owner.h"
#include "label.h"
#include "log.h"
#include "privilege.h"

#define HOST_JOURNAL "/var/log/journal"
#define ANNOTATION_AUTOREMOVE "io.podman.annotations.autoremove"

/** container_is_removed_by_engine() - whether its engine removes a container when it ends (--rm) */
bool container_is_removed_by_engine(const OciConfig *config)
{
	const char *value = oci_config_annotation(config, ANNOTATION_AUTOREMOVE);

	return value && strcasecmp(value, "true") == 0;
}

/**
 * journal_goes_with_container() - whether the journal is removed when the container is
 * @config: the container
 * @mode: its journal mode
 * @id_is_chosen: whether the user chose its id
 */
bool journal_goes_with_container(const OciConfig *config, JournalMode mode, bool id_is_chosen)
{
	return container_is_removed_by_engine(config) && mode != JOURNAL_HOST && !id_is_chosen;
}

/* describe_owner() - what the mark says of the container that is being started */
static int describe_owner(const Apply *apply, JournalOwner *ret)
{
	cleanup_journal_owner JournalOwner owner = {
		.is_chosen = apply->id_is_chosen,
		.is_rm = journal_goes_with_container(apply->config, apply->journal,
						     apply->id_is_chosen),
	};
	int r;

	owner.id = strdup(apply->state->id);
	if (!owner.id)
		return -ENOMEM;
	owner.bundle = apply->state->bundle;
	r = container_home_find(apply->state, apply->config, &owner.home);
	if (r >= 0 && owner.is_chosen)
		r = journal_holder_identify(apply->state->pid, &owner);
	if (r < 0)
		return r;
	*ret = owner;
	owner = (JournalOwner){};
	return 0;
}

static int write_mark(const Apply *apply, int fd)
{
	cleanup_journal_owner JournalOwner owner = {};
	int r;

	r = describe_owner(apply, &owner);
	return r < 0 ? r : journal_mark_write(fd, &owner);
}

/*
 * dress() - mark, owner and label of a new directory; group and ACL come from the directory above,
 * as journald's do
 */
static int dress(const Apply *apply, int fd)
{
	const ContainerRoot *root = &apply->observation->root;
	int r;

	r = write_mark(apply, fd);
	if (r < 0)
		return r;
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

/*
 * take_over() - a directory for a chosen id, from a container that has ended
 *
 * Return: 0, -EEXIST if it is not for a chosen id, -EADDRINUSE if the former container is alive, or
 * another negative errno.
 */
static int take_over(const Apply *apply, int fd)
{
	cleanup_journal_owner JournalOwner former = {};
	int lock_fd, r;

	/* two containers may start at once */
	lock_fd = journal_new_lock(apply->journal_parent_fd, apply->id);
	if (lock_fd < 0)
		return lock_fd;
	r = journal_mark_read(fd, &former);
	if (r == -ENODATA || r == -EINVAL || r == -ENOTSUP || (r >= 0 && !former.is_chosen))
		r = -EEXIST;
	else if (r >= 0 && journal_holder_is_alive(&former))
		r = -EADDRINUSE;
	else if (r >= 0)
		r = write_mark(apply, fd);
	journal_new_unlock(apply->journal_parent_fd, apply->id, lock_fd);
	return r;
}

/* renew_mark() - of the same container, which was started with other options or has another process */
static int renew_mark(const Apply *apply, int fd)
{
	cleanup_journal_owner JournalOwner now = {}, owner = {};
	int r;

	r = journal_mark_read(fd, &now);
	if (r < 0)
		return r;
	if (!apply->id_is_chosen && !now.is_chosen &&
	    now.is_rm == journal_goes_with_container(apply->config, apply->journal,
						     /* id_is_chosen= */ false))
		return 0;
	return write_mark(apply, fd);
}

/* take() - a directory that is there */
static int take(const Apply *apply, int fd)
{
	int r;

	r = journal_mark_check(fd, apply->state);
	if (r >= 0)
		r = renew_mark(apply, fd);
	else if (r == -EEXIST && apply->id_is_chosen)
		r = take_over(apply, fd);
	if (r < 0)
		return r;
	journal_owner_adapt(fd, apply->id->text, &apply->observation->root);
	return 0;
}

/* open_named() - a directory that is there: -ENOENT if there is none, -EEXIST if it is no directory */
static int open_named(int parent_fd, const char *name)
{
	int fd;

	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == ELOOP || errno == ENOTDIR ? -EEXIST : -errno;
}

static int open_or_make(Apply *apply)
{
	cleanup_close int fd = open_named(apply->journal_parent_fd, apply->id->text);
	int r;

	if (fd == -ENOENT && apply->journal != JOURNAL_AUTO) {
		apply->journal_is_new = true;
		return make(apply);
	}
	if (fd < 0)
		return fd;
	r = take(apply, fd);
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
 * auto), -EEXIST if the directory is somebody else's, -EADDRINUSE if a living container has the
 * chosen id, or another negative errno.
 */
int journal_directory_open(Apply *apply)
{
	apply->journal_parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (apply->journal_parent_fd < 0)
		return -errno;
	journal_ended_sweep(apply->journal_parent_fd, apply->id);
	apply->journal_fd = open_or_make(apply);
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

/* note_end() - that a container ended whose journal goes with it, if it has one */
static int note_end(int parent_fd, const OciState *state, const MachineId *id)
{
	cleanup_close int fd = open_named(parent_fd, id->text);
	int r;

	r = fd < 0 ? fd : journal_mark_check(fd, state);
	if (r < 0)
		return r == -ENOENT || r == -EEXIST ? 0 : r;
	return journal_ended_note(parent_fd, id, state->id);
}

/**
 * journal_directory_end() - a container ended; remove the journals of those that are gone by now
 * @state: the container, whose engine may start it again
 * @id: its identity, if its journal goes with it; else NULL
 *
 * Return: 0, also if there is no journal of its own, or a negative errno.
 */
int journal_directory_end(const OciState *state, const MachineId *id)
{
	cleanup_close int parent_fd = -1;
	int r;

	parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent_fd < 0)
		return journal_is_not_kept(-errno) ? 0 : -errno;
	r = id ? note_end(parent_fd, state, id) : 0;
	journal_ended_sweep(parent_fd, NULL);
	return r;
}
