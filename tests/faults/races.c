/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-systemd-hook in a race: while it runs, a process without a pause swaps what is at a path with a
 * link out of the container (renameat2(2), RENAME_EXCHANGE): in the image, in a volume that is
 * shared with the host, in the container's journal directory. Nothing of the host may change,
 * nothing be mounted outside of the container, nothing of the host be seen inside.
 * OCI_HOOKS_TEST_SIZE=full makes 100,000 runs and more.
 */
#include "race.h"

/* ---- in the image */

static void add_to_image(void)
{
	scene_make_directory("var/log/journal", 0755);
	scene_make_directory("run/host", 0755);
	scene_make_directory("run/lock", 0755);
	scene_make_directory("run/httpd", 0755);
	scene_make_directory("run/systemd", 0755);
	scene_make_directory("tmp/directory", 0755);
	scene_write("run/httpd/pid", "hello");
}

static void test_image(void)
{
	static const char *const paths[] = {"run",
					    "run/lock",
					    "run/host",
					    "run/httpd",
					    "run/httpd/pid",
					    "tmp",
					    "tmp/directory",
					    "etc",
					    "etc/machine-id",
					    "var",
					    "var/log",
					    "var/log/journal",
					    "sys",
					    "sys/fs",
					    "sys/fs/cgroup",
					    "sbin",
					    "sbin/init",
					    "usr",
					    "usr/lib/systemd",
					    "usr/lib/systemd/systemd"};
	Race race = {.scene = {.is_renewable = true, .add_to_image = add_to_image}};
	struct stat st;

	puts("# report: | path | runs | hit | swaps | whole | warned | refused | not ours |\n"
	     "# report: |---|---|---|---|---|---|---|---|");
	enter(&race);
	start(&race);
	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		race.path = paths[i];
		race.runs = race.hit = race.whole = race.warned = race.refused = race.not_ours = 0;
		race.swaps = 0;
		ASSERT_SYS(fstatat(race.swapper->root_fd, paths[i], &st, AT_SYMLINK_NOFOLLOW));
		race_targets(&race, S_ISDIR(st.st_mode), size(BATCH, 50 * BATCH));
		race_report(&race, "/");
	}
	scene_leave(&race.scene);
	free(race.host);
}

/* ---- in a volume */

static const char *volume_at;

static void mount_volume(const Scene *scene)
{
	(void) scene;
	scene_bind(VOLUME, volume_at + 1);
}

/* race_volume() - what is in a volume that is shared with the host; nothing may be made in it */
static void race_volume(const char *where, const char *path, bool is_directory)
{
	char config[256], shown_as[64];
	Race race = {.path = path,
		     .scene = {.is_renewable = true,
			       .add_to_image = add_to_image,
			       .make_mounts = mount_volume,
			       .config = config}};

	volume_at = where;
	(void) snprintf(config, sizeof(config),
			"\"mounts\": [{\"type\": \"bind\", \"source\": \"" VOLUME "\", "
			"\"destination\": \"%s\", \"options\": [\"rbind\", \"rshared\"]}]",
			where);
	enter(&race);
	(void) snprintf(shown_as, sizeof(shown_as), VOLUME "/%s", path);
	if (is_directory)
		scene_make_directory(shown_as, 0755);
	else
		scene_write(shown_as, "");
	start(&race);
	(void) close(race.swapper->root_fd);
	race.swapper->root_fd = open(VOLUME, O_PATH | O_DIRECTORY | O_CLOEXEC);
	race_targets(&race, is_directory, size(BATCH, 40 * BATCH));
	(void) snprintf(shown_as, sizeof(shown_as), "volume %s: ", where);
	race_report(&race, shown_as);
	scene_leave(&race.scene);
	free(race.host);
}

static void test_volume_run(void)
{
	race_volume("/run", "lock", true);
}

static void test_volume_run_systemd(void)
{
	race_volume("/run", "systemd", true);
}

static void test_volume_tmp(void)
{
	race_volume("/tmp", "directory", true);
}

static void test_volume_etc(void)
{
	race_volume("/etc", "machine-id", false);
}

static void test_volume_var(void)
{
	race_volume("/var", "log", true);
}

static void test_volume_log(void)
{
	race_volume("/var/log", "journal", true);
}

static void test_volume_cgroup(void)
{
	race_volume("/sys/fs", "cgroup", true);
}

/* ---- in the container's journal, which is removed when the container is gone */

static void make_journal(void)
{
	scene_make_directory(OWN_JOURNAL, 0755);
	scene_end_journal(OWN_JOURNAL, true);
	for (int i = 0; i < 20; i++) {
		char path[128];

		(void) snprintf(path, sizeof(path), OWN_JOURNAL "/%d", i);
		scene_write(path, "");
	}
	scene_make_directory(OWN_JOURNAL "/below", 0755);
	scene_write(OWN_JOURNAL "/below/secret", "");
	ASSERT_SYS(symlink(CANARY "/directory", OWN_JOURNAL "/below.other"));
}

static void test_poststop(void)
{
	Race race = {.path = "below",
		     .scene.config = "\"annotations\": "
				     "{\"io.podman.annotations.autoremove\": \"TRUE\"}"};
	Outcome outcome;

	enter(&race);
	race.swapper->root_fd = -1;
	race.swapper->root_path = OWN_JOURNAL;
	race.swapper->path = "below";
	race.swapper->other = "below.other";
	ASSERT_SYS(rename(SCENE_BUNDLE, SCENE_BUNDLE ".gone"));
	race.host = snapshot_host(&race.scene);
	race.volume = snapshot_volume();
	swapper_start(race.swapper);
	for (unsigned int n = size(4 * BATCH, 400 * BATCH); n > 0; n--) {
		struct stat st;

		make_journal();
		swapper_set(race.swapper, true);
		run_once(&race, &outcome);
		/* or it would make nftw(3) below follow a link */
		swapper_set(race.swapper, false);
		if (outcome.is_hung || !WIFEXITED(outcome.status) ||
		    WEXITSTATUS(outcome.status) != 0 ||
		    (outcome.messages[0] && !strstr(outcome.messages, "which is gone, ignoring")))
			tap_fail(__FILE__, __LINE__, "ended with %x: %s", outcome.status,
				 outcome.messages);
		race.whole += !outcome.messages[0];
		race.warned += outcome.messages[0] != 0;
		ASSERT(lstat(OWN_JOURNAL, &st) < 0);
		ASSERT(outcome.messages[0] || lstat(OLD_JOURNAL, &st) < 0);
		ASSERT(lstat(SCENE_ENDED, &st) < 0);
		(void) nftw(OLD_JOURNAL, tap_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		check_host(&race);
	}
	swapper_stop(race.swapper);
	race_report(&race, "poststop: ");
	free(race.host);
	free(race.volume);
}

TAP_MAIN(TAP(test_image), TAP(test_volume_run), TAP(test_volume_run_systemd), TAP(test_volume_tmp),
	 TAP(test_volume_etc), TAP(test_volume_var), TAP(test_volume_log), TAP(test_volume_cgroup),
	 TAP(test_poststop))
