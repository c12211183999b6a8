/* SPDX-License-Identifier: Apache-2.0 */
/* What is there, and what is planned for it: a case, as --explain prints its plan. */
#pragma once

#include <linux/magic.h>

#include "input.h"
#include "macro.h"
#include "systemd-hook/plan.h"
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
#define OTHER_ID_FOLLOWS                                                                           \
	": left as it is, so systemd-machined knows the container by another id, and the journal " \
	"stays in the container\n"
#define NO_ID                                                                                      \
	"note: /etc/machine-id is on a volume and holds no id that can be read" OTHER_ID_FOLLOWS
#define NOTHING "nothing to do\n"
#define NOTE_WIDER                                                                                 \
	"note: /sys/fs/cgroup the container may write the host's whole cgroup tree, as its "       \
	"engine or user mounted it: prefer a private cgroup namespace and no volume there\n"

/* Members of config.json */
#define DASHED_ID "81F9F270-b660-8ffb-6a50-0ac7ec36e137"
#define ENV(uuid, capabilities)                                                                    \
	"\"process\": {\"env\": [\"container_uuid=" uuid "\"], \"capabilities\": "                 \
	"{\"effective\": [" capabilities "]}}"

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
