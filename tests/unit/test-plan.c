/* SPDX-License-Identifier: Apache-2.0 */
/* What is planned for what is there, compared as --explain prints it. */
#include "systemd-hook/cgroup-hierarchy.h"
#include "systemd-hook/plan.h"

#include <linux/magic.h>

#include "input.h"
#include "macro.h"
#include "tap.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e137"
#define OTHER_ID "0123456789abcdef0123456789abcdef"
#define OWN "/machine.slice/x.scope"

/* Lines of a plan */
#define TMPFS_RUN "mount tmpfs on /run (mode=0755,size=20%,nr_inodes=800k)\n"
#define TMPFS_LOCK "mount tmpfs on /run/lock (mode=0755,size=5m)\n"
#define TMPFS_TMP "mount tmpfs on /tmp (mode=1777,size=10%,nr_inodes=400k)\n"
#define TMPFS_ALL TMPFS_RUN TMPFS_LOCK TMPFS_TMP
#define CGROUP_OWN "mount the container's cgroup writable on /sys/fs/cgroup\n"
#define CGROUP_REMOUNT "make writable by a second mount /sys/fs/cgroup\n"
#define CGROUP_TREE "show the host's cgroup tree read-only on /sys/fs/cgroup\n"
#define CGROUP_OWN_HOST "mount the container's cgroup writable on /sys/fs/cgroup" OWN "\n"
#define GUARD "make all but the delegated files read-only in /sys/fs/cgroup\n"
#define GUARD_HOST "make all but the delegated files read-only in /sys/fs/cgroup" OWN "\n"
#define OWNER "give the delegated files to the container's root in /sys/fs/cgroup\n"
#define RUN_HOST "describe the host in /run/host\n"
#define MASK_COMMIT "mask /run/systemd/system/systemd-machine-id-commit.service\n"
#define MACHINE_ID "mount the container's id on /etc/machine-id\n"
#define JOURNAL "mount the host's journal directory on /var/log/journal/" ID "\n"
#define NOTHING "nothing to do\n"
#define NOTE_WIDER                                                                                 \
	"note: /sys/fs/cgroup the container may write the host's whole cgroup tree, as its "       \
	"engine or user mounted it: prefer a private cgroup namespace and no volume there\n"

/* Places */
#define PLACE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define MISSING PLACE(.kind = PATH_MISSING)
#define DIRECTORY PLACE(.kind = PATH_DIRECTORY)
#define FILE_OF_IMAGE PLACE(.kind = PATH_FILE)
#define IN_VOLUME PLACE(.kind = PATH_DIRECTORY, .owner = MOUNT_OTHER)
#define MOUNT(of, ...) PLACE(.kind = PATH_DIRECTORY, .is_mount = true, .owner = of, __VA_ARGS__)
#define TMPFS(...) MOUNT(MOUNT_TMPFS, .fs_type = TMPFS_MAGIC, __VA_ARGS__)
#define VOLUME(...) MOUNT(MOUNT_OTHER, __VA_ARGS__)
#define CGROUP2(...) MOUNT(MOUNT_OTHER, .fs_type = CGROUP2_SUPER_MAGIC, __VA_ARGS__)

/* A container of bare runc; members given later win. */
#define BARE                                                                                       \
	.run = DIRECTORY, .run_lock = MISSING, .run_host = MISSING, .tmp = DIRECTORY,              \
	.etc_machine_id = FILE_OF_IMAGE, .machine_id_state = MACHINE_ID_EMPTY, .journal = MISSING, \
	.journal_id = MISSING, .cgroup = CGROUP2(.is_read_only = true), .cgroup_is_private = true, \
	.cgroup_nsdelegate = true, .cgroup_path = (char *) OWN

/* All is there already. */
#define COMPLETE                                                                                   \
	.run = TMPFS(), .run_lock = TMPFS(), .run_host = VOLUME(), .tmp = TMPFS(),                 \
	.etc_machine_id = FILE_OF_IMAGE, .machine_id_state = MACHINE_ID_VALID, .machine_id = {ID}, \
	.journal = DIRECTORY, .journal_id = VOLUME(), .cgroup = CGROUP2(),                         \
	.cgroup_is_private = true, .cgroup_nsdelegate = true, .cgroup_path = (char *) OWN

typedef struct Case {
	const char *name;
	const char *data;    /* file in tests/data, or NULL */
	const char *members; /* else: of config.json */
	Observation seen;
	JournalMode journal;
	bool id_is_users;
	bool id_is_unusable;
	const char *run_size; /* else the default */
	const char *plan;
} Case;

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

static void load(const Case *c, OciConfig *ret)
{
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_close int fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[32768];
	ParseError error = {};

	if (c->data) {
		cleanup_close int data_fd = input_data(c->data);
		ssize_t n = read(data_fd, text, sizeof(text) - 1);

		ASSERT_SYS(n);
		text[n] = '\0';
	} else {
		(void) snprintf(text, sizeof(text), "{\"root\": {\"path\": \"rootfs\"}%s%s}",
				c->members ? ", " : "", c->members ?: "");
	}
	input_write_file(fd, "config.json", text, 0644);
	if (oci_config_load(&state, ret, &error) < 0)
		tap_fail(__FILE__, __LINE__, "%s: %s %s", c->name, error.place, error.reason);
}

static void check(const Case *c)
{
	const Options options = {.run_size = c->run_size ?: "20%", .tmp_size = "10%"};
	cleanup_oci_config OciConfig config = {};
	cleanup_plan Plan plan = {};
	cleanup_free char *text = NULL;
	size_t size;
	FILE *file;

	load(c, &config);
	ASSERT_OK(plan_make(&(PlanInput){.config = &config,
					 .observation = &c->seen,
					 .options = &options,
					 .id = &(MachineId){ID},
					 .id_source = c->id_is_users ? IDENTITY_FROM_MOUNT
								     : IDENTITY_FROM_CONTAINER,
					 .id_is_usable = !c->id_is_unusable,
					 .journal = c->journal},
			    &plan));
	file = open_memstream(&text, &size);
	ASSERT(file);
	plan_print(&plan, file);
	ASSERT_EQ(fclose(file), 0);
	if (strcmp(text, c->plan) != 0)
		tap_fail(__FILE__, __LINE__, "%s: planned:\n%s# wanted:\n%s", c->name, text,
			 c->plan);
}

static void check_all(const Case *cases, size_t n)
{
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < n; i++)
		check(&cases[i]);
}

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
			 "\"options\": [\"rbind\", \"ro\", \"rshared\"]}]",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_is_wider = true},
		 .plan = "note: /sys/fs/cgroup is on a mount that is shared with the host: left "
			 "as it is\n" NOTHING},
		{.name = "at /sys/fs/cgroup, not shared",
		 .members =
			 "\"mounts\": [{\"destination\": \"/sys/fs/cgroup\", \"type\": \"bind\", "
			 "\"options\": [\"rbind\", \"ro\", \"rprivate\"]}]",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_is_wider = true},
		 .plan = CGROUP_OWN},
		{.name = "at /run",
		 .seen = {BARE, .run = VOLUME(), .run_lock = IN_VOLUME, .cgroup = CGROUP2()},
		 .plan = TMPFS_TMP "note: /run/lock is in a volume: no tmpfs is mounted there\n"
				   "note: /run is a volume: neither /run/host nor a machine id is "
				   "set up\n"},
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
		 .plan = TMPFS_ALL RUN_HOST "note: /etc/machine-id is on a volume and holds no "
					    "valid id: left as it is\n"},
		{.name = "at /etc/machine-id, another id",
		 .seen = {COMPLETE, .machine_id = {OTHER_ID},
			  .etc_machine_id = {.kind = PATH_FILE,
					     .is_mount = true,
					     .owner = MOUNT_OTHER}},
		 .id_is_users = true,
		 .plan = MASK_COMMIT},
		{.name = "at /etc/machine-id, at the second call",
		 .seen = {COMPLETE, .machine_id = {OTHER_ID}, .commit_is_masked = true,
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
		 .seen = {COMPLETE, .machine_id = {OTHER_ID}, .run = VOLUME(),
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

static void test_cgroup(void)
{
	static const Case cases[] = {
		{.name = "private, writable: the engine's word, also without nsdelegate",
		 .seen = {COMPLETE, .cgroup_nsdelegate = false},
		 .plan = NOTHING},
		{.name = "private, read-only",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true)},
		 .plan = CGROUP_REMOUNT},
		{.name = "private, none",
		 .seen = {COMPLETE, .cgroup = DIRECTORY},
		 .plan = CGROUP_OWN},
		{.name = "private, read-only, nsdelegate is off",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_nsdelegate = false},
		 .plan = CGROUP_REMOUNT GUARD},
		{.name = "private, none, nsdelegate is off",
		 .seen = {COMPLETE, .cgroup = MISSING, .cgroup_nsdelegate = false},
		 .plan = CGROUP_OWN GUARD},
		{.name = "private, the host's tree read-only",
		 .seen = {COMPLETE, .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_is_wider = true},
		 .plan = CGROUP_OWN},
		{.name = "private, the host's tree writable",
		 .seen = {COMPLETE, .cgroup_is_wider = true},
		 .plan = NOTE_WIDER NOTHING},
		{.name = "private, writable, SELinux",
		 .members =
			 "\"linux\": {\"mountLabel\": \"system_u:object_r:container_file_t:s0\"}",
		 .seen = {COMPLETE},
		 .plan = OWNER},
		{.name = "private, writable, another root's",
		 .seen = {COMPLETE, .root = {.is_other = true, .uid = 100000},
			  .cgroup_is_foreign = true},
		 .plan = OWNER},
		{.name = "private, read-only, another root",
		 .seen = {COMPLETE, .root = {.is_other = true, .uid = 100000},
			  .cgroup = CGROUP2(.is_read_only = true)},
		 .plan = CGROUP_REMOUNT OWNER},
		{.name = "host, writable, another root's",
		 .seen = {COMPLETE, .root = {.is_other = true, .uid = 100000},
			  .cgroup_is_private = false, .cgroup_is_foreign = true},
		 .plan = OWNER NOTE_WIDER},
		{.name = "host, none",
		 .seen = {COMPLETE, .cgroup_is_private = false, .cgroup = DIRECTORY},
		 .plan = CGROUP_TREE CGROUP_OWN_HOST GUARD_HOST},
		{.name = "host, read-only",
		 .seen = {COMPLETE, .cgroup_is_private = false,
			  .cgroup = CGROUP2(.is_read_only = true), .cgroup_own = DIRECTORY},
		 .plan = CGROUP_OWN_HOST GUARD_HOST},
		{.name = "host, own read-only too",
		 .seen = {COMPLETE, .cgroup_is_private = false,
			  .cgroup = CGROUP2(.is_read_only = true),
			  .cgroup_own = CGROUP2(.is_read_only = true)},
		 .plan = CGROUP_OWN_HOST GUARD_HOST},
		{.name = "host, done",
		 .seen = {COMPLETE, .cgroup_is_private = false,
			  .cgroup = CGROUP2(.is_read_only = true), .cgroup_own = CGROUP2()},
		 .plan = NOTHING},
		{.name = "host, writable as podman --cgroupns=host makes it",
		 .seen = {COMPLETE, .cgroup_is_private = false},
		 .plan = NOTE_WIDER NOTHING},
		{.name = "no cgroup of its own",
		 .seen = {COMPLETE, .cgroup = MISSING, .cgroup_is_shared = true},
		 .plan = "note: /sys/fs/cgroup the container has no cgroup of its own: left as it "
			 "is\n" NOTHING},
		{.name = "another file system",
		 .seen = {COMPLETE, .cgroup = TMPFS()},
		 .plan = "note: /sys/fs/cgroup is a mount of another kind: left as it "
			 "is\n" NOTHING},
	};

	check_all(cases, ELEMENTSOF(cases));
}

#define HIERARCHY(of, ...)                                                                         \
	{                                                                                          \
		.is_mounted = true, .name = (char *) of,                                           \
		.place_path = (char *) "/sys/fs/cgroup/" of,                                       \
		.own_path = (char *) "/sys/fs/cgroup/" of OWN, __VA_ARGS__                         \
	}
#define CGROUP1(...) MOUNT(MOUNT_OTHER, .fs_type = CGROUP_SUPER_MAGIC, __VA_ARGS__)
#define V1(list)                                                                                   \
	.cgroup_layout = CGROUP_LEGACY, .payload_version = 257, .hierarchies = (list),             \
	.n_hierarchies = ELEMENTSOF(list)
#define V1_OWN(of) "mount the container's cgroup writable on /sys/fs/cgroup/" of "\n"
#define V1_TREE(of) "show the host's cgroup tree read-only on /sys/fs/cgroup/" of "\n"
#define V1_GUARD(of) "make all but the delegated files read-only in /sys/fs/cgroup/" of "\n"
#define V1_OWNER(of) "give the delegated files to the container's root in /sys/fs/cgroup/" of "\n"
#define V1_ALL "show the host's cgroup hierarchies read-only on /sys/fs/cgroup\n"
#define V1_SEAL "make read-only /sys/fs/cgroup\n"
#define NOTE_V1_WIDER                                                                              \
	"note: /sys/fs/cgroup the container may write more of the host's cgroup v1 hierarchies "   \
	"than its own cgroup, as its engine or user mounted them\n"

static void test_cgroup_v1(void)
{
	static CgroupHierarchy none[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = MISSING),
		HIERARCHY("memory", .place = MISSING),
		HIERARCHY("unified", .is_tracking = true, .is_unified = true, .place = MISSING),
	};
	static CgroupHierarchy none_shared[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = MISSING),
		HIERARCHY("unified", .is_tracking = true, .is_unified = true, .is_shared = true,
			  .place = MISSING),
	};
	static CgroupHierarchy no_own[] = {
		HIERARCHY("systemd", .is_tracking = true, .is_shared = true, .place = MISSING),
	};
	static CgroupHierarchy no_tracking[] = {
		HIERARCHY("memory", .place = MISSING),
		{.is_tracking = true},
	};
	static CgroupHierarchy runc[] = {
		HIERARCHY("memory", .place = CGROUP1(.is_read_only = true), .is_own = true),
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(.is_read_only = true),
			  .is_own = true),
		HIERARCHY("unified", .is_tracking = true, .is_unified = true, .place = MISSING),
	};
	static CgroupHierarchy unified_read_only[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(), .is_own = true),
		HIERARCHY("unified", .is_tracking = true, .is_unified = true, .is_guarded = true,
			  .place = CGROUP2(.is_read_only = true), .is_own = true),
	};
	static CgroupHierarchy done[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(), .is_own = true),
	};
	static CgroupHierarchy own_at_top[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(), .is_own = true,
			  .own_place = MISSING),
	};
	static CgroupHierarchy done_host[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(.is_read_only = true),
			  .own_place = CGROUP1()),
	};
	static CgroupHierarchy wider[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1()),
		HIERARCHY("unified", .is_tracking = true, .is_unified = true, .place = MISSING),
	};
	static CgroupHierarchy alone[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = MISSING),
		{.is_mounted = true,
		 .is_tracking = true,
		 .is_unified = true,
		 .is_guarded = true,
		 .place_path = (char *) "/sys/fs/cgroup",
		 .own_path = (char *) "/sys/fs/cgroup" OWN,
		 .place = TMPFS(.is_read_only = true)},
	};
	static CgroupHierarchy alone_done[] = {
		{.is_mounted = true,
		 .is_tracking = true,
		 .is_unified = true,
		 .place_path = (char *) "/sys/fs/cgroup",
		 .own_path = (char *) "/sys/fs/cgroup" OWN,
		 .place = CGROUP2()},
	};
	static CgroupHierarchy limits_writable[] = {
		HIERARCHY("systemd", .is_tracking = true, .place = CGROUP1(), .is_own = true),
		HIERARCHY("memory", .place = CGROUP1(), .is_own = true),
	};
	static const Case cases[] = {
		{.name = "private, none",
		 .seen = {COMPLETE, .cgroup = MISSING, V1(none)},
		 .plan = V1_ALL V1_OWN("systemd") V1_OWNER("systemd") V1_OWN("unified")
			 V1_GUARD("unified") V1_OWNER("unified") V1_SEAL},
		{.name = "host, none",
		 .seen = {COMPLETE, .cgroup = MISSING, .cgroup_is_private = false, V1(none)},
		 .plan = V1_ALL V1_TREE("systemd") V1_OWN("systemd" OWN) V1_OWNER("systemd")
			 V1_TREE("unified") V1_OWN("unified" OWN) V1_GUARD("unified" OWN)
				 V1_OWNER("unified") V1_SEAL},
		{.name = "no v2 cgroup of its own",
		 .seen = {COMPLETE, .cgroup = MISSING, V1(none_shared)},
		 .plan = V1_ALL V1_OWN("systemd") V1_OWNER("systemd") V1_SEAL},
		{.name = "no v1 cgroup of its own",
		 .seen = {COMPLETE, .cgroup = MISSING, V1(no_own)},
		 .plan = "note: /sys/fs/cgroup the container has no cgroup of its own: left as it "
			 "is\n" NOTHING},
		{.name = "no name=systemd",
		 .seen = {COMPLETE, .cgroup = MISSING, V1(no_tracking)},
		 .plan = "note: /sys/fs/cgroup the host has no cgroup hierarchy name=systemd, "
			 "which systemd needs: left as the engine made it\n" NOTHING},
		{.name = "private, as runc mounts",
		 .seen = {COMPLETE, .cgroup = TMPFS(), .cgroup_is_unsealed = true, V1(runc)},
		 .plan = V1_OWN("systemd") V1_OWNER("systemd") V1_SEAL},
		{.name = "host, as runc mounts",
		 .seen = {COMPLETE, .cgroup = TMPFS(), .cgroup_is_private = false, V1(runc)},
		 .plan = V1_TREE("systemd") V1_OWN("systemd" OWN) V1_OWNER("systemd")},
		{.name = "private, an engine with v2, nsdelegate",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(unified_read_only)},
		 .plan = V1_OWN("unified") V1_OWNER("unified")},
		{.name = "private, done",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(done)},
		 .plan = NOTHING},
		{.name = "host, done",
		 .seen = {COMPLETE, .cgroup = TMPFS(), .cgroup_is_private = false, V1(done_host)},
		 .plan = NOTHING},
		{.name = "host, writable, but not where systemd looks",
		 .seen = {COMPLETE, .cgroup = TMPFS(), .cgroup_is_private = false, V1(own_at_top)},
		 .plan = V1_TREE("systemd") V1_OWN("systemd" OWN) V1_OWNER("systemd")},
		{.name = "the host's tree, writable",
		 .seen = {COMPLETE, .cgroup = TMPFS(), .cgroup_is_private = false, V1(wider)},
		 .plan = NOTE_V1_WIDER NOTHING},
		{.name = "limits, writable",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(limits_writable)},
		 .plan = NOTE_V1_WIDER NOTHING},
		{.name = "another file system",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(none)},
		 .plan = "note: /sys/fs/cgroup is a mount of another kind: left as it "
			 "is\n" NOTHING},
		{.name = "systemd 258 on hybrid",
		 .seen = {COMPLETE, .cgroup = MISSING, V1(alone), .payload_version = 258},
		 .plan = CGROUP_OWN OWNER},
		{.name = "systemd 258 on hybrid, on an engine's mounts, host",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(alone), .payload_version = 258,
			  .cgroup_is_engines = true, .cgroup_is_private = false},
		 .plan = CGROUP_TREE CGROUP_OWN_HOST GUARD_HOST OWNER},
		{.name = "systemd 258 on hybrid, done",
		 .seen = {COMPLETE, .cgroup = CGROUP2(), V1(alone_done), .payload_version = 258},
		 .plan = NOTHING},
		{.name = "systemd 258 on hybrid, a volume in the way",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(alone), .payload_version = 262},
		 .plan = "note: /sys/fs/cgroup is cgroup v1, on which the image's systemd cannot "
			 "boot: boot the host with systemd.unified_cgroup_hierarchy=1, or take an "
			 "image with systemd 257 or older\n" NOTHING},
		{.name = "systemd 258",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(done), .payload_version = 258},
		 .plan = "note: /sys/fs/cgroup is cgroup v1, on which the image's systemd cannot "
			 "boot: boot the host with systemd.unified_cgroup_hierarchy=1, or take an "
			 "image with systemd 257 or older\n" NOTHING},
		{.name = "some systemd",
		 .seen = {COMPLETE, .cgroup = TMPFS(), V1(done), .payload_version = 0},
		 .plan = "note: /sys/fs/cgroup is cgroup v1, on which systemd from 258 on cannot "
			 "boot; the image's version cannot be told\n" NOTHING},
	};

	check_all(cases, ELEMENTSOF(cases));
}

#define ENV(uuid, capabilities)                                                                    \
	"\"process\": {\"env\": [\"container_uuid=" uuid "\"], \"capabilities\": "                 \
	"{\"effective\": [" capabilities "]}}"
#define DASHED_ID "81F9F270-b660-8ffb-6a50-0ac7ec36e137"

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
		{.name = "absent, PID 1 knows our id and may mount",
		 .members = ENV(DASHED_ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .etc_machine_id = MISSING},
		 .plan = NOTHING},
		{.name = "uninitialized, PID 1 knows our id and may mount",
		 .members = ENV(ID, "\"CAP_CHOWN\", \"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = NOTHING},
		{.name = "uninitialized, PID 1 knows our id and may not mount",
		 .members = ENV(ID, "\"CAP_CHOWN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = MACHINE_ID},
		{.name = "uninitialized, PID 1 knows another id",
		 .members = ENV(OTHER_ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_UNINITIALIZED},
		 .plan = MACHINE_ID},
		{.name = "empty: systemd would not take it from the environment at first boot",
		 .members = ENV(ID, "\"CAP_SYS_ADMIN\""),
		 .seen = {COMPLETE, .machine_id_state = MACHINE_ID_EMPTY},
		 .plan = MACHINE_ID},
		{.name = "a directory",
		 .seen = {COMPLETE, .etc_machine_id = DIRECTORY},
		 .plan = "note: /etc/machine-id is not a regular file: left as it is\n" NOTHING},
		{.name = "a FIFO or a link to nowhere",
		 .seen = {COMPLETE, .etc_machine_id = {.kind = PATH_OTHER}},
		 .plan = "note: /etc/machine-id is not a regular file: left as it is\n" NOTHING},
		{.name = "the host's id",
		 .seen = {BARE, .cgroup = CGROUP2()},
		 .id_is_unusable = true,
		 .journal = JOURNAL_TRY_HOST,
		 .plan = TMPFS_ALL RUN_HOST},
	};

	check_all(cases, ELEMENTSOF(cases));
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
				  plan.steps[i].type == STEP_JOURNAL
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

TAP_MAIN(TAP(test_engines), TAP(test_volumes), TAP(test_cgroup), TAP(test_cgroup_v1),
	 TAP(test_machine_id), TAP(test_essential), TAP(test_owner_is_essential))
