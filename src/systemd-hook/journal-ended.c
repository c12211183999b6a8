/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journals of containers that their engine removes when they end (podman run --rm).
 *
 * podman calls poststop hooks whenever such a container stops, also when it is only restarted, and
 * nothing tells the two apart. So poststop notes the id, as a link in `.oci-systemd-hook.ended`, and
 * the next start of the same container takes the note away. Once the engine no longer has the
 * container, whoever comes first removes the journal: a later hook, which looks at a few notes, or
 * the service that oci-hooks-journals.path starts. The daily timer needs no notes.
 */
#include "journal-ended.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "journal-mark.h"
#include "journal-remove.h"
#include "log.h"

#define NOTES_MAX 16	       /* looked at in one call */
#define ENTRIES_MAX 1000       /* of a journal directory, removed in one call */
#define NOTE_AGE_MAX (60 * 60) /* seconds; then the daily timer will do */
#define MAKE_TRIES 16

/**
 * journal_ended_note() - note that a container ended
 * @parent_fd: the host's journal directory
 * @id: its journal's name there
 * @container: its id, for people
 *
 * Return: 0, or a negative errno.
 */
int journal_ended_note(int parent_fd, const MachineId *id, const char *container)
{
	char name[sizeof(JOURNAL_ENDED_DIRECTORY "/") + sizeof(id->text)];

	(void) snprintf(name, sizeof(name), JOURNAL_ENDED_DIRECTORY "/%s", id->text);
	/* again where another hook took the last note away, and the directory with it */
	for (int i = 0; i < MAKE_TRIES; i++) {
		if (symlinkat(container, parent_fd, name) == 0 || errno == EEXIST)
			return 0;
		if (errno != ENOENT)
			return -errno;
		if (mkdirat(parent_fd, JOURNAL_ENDED_DIRECTORY, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return -EBUSY;
}

static bool is_gone(const JournalOwner *owner)
{
	return container_home_presence(owner->id, owner->bundle, &owner->home) == PRESENCE_GONE;
}

/*
 * remove_ended() - remove a journal directory if its container is gone
 * @name: its name, which may be the hidden one
 *
 * Return: 1 if it needs no note any more, 0 if it stays for now, -ENOENT if there is none, or another negative errno.
 */
static int remove_ended(int parent_fd, const char *id, const char *name)
{
	cleanup_journal_owner JournalOwner owner = {};
	cleanup_close int fd = -1;
	int r;

	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = journal_mark_read(fd, &owner);
	if (r < 0)
		return r;
	if (!owner.is_rm)
		return 1;
	if (!is_gone(&owner))
		return 0;
	r = journal_remove(parent_fd, id, fd, &owner, *name == '.' ? NULL : is_gone, ENTRIES_MAX);
	if (r == -EBUSY || r == -E2BIG)
		return 0;
	if (r < 0)
		(void) log_warning_errno(
			r,
			"Failed to remove the journal directory %s of container %s, "
			"which is gone, ignoring: %m",
			id, owner.id);
	return 1;
}

/* is_nobodys() - whether an error says that there is no journal for a note; after others one may try again */
static bool is_nobodys(int r)
{
	return r == -ENOENT || r == -ELOOP || r == -ENOTDIR || r == -ENODATA || r == -EINVAL ||
	       r == -ENOTSUP;
}

/* is_old() - whether a note is so old that nobody waits for its container to go any more */
static bool is_old(int ended_fd, const char *name)
{
	struct stat st;

	return fstatat(ended_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime > NOTE_AGE_MAX;
}

static void look_at_note(int parent_fd, int ended_fd, const char *name)
{
	const JournalOldName hidden = journal_old_name(name);
	int r;

	r = remove_ended(parent_fd, name, name);
	if (r == -ENOENT)
		r = remove_ended(parent_fd, name, hidden.text);
	if (r > 0 || is_nobodys(r) || is_old(ended_fd, name))
		(void) unlinkat(ended_fd, name, 0);
}

/**
 * journal_ended_sweep() - remove journals of containers that ended, and are gone by now
 * @parent_fd: the host's journal directory
 * @id: of the container that starts: it goes on, so its note goes; NULL if none starts
 *
 * A bounded number of them, as this is a call for another container.
 */
void journal_ended_sweep(int parent_fd, const MachineId *id)
{
	cleanup_close int ended_fd = -1;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;

	ended_fd = openat(parent_fd, JOURNAL_ENDED_DIRECTORY,
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ended_fd < 0)
		return;
	if (id)
		(void) unlinkat(ended_fd, id->text, 0);
	if (fd_open_dir(ended_fd, &dir) < 0)
		return;
	for (int i = 0; i < NOTES_MAX && dir_next(dir, &entry) > 0; i++) {
		MachineId machine;

		if (machine_id_parse(entry->d_name, &machine) >= 0 &&
		    strcmp(machine.text, entry->d_name) == 0)
			look_at_note(parent_fd, ended_fd, entry->d_name);
	}
	/* fails as long as there are notes in it */
	(void) unlinkat(parent_fd, JOURNAL_ENDED_DIRECTORY, AT_REMOVEDIR);
}
