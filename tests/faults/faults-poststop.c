/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-systemd-hook at poststop of a --rm container: each system call and each allocation fails in
 * turn, and it is killed at each system call in turn. While the engine has the container, the journal
 * stays as it is and the end is noted, or a message says why not. Once the container is gone, the
 * journal goes: now, or by the next call, or with a message; it is never seen half removed.
 */
#include <sys/stat.h>

#include "cleanup.h"
#include "scene.h"
#include "snapshot.h"
#include "walk.h"

#define OWN_JOURNAL SCENE_JOURNAL "/" SCENE_MACHINE_ID
#define OLD_JOURNAL SCENE_JOURNAL "/." SCENE_MACHINE_ID ".oci-systemd-hook.old"
#define GONE_BUNDLE SCENE_BUNDLE ".gone"

typedef struct Subject {
	Scene scene;
	bool is_gone;  /* the engine removed the container after the first call */
	char *journal; /* before the run */
} Subject;

static void run(Walk *walk, Case *c)
{
	const Subject *subject = walk->subject;
	cleanup_close int state_fd = scene_state_fd(&subject->scene, "stopped");

	walk_run_program("oci-systemd-hook", NULL, state_fd, c);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void remove_all(const char *path)
{
	(void) nftw(path, tap_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static char *snapshot_journal(void)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	ASSERT(file);
	snapshot_tree(file, OWN_JOURNAL, OWN_JOURNAL);
	ASSERT_EQ(fclose(file), 0);
	return text;
}

/* begin() - a journal with something in it, and no process */
static void begin(Walk *walk)
{
	Subject *subject = walk->subject;

	remove_all(OWN_JOURNAL);
	remove_all(OLD_JOURNAL);
	remove_all(SCENE_ENDED);
	scene_make_directory(OWN_JOURNAL, 0755);
	scene_end_journal(OWN_JOURNAL, subject->is_gone);
	scene_write(OWN_JOURNAL "/system.journal", "journal");
	scene_make_directory(OWN_JOURNAL "/below", 0755);
	scene_write(OWN_JOURNAL "/below/user.journal", "journal");
	free(steal_ptr(subject->journal));
	subject->journal = snapshot_journal();
}

static bool is_untouched(const Subject *subject)
{
	cleanup_free char *journal = snapshot_journal();

	return strcmp(journal, subject->journal) == 0;
}

static void run_unhurt(Walk *walk, const Case *c)
{
	Case next = {.fault.kind = FAULT_NONE};

	run(walk, &next);
	if (next.outcome.status != 0 || next.outcome.messages[0])
		walk_complain(walk, c, "the next run says %s", next.outcome.messages);
}

/* check_end() - how it ended, which a failure of the other container's journal is no part of */
static int check_end(Walk *walk, const Case *c)
{
	int code = walk_check_end(walk, c);

	walk->tally.warned += code == 0 && c->outcome.messages[0];
	return code;
}

/* ---- the engine has the container, which it may start again */

/* with --strict, too, as no failure is tolerated here anyway */
static const Believed nothing_to_note[] = {
	/* the host keeps no persistent journal */
	{"openat", SCENE_JOURNAL, {ENOENT}, true},
	/* there is none of that name; or a file or a link, which is somebody else's */
	{"openat", OWN_JOURNAL, {ENOENT, ELOOP, ENOTDIR}, true},
	/* no mark, or a longer one: somebody else's */
	{"fgetxattr", OWN_JOURNAL, {ENODATA, ENOTSUP, ERANGE}, true},
	/* another call for the container was faster */
	{"symlinkat", "*", {EEXIST}, true},
};

static void check_stays(Walk *walk, const Case *c)
{
	if (!is_there(OWN_JOURNAL) || !is_untouched(walk->subject))
		walk_complain(walk, c, "the journal is not as it was");
	run_unhurt(walk, c);
	if (!is_there(SCENE_NOTE))
		walk_complain(walk, c, "the next run does not note the end");
	if (!is_there(OWN_JOURNAL) || !is_untouched(walk->subject))
		walk_complain(walk, c, "the next run changes the journal");
}

static void check_note(Walk *walk, const Case *c)
{
	int code = check_end(walk, c);
	bool is_noted = is_there(SCENE_NOTE);

	if (code == 0 && !is_noted && !c->outcome.messages[0] &&
	    !walk_is_believed(c, nothing_to_note, ELEMENTSOF(nothing_to_note)))
		walk_complain(walk, c, "the end is not noted, without a word");
	walk->tally.whole += code == 0 && is_noted;
	walk->tally.believed += code == 0 && !is_noted;
	check_stays(walk, c);
}

/* ---- the engine has it no more */

static const Believed nothing_to_remove[] = {
	/* the host keeps no persistent journal, and there are no notes */
	{"openat", SCENE_JOURNAL, {ENOENT}, true},
	/* there is none of that name; or a file or a link, which is somebody else's */
	{"openat", OWN_JOURNAL, {ENOENT, ELOOP, ENOTDIR}, true},
	/* no mark, or a longer one: somebody else's; no details: of an older version, never --rm */
	{"fgetxattr", OWN_JOURNAL, {ENODATA, ENOTSUP, ERANGE}, true},
};

/* check_next() - the next run removes all that has a note */
static void check_next(Walk *walk, const Case *c)
{
	bool is_noted = is_there(SCENE_NOTE);

	run_unhurt(walk, c);
	if (is_noted && (is_there(OWN_JOURNAL) || is_there(OLD_JOURNAL)))
		walk_complain(walk, c, "the next run left the journal");
	if (is_there(SCENE_ENDED))
		walk_complain(walk, c, "the next run left the note");
}

static void check_whole_or_hidden(Walk *walk, const Case *c)
{
	/* out of sight first, so that it is never half a journal */
	if (is_there(OWN_JOURNAL) && !is_untouched(walk->subject))
		walk_complain(walk, c, "a part of the journal is left");
}

static void check_removed(Walk *walk, const Case *c)
{
	int code = check_end(walk, c);
	bool is_over = !is_there(OWN_JOURNAL) && !is_there(OLD_JOURNAL);

	check_whole_or_hidden(walk, c);
	/* with the note the next call does it; without, only --prune and the daily timer would */
	if (!is_over && !is_there(SCENE_NOTE) && !c->outcome.messages[0] &&
	    !walk_is_believed(c, nothing_to_remove, ELEMENTSOF(nothing_to_remove)))
		walk_complain(walk, c, "the journal is left without a note, without a word");
	walk->tally.whole += code == 0 && is_over;
	walk->tally.believed += code == 0 && !is_over;
	walk->tally.left += !is_over;
	check_next(walk, c);
}

/* ---- both */

static void check(Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;

	if (subject->is_gone)
		check_removed(walk, c);
	else
		check_note(walk, c);
}

static void killed(Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;

	walk->tally.left += is_there(OLD_JOURNAL);
	if (!subject->is_gone) {
		check_stays(walk, c);
		return;
	}
	check_whole_or_hidden(walk, c);
	if (!is_there(SCENE_NOTE) && (is_there(OWN_JOURNAL) || is_there(OLD_JOURNAL)))
		walk_complain(walk, c, "the journal is left without a note");
	check_next(walk, c);
}

static void walk_poststop(const char *name, bool is_gone)
{
	Subject subject = {.is_gone = is_gone,
			   .scene.config = "\"annotations\": "
					   "{\"io.podman.annotations.autoremove\": \"TRUE\"}"};
	Walk walk = {.name = name,
		     .subject = &subject,
		     .begin = begin,
		     .run = run,
		     .check = check,
		     .killed = killed};
	const char *why = scene_enter(&subject.scene);

	if (why)
		tap_skip(why);
	if (is_gone)
		ASSERT_SYS(rename(SCENE_BUNDLE, GONE_BUNDLE));
	walk_all(&walk);
	free(subject.journal);
	ASSERT_EQ(walk.n_complaints, 0);
}

static void test_poststop(void)
{
	walk_report_head();
	walk_poststop("poststop", false);
}

static void test_gone(void)
{
	walk_poststop("poststop, container gone", true);
}

TAP_MAIN(TAP(test_poststop), TAP(test_gone))
