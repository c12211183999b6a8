/* SPDX-License-Identifier: Apache-2.0 */
/* What is planned for what is there, compared as --explain prints it. */
#include "systemd-hook/plan.h"

#include "plan-case.h"

static void test_engines(void)
{
	static const Case cases[] = {
		{.name = "podman",
		 .data = "config-podman.json",
		 .seen = {BARE, .run = TMPFS(), .run_lock = TMPFS(), .tmp = TMPFS(),
			  .journal = TMPFS(), .cgroup = CGROUP2()},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = RUN_HOST MACHINE_ID JOURNAL},
		{.name = "podman, second call",
		 .data = "config-podman.json",
		 .seen = {COMPLETE},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = NOTHING},
		{.name = "bare runc",
		 .seen = {BARE},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = TMPFS_ALL CGROUP_REMOUNT RUN_HOST MACHINE_ID JOURNAL},
		{.name = "with a size",
		 .seen = {BARE},
		 .run_size = "64M",
		 .plan = "mount tmpfs on /run (mode=0755,size=64M,nr_inodes=800k)\n" TMPFS_LOCK
			 TMPFS_TMP CGROUP_REMOUNT RUN_HOST MACHINE_ID},
		{.name = "CRI-O's four tmpfs",
		 .data = "config-crio.json",
		 .seen = {BARE, .run = TMPFS(.is_noexec = true),
			  .run_lock = TMPFS(.is_noexec = true), .tmp = TMPFS(.is_noexec = true),
			  .journal = TMPFS(.is_noexec = true), .cgroup = CGROUP2()},
		 .plan = "allow programs on /run\nallow programs on /run/lock\n"
			 "allow programs on /tmp\nallow programs on /var/log/journal\n" RUN_HOST
				 MACHINE_ID},
		{.name = "CRI-O with a pod's volume at /tmp",
		 .data = "config-crio.json",
		 .seen = {COMPLETE, .run = TMPFS(.is_noexec = true),
			  .tmp = VOLUME(.is_noexec = true)},
		 .plan = "allow programs on /run\n"},
		{.name = "another engine's noexec is its word",
		 .members = "\"mounts\": [{\"destination\": \"/run\", \"type\": \"tmpfs\", "
			    "\"options\": [\"noexec\"]}]",
		 .seen = {COMPLETE, .run = TMPFS(.is_noexec = true)},
		 .plan = NOTHING},
		{.name = "nothing is there at all",
		 .seen = {BARE, .run = MISSING, .tmp = MISSING, .etc_machine_id = MISSING,
			  .cgroup = MISSING},
		 .journal = JOURNAL_HOST,
		 .plan = TMPFS_ALL CGROUP_OWN RUN_HOST MACHINE_ID JOURNAL},
	};

	check_all(cases, ELEMENTSOF(cases));
}

static void test_volumes(void)
{
	static const Case cases[] = {
		{.name = "at /sys/fs/cgroup, shared with the host",
		 .members =
			 "\"mounts\": [{\"destination\": \"/sys/fs/cgroup\", \"type\": \"bind\", "
			 "\"options\": [\"rbind\", \"ro\"]}]",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_is_wider = true, .cgroup_is_on_host = true},
		 .plan = "note: /sys/fs/cgroup is on a mount that is shared with the host: left "
			 "as it is\n" NOTHING},
		{.name = "at /sys/fs/cgroup, not shared",
		 .members =
			 "\"mounts\": [{\"destination\": \"/sys/fs/cgroup\", \"type\": \"bind\", "
			 "\"options\": [\"rbind\", \"ro\", \"rshared\"]}]",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_is_wider = true},
		 .plan = CGROUP_OWN},
		{.name = "at /run",
		 .seen = {BARE, .run = VOLUME(), .run_lock = IN_VOLUME, .cgroup = CGROUP2()},
		 .plan = TMPFS_TMP "note: /run/lock is in a volume: no tmpfs is mounted there\n"
				   "note: /run is a volume: neither /run/host nor a machine id is "
				   "set up" OTHER_ID_FOLLOWS},
		{.name = "at /run, PID 1 knows our id",
		 .members = ENV(ID, ""),
		 .seen = {COMPLETE, .run = VOLUME(), .run_host = DIRECTORY,
			  .machine_id_state = MACHINE_ID_EMPTY, .machine_id_is_writable = true},
		 .plan = "note: /run is a volume: /run/host is not set up\n" NOTHING},
		{.name = "at /run and /run/host",
		 .seen = {COMPLETE, .run = VOLUME(), .machine_id = {OTHER_ID}},
		 .plan = "note: /etc/machine-id gets no mount, as /run is a volume" OTHER_ID_FOLLOWS
			 NOTHING},
		{.name = "at /run, /run/lock and /run/host",
		 .seen = {COMPLETE, .run = VOLUME(), .run_lock = VOLUME()},
		 .plan = NOTHING},
		{.name = "at /tmp", .seen = {COMPLETE, .tmp = VOLUME()}, .plan = NOTHING},
		{.name = "/tmp leads into one",
		 .seen = {COMPLETE, .tmp = IN_VOLUME},
		 .plan = "note: /tmp is in a volume: no tmpfs is mounted there\n" NOTHING},
		{.name = "at /etc, no id",
		 .seen = {BARE, .etc_machine_id = {.kind = PATH_FILE, .owner = MOUNT_OTHER},
			  .cgroup = CGROUP2()},
		 .plan = TMPFS_ALL RUN_HOST NO_ID},
		{.name = "at /etc, no id, and a journal that is asked for",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_FILE, .owner = MOUNT_OTHER},
			  .machine_id_state = MACHINE_ID_EMPTY, .journal_id = MISSING},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = NO_ID NOTHING},
		{.name = "at /etc, of another container",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_FILE, .owner = MOUNT_OTHER},
			  .machine_id = {OTHER_ID}, .journal_id = MISSING},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = "note: /etc/machine-id is on a volume and holds another "
			 "id" OTHER_ID_FOLLOWS NOTHING},
		{.name = "at /etc, ours",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_FILE, .owner = MOUNT_OTHER},
			  .journal_id = MISSING},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = JOURNAL},
		{.name = "at /etc/machine-id, another id than the file had a moment ago",
		 .seen = {COMPLETE, .machine_id = {OTHER_ID}, .journal_id = MISSING,
			  .etc_machine_id = {.kind = PATH_FILE,
					     .is_mount = true,
					     .owner = MOUNT_OTHER}},
		 .id_is_users = true,
		 .journal = JOURNAL_TRY_HOST,
		 .plan = MASK_COMMIT "note: /etc/machine-id holds another id than the user's file "
				     "on the host" OTHER_ID_FOLLOWS},
		{.name = "at /etc/machine-id",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_FILE,
						       .is_mount = true,
						       .owner = MOUNT_OTHER}},
		 .id_is_users = true,
		 .plan = MASK_COMMIT},
		{.name = "at /etc/machine-id, at the second call",
		 .seen = {COMPLETE, .commit_is_masked = true,
			  .etc_machine_id = {.kind = PATH_FILE,
					     .is_mount = true,
					     .owner = MOUNT_OTHER}},
		 .id_is_users = true,
		 .plan = NOTHING},
		{.name = "at /etc/machine-id, the host's id",
		 .seen = {COMPLETE, .machine_id = {OTHER_ID},
			  .etc_machine_id = {.kind = PATH_FILE,
					     .is_mount = true,
					     .owner = MOUNT_OTHER}},
		 .id_is_unusable = true,
		 .plan = MASK_COMMIT},
		{.name = "at /etc/machine-id and /run",
		 .seen = {COMPLETE, .run = VOLUME(),
			  .etc_machine_id = {.kind = PATH_FILE,
					     .is_mount = true,
					     .owner = MOUNT_OTHER}},
		 .id_is_users = true,
		 .plan = NOTHING},
		{.name = "at /var/log/journal",
		 .seen = {COMPLETE, .journal = VOLUME(), .journal_id = MISSING},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = "note: /var/log/journal is on a volume: the journal stays "
			 "there\n" NOTHING},
		{.name = "at /var/log/journal, but the admin insists",
		 .seen = {COMPLETE, .journal = VOLUME(), .journal_id = MISSING},
		 .journal = JOURNAL_HOST,
		 .plan = JOURNAL},
		{.name = "at /var/log/journal/<id>",
		 .seen = {COMPLETE},
		 .journal = JOURNAL_HOST,
		 .plan = NOTHING},
		{.name = "none, journal=auto",
		 .seen = {COMPLETE, .journal_id = MISSING},
		 .journal = JOURNAL_AUTO,
		 .plan = JOURNAL},
		{.name = "none, journal=no",
		 .seen = {COMPLETE, .journal_id = MISSING},
		 .journal = JOURNAL_NO,
		 .plan = NOTHING},
		{.name = "/var/log/journal is a file",
		 .seen = {COMPLETE, .journal = FILE_OF_IMAGE, .journal_id = MISSING},
		 .journal = JOURNAL_TRY_HOST,
		 .plan = "note: /var/log/journal is not a directory: the journal stays in the "
			 "container\n" NOTHING},
	};

	check_all(cases, ELEMENTSOF(cases));
}

static void test_machine_id(void)
{
	static const Case cases[] = {
		{.name = "empty",
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_EMPTY},
		 .plan = MACHINE_ID},
		{.name = "rubbish",
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_INVALID},
		 .plan = MACHINE_ID},
		{.name = "the image's",
		 .seen = {COMPLETE, .machine_id = {OTHER_ID}},
		 .plan = MACHINE_ID},
		{.name = "ours", .seen = {COMPLETE}, .plan = NOTHING},
		{.name = "absent",
		 .seen = {COMPLETE, .etc_machine_id = MISSING},
		 .plan = MACHINE_ID},
		{.name = "uninitialized",
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = MACHINE_ID},
		/* PID 1 would write our id to the image */
		{.name = "absent, PID 1 knows our id and may mount",
		 .members = ENV(DASHED_ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .etc_machine_id = MISSING, .machine_id_is_writable = true},
		 .plan = MACHINE_ID},
		{.name = "uninitialized, PID 1 knows our id and may mount",
		 .members = ENV(ID, "\"CAP_CHOWN\", \"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_UNINITIALIZED,
			  .machine_id_is_writable = true},
		 .plan = MACHINE_ID},
		{.name = "a directory",
		 .seen = {COMPLETE, .etc_machine_id = DIRECTORY},
		 .plan = "note: /etc/machine-id is not a regular file" OTHER_ID_FOLLOWS NOTHING},
		{.name = "a FIFO or a link to nowhere",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_OTHER}},
		 .plan = "note: /etc/machine-id is not a regular file" OTHER_ID_FOLLOWS NOTHING},
		{.name = "the host's id",
		 .seen = {BARE, .cgroup = CGROUP2()},
		 .id_is_unusable = true,
		 .journal = JOURNAL_TRY_HOST,
		 .plan = TMPFS_ALL RUN_HOST},
	};

	check_all(cases, ELEMENTSOF(cases));
}

#define IN_ETC(...) PLACE(.kind = PATH_FILE, .owner = MOUNT_OTHER, __VA_ARGS__)
#define ON_VOLUME                                                                                  \
	COMPLETE, .etc_machine_id = IN_ETC(), .machine_id_state = MACHINE_ID_EMPTY,                \
		  .machine_id_is_writable = true

/* A file in a volume that holds no id: PID 1 writes our id there, or there will be another. */
static void test_pid1_writes_id(void)
{
	static const Case cases[] = {
		{.name = "PID 1 knows our id",
		 .members = ENV(DASHED_ID, ""),
		 .seen = {ON_VOLUME},
		 .plan = NOTHING},
		{.name = "rubbish, PID 1 knows our id",
		 .members = ENV(ID, ""),
		 .seen = {ON_VOLUME, .machine_id_state = MACHINE_ID_INVALID},
		 .plan = NOTHING},
		{.name = "PID 1 knows no id", .seen = {ON_VOLUME}, .plan = NO_ID NOTHING},
		{.name = "PID 1 knows another id",
		 .members = ENV(OTHER_ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {ON_VOLUME},
		 .plan = NO_ID NOTHING},
		{.name = "D-Bus's id comes first",
		 .members = ENV(ID, ""),
		 .seen = {ON_VOLUME, .has_dbus_id = true},
		 .plan = NO_ID NOTHING},
		{.name = "the container's root may not write it",
		 .members = ENV(ID, ""),
		 .seen = {ON_VOLUME, .machine_id_is_writable = false},
		 .plan = NO_ID NOTHING},
		{.name = "read-only",
		 .members = ENV(ID, ""),
		 .seen = {ON_VOLUME, .etc_machine_id = IN_ETC(.is_read_only = true)},
		 .plan = NO_ID NOTHING},
		{.name = "read-only once the hooks have run",
		 .members = ENV(ID, "") ", \"mounts\": [{\"destination\": \"/etc\", "
					"\"type\": \"bind\", \"options\": [\"ro\"]}]",
		 .seen = {ON_VOLUME},
		 .plan = NO_ID NOTHING},
		{.name = "first boot, PID 1 may not mount",
		 .members = ENV(ID, "\"CAP_CHOWN\""),
		 .seen = {ON_VOLUME, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = NO_ID NOTHING},
		{.name = "first boot, PID 1 may mount",
		 .members = ENV(ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {ON_VOLUME, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = NOTHING},
		{.name = "absent, PID 1 may not mount",
		 .members = ENV(ID, ""),
		 .seen = {ON_VOLUME, .etc_machine_id = {.owner = MOUNT_OTHER}},
		 .plan = NO_ID NOTHING},
		{.name = "a directory, which PID 1 cannot write either",
		 .members = ENV(ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_EMPTY,
			  .machine_id_is_writable = true, .etc_machine_id = DIRECTORY},
		 .plan = "note: /etc/machine-id is not a regular file" OTHER_ID_FOLLOWS NOTHING},
		{.name = "a FIFO, likewise",
		 .members = ENV(ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_EMPTY,
			  .machine_id_is_writable = true, .etc_machine_id = {.kind = PATH_OTHER}},
		 .plan = "note: /etc/machine-id is not a regular file" OTHER_ID_FOLLOWS NOTHING},
	};

	check_all(cases, ELEMENTSOF(cases));
}

/* With --journal=host all that keeps our id from /etc/machine-id fails the container. */
static void test_other_id_is_fatal(void)
{
	static const Options options = {.run_size = "1M", .tmp_size = "1M"};
	static const Observation seen[] = {
		{ON_VOLUME},
		{COMPLETE, .etc_machine_id = DIRECTORY},
		{COMPLETE, .run = VOLUME(), .machine_id = {OTHER_ID}},
	};
	cleanup_close int directory_fd = input_directory();
	cleanup_oci_config OciConfig config = {};

	load(&(Case){.name = "fatal"}, &config);
	for (size_t i = 0; i < ELEMENTSOF(seen); i++)
		for (JournalMode mode = JOURNAL_NO; mode <= JOURNAL_HOST; mode++) {
			cleanup_plan Plan plan = {};

			ASSERT_OK(plan_make(&(PlanInput){.config = &config,
							 .observation = &seen[i],
							 .options = &options,
							 .id = &(MachineId){ID},
							 .id_source = IDENTITY_FROM_CONTAINER,
							 .id_is_usable = true,
							 .journal = mode},
					    &plan));
			ASSERT_EQ(plan.n_notes, 1);
			ASSERT(plan.has_other_id && !plan_find(&plan, STEP_JOURNAL));
			ASSERT_EQ(plan.notes[0].is_fatal, mode == JOURNAL_HOST);
		}
}

/* Which failures fail the container */
static void test_essential(void)
{
	static const Options options = {.run_size = "1M", .tmp_size = "1M"};
	static const Observation seen = {BARE, .cgroup_nsdelegate = false};
	static const bool essential[_STEP_MAX] = {
		[STEP_TMPFS] = true, [STEP_CGROUP_REMOUNT] = true, [STEP_CGROUP_GUARD] = true};
	cleanup_close int directory_fd = input_directory();
	cleanup_oci_config OciConfig config = {};

	load(&(Case){.name = "essential"}, &config);
	for (JournalMode mode = JOURNAL_AUTO; mode <= JOURNAL_HOST; mode++) {
		cleanup_plan Plan plan = {};

		ASSERT_OK(plan_make(&(PlanInput){.config = &config,
						 .observation = &seen,
						 .options = &options,
						 .id = &(MachineId){ID},
						 .id_source = IDENTITY_FROM_CONTAINER,
						 .id_is_usable = true,
						 .journal = mode},
				    &plan));
		ASSERT(plan_find(&plan, STEP_JOURNAL) && !plan_find(&plan, STEP_CGROUP_TREE));
		for (size_t i = 0; i < plan.n_steps; i++)
			ASSERT_EQ(plan.steps[i].is_essential,
				  plan.steps[i].type == STEP_JOURNAL ||
						  plan.steps[i].type == STEP_MACHINE_ID
					  ? mode == JOURNAL_HOST
					  : essential[plan.steps[i].type]);
	}
}

/* A root that is not the host's can do nothing in a cgroup that is not given to it. */
static void test_owner_is_essential(void)
{
	static const Options options = {.run_size = "1M", .tmp_size = "1M"};
	cleanup_close int directory_fd = input_directory();
	cleanup_oci_config OciConfig config = {};

	load(&(Case){.name = "owner",
		     .members = "\"linux\": {\"mountLabel\": "
				"\"system_u:object_r:container_file_t:s0\"}"},
	     &config);
	for (int is_other = 0; is_other <= 1; is_other++) {
		const Observation seen = {BARE, .root = {.is_other = is_other}};
		cleanup_plan Plan plan = {};

		ASSERT_OK(plan_make(&(PlanInput){.config = &config,
						 .observation = &seen,
						 .options = &options,
						 .id = &(MachineId){ID}},
				    &plan));
		ASSERT_EQ(plan_find(&plan, STEP_CGROUP_OWNER)->is_essential, is_other);
	}
}

TAP_MAIN(TAP(test_engines), TAP(test_volumes), TAP(test_machine_id), TAP(test_pid1_writes_id),
	 TAP(test_other_id_is_fatal), TAP(test_essential), TAP(test_owner_is_essential))
