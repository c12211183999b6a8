/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-systemd-hook at poststop: each system call and each allocation fails in turn, and it is killed
 * at each system call in turn. The journal of a container that its engine removes goes with it: now,
 * or by the next call; it is never seen half removed.
 */
#include <sys/stat.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "scene.h"
#include "snapshot.h"
#include "walk.h"

#define OWN_JOURNAL SCENE_JOURNAL "/" SCENE_MACHINE_ID
#define OLD_JOURNAL SCENE_JOURNAL "/." SCENE_MACHINE_ID ".oci-systemd-hook.old"
#define OWNER_ATTRIBUTE "trusted.oci-systemd-hook.owner"

typedef struct Subject {
	Scene scene;
	char *host; /* before the run */
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

/* begin() - a journal with something in it, and no container */
static void begin(Walk *walk)
{
	static const char owner[] = SCENE_ID "\n" SCENE_BUNDLE;
	Subject *subject = walk->subject;

	remove_all(OWN_JOURNAL);
	remove_all(OLD_JOURNAL);
	scene_make_directory(OWN_JOURNAL, 0755);
	ASSERT_SYS(setxattr(OWN_JOURNAL, OWNER_ATTRIBUTE, owner, sizeof(owner) - 1, 0));
	scene_write(OWN_JOURNAL "/system.journal", "journal");
	scene_make_directory(OWN_JOURNAL "/below", 0755);
	scene_write(OWN_JOURNAL "/below/user.journal", "journal");
	free(steal_ptr(subject->host));
	subject->host = snapshot_host(&subject->scene);
}

static bool is_untouched(const Subject *subject)
{
	cleanup_free char *host = snapshot_host(&subject->scene);

	return strcmp(host, subject->host) == 0;
}

/* check_removed() - the next run, at the latest, leaves nothing */
static void check_removed(Walk *walk, const Case *c)
{
	Case next = {.fault.kind = FAULT_NONE};

	run(walk, &next);
	if (next.outcome.status != 0 || next.outcome.messages[0])
		walk_complain(walk, c, "the next run says %s", next.outcome.messages);
	if (is_there(OWN_JOURNAL) || is_there(OLD_JOURNAL))
		walk_complain(walk, c, "the next run left the journal");
}

/* with --strict, too, as no failure is tolerated here anyway */
static const Believed believed[] = {
	/* the host keeps no persistent journal */
	{"openat", SCENE_JOURNAL, {ENOENT}, true},
	/* there is none of that name; or a file or a link, which is somebody else's */
	{"openat", OWN_JOURNAL, {ENOENT, ELOOP, ENOTDIR}, true},
	/* no mark, or a longer one: somebody else's */
	{"fgetxattr", OWN_JOURNAL, {ENODATA, ENOTSUP, ERANGE}, true},
	/* another call was faster */
	{"openat", OLD_JOURNAL, {ENOENT}, true},
};

static void check(Walk *walk, const Case *c)
{
	int code = walk_check_end(walk, c);
	bool is_over = !is_there(OWN_JOURNAL) && !is_there(OLD_JOURNAL);

	/* out of sight first, so that it is never half a journal */
	if (is_there(OWN_JOURNAL) && !is_untouched(walk->subject))
		walk_complain(walk, c, "a part of the journal is left");
	if (code == 0 && c->outcome.messages[0])
		walk_complain(walk, c, "a failure is tolerated");
	if (code == 0 && !is_over && !walk_is_believed(c, believed, ELEMENTSOF(believed)))
		walk_complain(walk, c, "the journal is left, without a word");
	walk->tally.whole += code == 0 && is_over;
	walk->tally.believed += code == 0 && !is_over;
	check_removed(walk, c);
}

static void killed(Walk *walk, const Case *c)
{
	walk->tally.left += is_there(OLD_JOURNAL);
	if (is_there(OWN_JOURNAL) && !is_untouched(walk->subject))
		walk_complain(walk, c, "a part of the journal is left");
	check_removed(walk, c);
}

static void test_poststop(void)
{
	Subject subject = {.scene.config = "\"annotations\": "
					   "{\"io.podman.annotations.autoremove\": \"TRUE\"}"};
	Walk walk = {.name = "poststop",
		     .subject = &subject,
		     .begin = begin,
		     .run = run,
		     .check = check,
		     .killed = killed};
	const char *why = scene_enter(&subject.scene);

	walk_report_head();
	if (why)
		tap_skip(why);
	walk_all(&walk);
	free(subject.host);
	ASSERT_EQ(walk.n_complaints, 0);
}

TAP_MAIN(TAP(test_poststop))
