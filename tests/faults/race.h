/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of oci-systemd-hook while a process swaps what is at a path. For races.c alone. */
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "fault.h"
#include "macro.h"
#include "scene.h"
#include "snapshot.h"
#include "tap.h"

#define OWN_JOURNAL SCENE_JOURNAL "/" SCENE_MACHINE_ID
#define CANARY "/mnt/canary"
#define VOLUME "/mnt/volume"
#define OLD_JOURNAL SCENE_JOURNAL "/." SCENE_MACHINE_ID ".oci-systemd-hook.old"
#define SECRET "secret of the host"

enum { BATCH = 25 };

/* What the swapper and the test share. */
typedef struct Swapper {
	int root_fd;		  /* or -1 */
	const char *root_path;	  /* where there is now one directory, now another */
	const char *path, *other; /* below it */
	pid_t pid;
	atomic_ulong n_swaps;
	atomic_bool is_wanted, is_idle;
} Swapper;

typedef struct Race {
	const char *path; /* what is swapped */
	Scene scene;
	Swapper *swapper;
	char *host, *volume;	       /* as they were */
	size_t base_inside, n_outside; /* mounts of the container, below its root and elsewhere */
	unsigned int runs, hit;	       /* hit: with a swap while the hook ran */
	unsigned long swaps;
	unsigned int whole, warned, refused, not_ours;
} Race;

/* ---- the swapper */

static _Noreturn void swap_for_ever(Swapper *swapper)
{
	int fd = swapper->root_fd;

	for (;;) {
		if (!atomic_load(&swapper->is_wanted)) {
			atomic_store(&swapper->is_idle, true);
			continue;
		}
		if (fd < 0)
			fd = open(swapper->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		/* there and back: where it stops, all is as it was */
		for (int i = 0; i < 2 && fd >= 0; i++)
			if (syscall(SYS_renameat2, fd, swapper->path, fd, swapper->other,
				    RENAME_EXCHANGE) == 0)
				atomic_fetch_add(&swapper->n_swaps, 1);
			else if (swapper->root_path)
				fd = close_fd(fd);
	}
}

static void swapper_start(Swapper *swapper)
{
	pid_t pid;

	atomic_store(&swapper->is_wanted, false);
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		scene_end_with_parent();
		swap_for_ever(swapper);
	}
	swapper->pid = pid;
}

static void swapper_set(Swapper *swapper, bool is_wanted)
{
	atomic_store(&swapper->is_idle, false);
	atomic_store(&swapper->is_wanted, is_wanted);
	while (!is_wanted && !atomic_load(&swapper->is_idle))
		(void) sched_yield();
}

static void swapper_stop(Swapper *swapper)
{
	(void) kill(swapper->pid, SIGKILL);
	(void) waitpid(swapper->pid, NULL, 0);
}

static Swapper *swapper_new(void)
{
	Swapper *swapper = mmap(NULL, sizeof(*swapper), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT(swapper != MAP_FAILED);
	return swapper;
}

/* ---- what must not happen */

static void make_canaries(void)
{
	scene_make_directory(CANARY, 0755);
	scene_make_directory(CANARY "/directory", 0700);
	scene_make_directory(CANARY "/directory/log", 0700);
	scene_make_directory(CANARY "/directory/journal", 0700);
	scene_write(CANARY "/directory/secret", SECRET);
	scene_write(CANARY "/file", SECRET);
}

/* mounts_of() - how many mounts the container has below its root, and elsewhere */
static size_t mounts_of(const Scene *scene, size_t *ret_outside)
{
	cleanup_file FILE *file = NULL;
	cleanup_free char *line = NULL;
	size_t size = 0, inside = 0;
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/mountinfo", scene->pid);
	file = fopen(path, "re");
	ASSERT(file);
	*ret_outside = 0;
	while (getline(&line, &size, file) > 0) {
		bool is_inside = strstr(line, " " SCENE_ROOTFS "/");

		inside += is_inside;
		*ret_outside += !is_inside;
	}
	return inside;
}

/* shows_secret() - whether the container has something of the host's, at a path without links */
static bool shows_secret(const Scene *scene, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
			       .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};
	cleanup_close int root_fd = -1, fd = -1;
	char text[sizeof(SECRET)] = "", root[64];

	(void) snprintf(root, sizeof(root), "/proc/%d/root" SCENE_ROOTFS, scene->pid);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(root_fd);
	fd = (int) syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, SECRET) == 0;
}

static char *snapshot_volume(void)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	ASSERT(file);
	snapshot_tree(file, VOLUME, VOLUME);
	ASSERT_EQ(fclose(file), 0);
	return text;
}

static void check_host(const Race *race)
{
	cleanup_free char *host = snapshot_host(&race->scene), *volume = snapshot_volume();
	char difference[2048];

	if (snapshot_difference(race->host, host, difference, sizeof(difference)) > 0)
		tap_fail(__FILE__, __LINE__, "%s: the host has changed: %s", race->path,
			 difference);
	if (snapshot_difference(race->volume, volume, difference, sizeof(difference)) > 0)
		tap_fail(__FILE__, __LINE__, "%s: the volume has changed: %s", race->path,
			 difference);
}

static void check_run(Race *race, const Outcome *outcome)
{
	static const char *const secrets[] = {"run/httpd/secret", "run/httpd/pid", "run/secret",
					      "tmp/secret"};
	int code = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;
	size_t inside, outside;

	if (outcome->is_hung || (code != 0 && code != 1) || (code == 1 && !outcome->messages[0]))
		tap_fail(__FILE__, __LINE__, "%s: ended with %d: %s", race->path, code,
			 outcome->messages);
	inside = mounts_of(&race->scene, &outside);
	if (outside != race->n_outside)
		tap_fail(__FILE__, __LINE__, "%s: a mount outside: %s", race->path,
			 outcome->messages);
	for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
		if (shows_secret(&race->scene, secrets[i]))
			tap_fail(__FILE__, __LINE__, "%s: %s shows the host's", race->path,
				 secrets[i]);
	race->refused += code == 1;
	race->warned += code == 0 && outcome->messages[0];
	race->whole += code == 0 && !outcome->messages[0] && inside > race->base_inside;
	race->not_ours += code == 0 && !outcome->messages[0] && inside == race->base_inside;
}

/* ---- runs */

static void run_hook(const Scene *scene, const char *status, Outcome *ret)
{
	const char *build = getenv("TOP_BUILDDIR");
	cleanup_close int state_fd = scene_state_fd(scene, status);
	char program[PATH_MAX];

	(void) snprintf(program, sizeof(program), "%s/oci-systemd-hook", build ?: ".");
	fault_run((const char *const[]){program, NULL}, state_fd, &(Fault){.kind = FAULT_NONE},
		  ret);
}

static void run_once(Race *race, Outcome *ret)
{
	unsigned long before = atomic_load(&race->swapper->n_swaps), swaps;

	run_hook(&race->scene, race->scene.pid > 0 ? "created" : "stopped", ret);
	swaps = atomic_load(&race->swapper->n_swaps) - before;
	race->runs++;
	race->hit += swaps > 0;
	race->swaps += swaps;
}

/* race_run() - runs while a path is swapped with a link to somewhere; the swapper has its root */
static void race_run(Race *race, const char *target, unsigned int runs)
{
	char other[256];

	(void) snprintf(other, sizeof(other), "%s.other", race->path);
	ASSERT_SYS(symlinkat(target, race->swapper->root_fd, other));
	race->swapper->path = race->path;
	race->swapper->other = other;
	race->volume = snapshot_volume();
	swapper_start(race->swapper);
	for (unsigned int n = 0; n < runs; n += BATCH) {
		swapper_set(race->swapper, true);
		for (int i = 0; i < BATCH; i++) {
			Outcome outcome;

			run_once(race, &outcome);
			check_run(race, &outcome);
			scene_renew(&race->scene);
			(void) rmdir(OWN_JOURNAL);
		}
		swapper_set(race->swapper, false);
		check_host(race);
	}
	swapper_stop(race->swapper);
	ASSERT_SYS(unlinkat(race->swapper->root_fd, other, 0));
	free(steal_ptr(race->volume));
}

static void race_report(const Race *race, const char *where)
{
	printf("# report: | %s%s | %u | %u | %lu | %u | %u | %u | %u |\n", where, race->path,
	       race->runs, race->hit, race->swaps / race->runs, race->whole, race->warned,
	       race->refused, race->not_ours);
	ASSERT(race->hit > 0);
}

/* size() - how many runs, in multiples of a batch */
static unsigned int size(unsigned int small, unsigned int full)
{
	const char *size = getenv("OCI_HOOKS_TEST_SIZE");

	return size && strcmp(size, "full") == 0 ? full : small;
}

static void enter(Race *race)
{
	const char *why = scene_enter(&race->scene);

	(void) alarm(0); /* each run has its limit */
	if (why)
		tap_skip(why);
	make_canaries();
	scene_make_directory(VOLUME, 0755);
	scene_bind(VOLUME, VOLUME);
	ASSERT_SYS(mount(NULL, VOLUME, NULL, MS_SHARED, NULL));
	race->swapper = swapper_new();
}

static void start(Race *race)
{
	char path[64];

	scene_start(&race->scene);
	(void) snprintf(path, sizeof(path), "/proc/%d/root" SCENE_ROOTFS, race->scene.pid);
	race->swapper->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(race->swapper->root_fd);
	race->base_inside = mounts_of(&race->scene, &race->n_outside);
	race->host = snapshot_host(&race->scene);
}

/* race_targets() - the same with each kind of link */
static void race_targets(Race *race, bool is_directory, unsigned int runs)
{
	static const char *const ways[] = {"", "../../../../../../../..", "/proc/self/root"};

	for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
		char target[128];

		(void) snprintf(target, sizeof(target), "%s" CANARY "/%s", ways[i],
				is_directory ? "directory" : "file");
		race_run(race, target, runs);
	}
}
