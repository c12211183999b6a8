/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-systemd-hook: each system call and each allocation fails in turn, and it is killed at each
 * system call in turn. It does the whole, or with a message all that systemd needs, or with a
 * message nothing. OCI_HOOKS_TEST_SIZE=full takes every errno of each call.
 */
#include "create.h"

/*
 * killed() - what is left on the host: nothing, an empty directory on its way in, or all, as the name
 * is given last. The next start works, and leaves nothing of it.
 */
static void killed(Walk *walk, const Case *c)
{
	Subject *subject = walk->subject;
	const Tally tally = walk->tally;
	char difference[1024];
	bool left;
	size_t n;

	scene_stop(&subject->scene);
	if (is_there(NEW_JOURNAL "/" SCENE_MACHINE_ID) && is_there(OWN_JOURNAL))
		walk_complain(walk, c, "two directories are left");
	left = is_there(NEW_JOURNAL);
	n = (size_t) left + (size_t) is_there(NEW_JOURNAL "/" SCENE_MACHINE_ID) +
	    (size_t) is_there(OWN_JOURNAL);
	scene_start(&subject->scene);
	{
		cleanup_free char *host = snapshot_host(&subject->scene);
		size_t lines =
			snapshot_difference(subject->host, host, difference, sizeof(difference));

		/* a second call finds the journal of the first */
		if (lines != n - subject->is_second)
			walk_complain(walk, c, "left on the host: %s", difference);
	}
	run_unhurt(walk, c);
	check(walk, &(Case){.fault = c->fault});
	if (is_there(NEW_JOURNAL "/" SCENE_MACHINE_ID))
		walk_complain(walk, c, "the next run did not remove what was left");
	if (subject->is_second)
		remember(subject);
	walk->tally = tally;
	walk->tally.left += left;
}

static void walk_create(const char *name, Subject *subject)
{
	Walk walk = {.name = name,
		     .subject = subject,
		     .begin = begin,
		     .run = run,
		     .check = check,
		     .killed = killed};
	const char *why = scene_enter(&subject->scene);

	if (why)
		tap_skip(why);
	walk_all(&walk);
	scene_leave(&subject->scene);
	forget(subject);
	free(subject->whole);
	ASSERT_EQ(walk.n_complaints, 0);
}

/* ---- the ways */

static void test_private(void)
{
	walk_report_head();
	walk_create("bare, private cgroup namespace", &(Subject){});
}

static void test_host(void)
{
	walk_create("bare, host's cgroup namespace", &(Subject){.scene.has_no_cgroups = true});
}

static void test_hybrid(void)
{
	walk_create("bare, hybrid cgroups", &(Subject){.scene.is_hybrid = true});
}

static void test_user_namespace(void)
{
	walk_create("bare, user namespace", &(Subject){.scene.has_user_namespace = true});
}

static void test_second_call(void)
{
	walk_create("second call", &(Subject){.is_second = true});
}

static void test_old_kernel(void)
{
	walk_create("bare, as on Linux 5.10", &(Subject){.is_old_kernel = true});
}

/* something for each step to do */
static void add_to_image(void)
{
	/* CAP_NET_BIND_SERVICE */
	static const unsigned char capability[20] = {0, 0, 0, 2, 0, 4};

	scene_make_directory("run/httpd", 0710);
	scene_make_directory("run/lock", 0755);
	scene_make_directory("run/lock/sub", 0755);
	scene_make_directory("run/volume", 0755);
	scene_make_directory("run/host", 0755);
	scene_make_directory("run/host/volume", 0755);
	scene_write("run/httpd/pid", "hello");
	ASSERT_SYS(setxattr("run/httpd/pid", "security.capability", capability, sizeof(capability),
			    0));
	ASSERT_SYS(link("run/httpd/pid", "run/httpd/twice"));
	ASSERT_SYS(symlink("/etc/passwd", "run/link"));
}

static void make_mounts(const Scene *scene)
{
	scene_mount_tmpfs("run/volume", "mode=0755");
	scene_mount_tmpfs("run/host/volume", "mode=0755");
	ASSERT_SYS(mount("tmpfs", "tmp", "tmpfs", MS_NOEXEC, "mode=1777"));
	scene_bind(scene->cgroups[0], "sys/fs/cgroup");
	ASSERT_SYS(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
}

static void test_engine(void)
{
	walk_create("an engine's mounts, and volumes",
		    &(Subject){.scene.add_to_image = add_to_image,
			       .scene.make_mounts = make_mounts,
			       .scene.config =
				       "\"annotations\": {\"io.container.manager\": \"cri-o\"}, "
				       "\"mounts\": ["
				       "{\"type\": \"tmpfs\", \"source\": \"tmpfs\", "
				       "\"destination\": \"/tmp\", \"options\": [\"noexec\"]}, "
				       "{\"type\": \"cgroup\", \"source\": \"cgroup\", "
				       "\"destination\": \"/sys/fs/cgroup\", \"options\": "
				       "[\"ro\"]}]"});
}

TAP_MAIN(TAP(test_private), TAP(test_host), TAP(test_engine), TAP(test_user_namespace),
	 TAP(test_hybrid), TAP(test_old_kernel), TAP(test_second_call))
