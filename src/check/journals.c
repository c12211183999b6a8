/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal directories that oci-systemd-hook made, and what became of their containers. Those of
 * containers that are gone can be removed: nobody else ever does.
 *
 * A directory is removed only if it has the hook's mark, and the container that the mark names is
 * gone (container-gone.c), and no process is in its cgroup nor sees a mount of the directory
 * (in-use.c), and nothing in it was changed for a time. The journal of a --rm container waits for no
 * time. All is done by descriptor (journal-remove.c).
 */
#include "journals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "container-gone.h"
#include "fs-util.h"
#include "identity.h"
#include "in-use.h"
#include "systemd-hook/journal-remove.h"

#define HOST_JOURNAL "/var/log/journal"
#define ID_DIGITS 32
#define ENTRIES_MAX 10000

/* What is the same for all directories. */
typedef struct Journals {
	const JournalsOptions *options;
	Report *report;
	json_t *list;
	int parent_fd;
	InUse use;
	MachineId host;
	time_t now;
	unsigned int n_all, n_gone, n_removed;
} Journals;

/* One directory. */
typedef struct Journal {
	const char *name;
	char id[ID_DIGITS + 1];
	bool is_leaving; /* an earlier removal was killed */
	int fd;
	JournalOwner owner;
	const char *state;
	bool is_gone;
	uint64_t size;
	time_t changed;
} Journal;

/* take_name() - the id in a name that is ours to look at */
static bool take_name(const char *name, Journal *journal)
{
	MachineId id;

	journal->name = name;
	journal->is_leaving = *name == '.';
	name += journal->is_leaving;
	if (strlen(name) < ID_DIGITS ||
	    strcmp(name + ID_DIGITS, journal->is_leaving ? JOURNAL_OLD_SUFFIX : "") != 0)
		return false;
	(void) snprintf(journal->id, sizeof(journal->id), "%.*s", ID_DIGITS, name);
	return machine_id_parse(journal->id, &id) >= 0 && strcmp(id.text, journal->id) == 0;
}

/* measure() - size and last change; of the change, ctime: the container's root can set any mtime */
static int measure(Journal *journal)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	unsigned int count = 0;
	struct stat st;
	int r;

	if (fstat(journal->fd, &st) < 0)
		return -errno;
	journal->changed = st.st_ctime;
	r = fd_open_dir(journal->fd, &dir);
	if (r < 0)
		return r;
	while ((r = dir_next(dir, &entry)) > 0 && count++ < ENTRIES_MAX) {
		if (fstatat(journal->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		journal->changed = MAX(journal->changed, st.st_ctime);
		if (S_ISREG(st.st_mode))
			journal->size += (uint64_t) st.st_blocks * 512;
	}
	return MIN(r, 0);
}

static void judge(const Journals *journals, Journal *journal)
{
	bool is_mount = true;

	if (fd_get_mount(journal->fd, NULL, &is_mount) < 0 || is_mount ||
	    in_use_has(&journals->use, journal->owner.id, journal->id)) {
		journal->state = "in use";
		return;
	}
	switch (container_presence(&journal->owner)) {
	case PRESENCE_THERE:
		journal->state = "the container is there";
		break;
	case PRESENCE_ASK_DOCKER:
	case PRESENCE_UNKNOWN:
		journal->state = "whether the container is there cannot be told";
		break;
	case PRESENCE_GONE:
		journal->state = "the container is gone";
		journal->is_gone = true;
		break;
	}
}

static void describe(const Journal *journal, char *text, size_t size)
{
	char when[sizeof("1970-01-01")] = "";
	struct tm tm;

	if (gmtime_r(&journal->changed, &tm))
		(void) strftime(when, sizeof(when), "%F", &tm);
	(void) snprintf(text, size, "(%" PRIu64 " KiB, last change %s, container %.12s)",
			journal->size / 1024, when, journal->owner.id);
}

/* act() - report on a directory, and remove it if that is asked for; what was done, for programs */
static const char *act(Journals *journals, const Journal *journal, const char *path)
{
	const JournalsOptions *options = journals->options;
	bool is_due = journal->is_gone &&
		      (journal->is_leaving || journal->owner.is_rm ||
		       journals->now - journal->changed >= (time_t) options->older_than_sec);
	char text[160];
	int r;

	describe(journal, text, sizeof(text));
	if (!is_due && options->prune) /* it would be the same list each day */
		return "kept";
	if (!is_due) {
		report_add(journals->report, journal->is_gone ? LEVEL_NOTE : LEVEL_GOOD,
			   "journal-kept", path, NULL, "%s %s", journal->state, text);
		return "kept";
	}
	if (!options->prune) {
		report_add(journals->report, LEVEL_WARNING, "journal-gone", path,
			   "oci-hooks-check journals --prune, with the same --older-than", "%s %s",
			   journal->state, text);
		return "kept";
	}
	if (options->dry_run) {
		report_add(journals->report, LEVEL_NOTE, "journal-due", path, NULL,
			   "would be removed %s", text);
		return "kept";
	}
	r = journal_remove(journals->parent_fd, journal->id, journal->fd, &journal->owner,
			   journal->is_leaving ? NULL : container_is_gone, 0);
	if (r < 0) {
		report_add(journals->report, LEVEL_ERROR, "journal-not-removed", path,
			   "Look for what is mounted in it, or mounted read-only.", "%s %s",
			   strerror(-r), text);
		return "failed";
	}
	journals->n_removed++;
	report_add(journals->report, LEVEL_GOOD, "journal-removed", path, NULL, "removed %s", text);
	return "removed";
}

static int check_marked(Journals *journals, Journal *journal)
{
	char path[sizeof(HOST_JOURNAL) + NAME_MAX + 2];
	const char *action;
	json_t *entry;
	int r;

	r = measure(journal);
	if (r < 0)
		return 0; /* it has just been removed */
	judge(journals, journal);
	(void) snprintf(path, sizeof(path), HOST_JOURNAL "/%s", journal->name);
	action = act(journals, journal, path);
	journals->n_all++;
	journals->n_gone += journal->is_gone;
	if (journals->options->ids && strcmp(action, "kept") == 0)
		return 0;
	entry = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:b, s:s, s:I, s:I}", "directory", path,
			  "id", journal->id, "container", journal->owner.id, "bundle",
			  journal->owner.bundle, "state", journal->state, "gone", journal->is_gone,
			  "action", action, "bytes", (json_int_t) journal->size, "changed",
			  (json_int_t) journal->changed);
	/* without a name in UTF-8 there is a finding alone */
	return entry ? json_array_append_new(journals->list, entry) : 0;
}

static int check_directory(Journals *journals, const char *name)
{
	Journal journal = {.fd = -1};
	int r;

	if (!take_name(name, &journal) || strcmp(journal.id, journals->host.text) == 0)
		return 0;
	if (journals->options->ids && !json_object_get(journals->options->ids, journal.id))
		return 0;
	journal.fd =
		openat(journals->parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (journal.fd < 0)
		return 0;
	r = journal_mark_read(journal.fd, &journal.owner);
	if (r >= 0)
		r = check_marked(journals, &journal);
	journal_owner_done(&journal.owner);
	(void) close(journal.fd);
	return r == -ENOMEM ? r : 0; /* what has no mark is no business of ours */
}

/*
 * is_host() - whether this is the host that the directory belongs to
 *
 * In a container that sees the host's journals, all containers would be gone.
 */
static bool is_host(const Journals *journals)
{
	return *journals->host.text &&
	       faccessat(journals->parent_fd, journals->host.text, F_OK, 0) == 0;
}

static int prepare(Journals *journals)
{
	int r;

	journals->parent_fd = open(HOST_JOURNAL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journals->parent_fd < 0) {
		report_add(journals->report, LEVEL_NOTE, "journal-none", HOST_JOURNAL, NULL,
			   "no journals of containers: %s", strerror(errno));
		return 0;
	}
	(void) machine_id_of_host(&journals->host);
	r = in_use_load(&journals->use);
	if (r < 0)
		return r;
	/* ids are from notes, which only this host's hooks make */
	if (journals->options->prune &&
	    (journals->use.is_partial || (!journals->options->ids && !is_host(journals)))) {
		report_add(journals->report, LEVEL_ERROR, "journal-not-host", HOST_JOURNAL,
			   "Run it on the host, as root.",
			   journals->use.is_partial
				   ? "not all processes of the host can be looked at: nothing is "
				     "removed"
				   : "has no journal of this machine itself, so it may be another "
				     "machine's: nothing is removed");
		return 0;
	}
	return 1;
}

static int check_all(Journals *journals)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	r = fd_open_dir(journals->parent_fd, &dir);
	if (r < 0)
		return r;
	while ((r = dir_next(dir, &entry)) > 0) {
		r = check_directory(journals, entry->d_name);
		if (r < 0)
			return r;
	}
	if (!journals->options->ids)
		report_add(journals->report, LEVEL_GOOD, "journals", HOST_JOURNAL, NULL,
			   "%u made by the hook, %u of containers that are gone, %u removed",
			   journals->n_all, journals->n_gone, journals->n_removed);
	return r;
}

/**
 * journals_check() - report on the journal directories of containers
 * @options: what to do with those whose containers are gone
 * @report: where to; gets an array "journals" besides
 *
 * Return: 0, -EPERM if the marks are not to be seen, or another negative errno.
 */
int journals_check(const JournalsOptions *options, Report *report)
{
	Journals journals = {
		.options = options,
		.report = report,
		.list = json_object_get(report->json, "journals"),
		.parent_fd = -1,
		.now = time(NULL),
	};
	int r;

	if (geteuid() != 0)
		return -EPERM;
	if (!journals.list) { /* else it is one of several calls */
		journals.list = json_array();
		if (json_object_set_new(report->json, "journals", journals.list) < 0)
			return -ENOMEM;
	}
	r = prepare(&journals);
	if (r > 0)
		r = check_all(&journals);
	in_use_done(&journals.use);
	journals.parent_fd = close_fd(journals.parent_fd);
	return r;
}
