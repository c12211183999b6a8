/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journals of --rm containers that have just ended, by the notes that the hook made at poststop
 * (journal-ended.c). A container may go on, as it was only restarted: then the hook takes the note
 * away. Or its engine removes it in a moment: then its journal goes.
 *
 * This waits for one or the other, and in the end no note is left. oci-hooks-journals.path starts it
 * whenever there is a note, so it must not end while there is one, or systemd would start it again
 * and again.
 */
#include "journals-ended.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fs-util.h"
#include "journals.h"
#include "systemd-hook/journal-ended.h"
#include "systemd-hook/journal-remove.h"

#define HOST_JOURNAL "/var/log/journal"

#define NOTES_MAX 1000	 /* looked at in one round */
#define PAUSE_MAX_SEC 15 /* between two rounds; it begins with 1, and doubles */
#define WAIT_MAX_SEC 600 /* for one container; the daily timer needs no notes */
#define QUIET_SEC 5 /* without notes, before it ends: more may come, and systemd counts starts */

/* What is known from one round to the next. */
typedef struct Ended {
	Report *report;
	int parent_fd;
	int ended_fd;	    /* the directory of notes; -1 if there is none */
	json_t *first_seen; /* by the names of notes */
} Ended;

static time_t seconds(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* read_notes() - the names of the notes, as an object */
static int read_notes(Ended *ended, json_t **ret)
{
	json_auto_t *notes = json_object();
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	if (!notes)
		return -ENOMEM;
	ended->ended_fd = openat(ended->parent_fd, JOURNAL_ENDED_DIRECTORY,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = ended->ended_fd < 0 ? 0 : fd_open_dir(ended->ended_fd, &dir);
	if (r < 0)
		return r;
	for (int i = 0; dir && i < NOTES_MAX; i++) {
		r = dir_next(dir, &entry);
		if (r <= 0)
			break;
		/* what is not UTF-8 is none of ours */
		if (json_object_set_new(notes, entry->d_name, json_null()) < 0)
			(void) unlinkat(ended->ended_fd, entry->d_name, 0);
	}
	*ret = json_incref(notes);
	return MIN(r, 0);
}

static bool is_there(const Ended *ended, const char *name)
{
	const JournalOldName hidden = journal_old_name(name);
	struct stat st;

	return fstatat(ended->parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       fstatat(ended->parent_fd, hidden.text, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* has_waited() - whether a note was seen first so long ago that nobody waits for it any more */
static bool has_waited(const Ended *ended, const char *name)
{
	const json_t *first = json_object_get(ended->first_seen, name);

	if (first)
		return seconds() - json_integer_value(first) >= WAIT_MAX_SEC;
	return json_object_set_new(ended->first_seen, name, json_integer(seconds())) < 0;
}

/* failed() - whether the report says that a journal could not be removed */
static bool failed(const Ended *ended, const char *name)
{
	const json_t *list = json_object_get(ended->report->json, "journals");
	json_t *journal;
	size_t i;

	json_array_foreach (list, i, journal)
		if (strcmp(json_string_value(json_object_get(journal, "id")), name) == 0 &&
		    strcmp(json_string_value(json_object_get(journal, "action")), "failed") == 0)
			return true;
	return false;
}

/* do_round() - remove what can be removed, and the notes of what needs none any more */
static int do_round(Ended *ended, json_t *notes)
{
	const JournalsOptions options = {.prune = true, .older_than_sec = UINT64_MAX, .ids = notes};
	const char *name;
	json_t *value;
	int r;

	r = journals_check(&options, ended->report);
	if (r < 0)
		return r;
	json_object_foreach (notes, name, value)
		if (!is_there(ended, name) || failed(ended, name) || has_waited(ended, name) ||
		    ended->report->n_errors > 0)
			(void) unlinkat(ended->ended_fd, name, 0);
	(void) unlinkat(ended->parent_fd, JOURNAL_ENDED_DIRECTORY, AT_REMOVEDIR);
	return 0;
}

static int do_rounds(Ended *ended)
{
	unsigned int pause = 1;
	time_t quiet_since = seconds();
	int r;

	do {
		json_auto_t *notes = NULL;

		r = read_notes(ended, &notes);
		if (r >= 0 && json_object_size(notes) > 0) {
			quiet_since = seconds();
			r = do_round(ended, notes);
			pause = MIN(2 * pause, PAUSE_MAX_SEC);
		} else {
			pause = 1;
		}
		ended->ended_fd = close_fd(ended->ended_fd);
		if (r >= 0)
			(void) sleep(pause);
	} while (r >= 0 && seconds() - quiet_since < QUIET_SEC + (time_t) pause);
	return r;
}

/**
 * journals_prune_ended() - remove the journals of --rm containers that end, until there are none
 * @report: where to
 *
 * Return: 0, -EPERM if the marks are not to be seen, or another negative errno.
 */
int journals_prune_ended(Report *report)
{
	Ended ended = {
		.report = report,
		.parent_fd = open(HOST_JOURNAL, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.ended_fd = -1,
		.first_seen = json_object(),
	};
	int r = ended.first_seen ? 0 : -ENOMEM;

	if (geteuid() != 0)
		r = -EPERM;
	else if (ended.parent_fd >= 0 && r >= 0)
		r = do_rounds(&ended);
	json_decref(ended.first_seen);
	(void) close_fd(ended.parent_fd);
	return r;
}
