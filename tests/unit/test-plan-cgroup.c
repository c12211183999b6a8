/* SPDX-License-Identifier: Apache-2.0 */
/* What is planned for a cgroup mount, on v2 and on v1. */
#include "systemd-hook/plan.h"

#include "plan-case.h"
#include "systemd-hook/cgroup-hierarchy.h"

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

TAP_MAIN(TAP(test_cgroup), TAP(test_cgroup_v1))
