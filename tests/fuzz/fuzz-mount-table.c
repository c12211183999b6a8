/* SPDX-License-Identifier: Apache-2.0 */
/* A text in the form of /proc/self/mountinfo (proc(5)): a hierarchy is found only where a line of it says so. */
#include "fuzz.h"
#include "systemd-hook/mount-table.h"

/*
 * is_mount_of() - whether a line has that type, and such an option, behind its dash; libmount is not strict about
 * blanks, and takes escapes
 */
static bool is_mount_of(const char *line, const char *type, const char *controller)
{
	const char *rest = strstr(line, " - ");

	return rest && (strchr(rest, '\\') ||
			(strstr(rest, type) && (!controller || strstr(rest, controller))));
}

static bool has_mount(const char *text, const char *type, const char *controller)
{
	cleanup_free char *copy = strdup(text);
	char *rest = copy, *line;

	assert(copy);
	while ((line = strsep(&rest, "\n")))
		if (is_mount_of(line, type, controller))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const controllers[][2] = {
		{NULL, NULL},
		{"name=systemd", "name=systemd"},
		{"cpu,cpuacct", "cpu"},
		{"memory", "memory"},
	};
	cleanup_cgroup_mount_table CgroupMountTable table = {};
	cleanup_free char *text = fuzz_text(data, size);
	char path[PROC_FD_PATH_MAX];
	cleanup_close int fd = fuzz_file(text, strlen(text));

	(void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (cgroup_mount_table_load(path, &table) < 0)
		return 0;
	for (size_t i = 0; i < ELEMENTSOF(controllers); i++) {
		const char *where = cgroup_mount_table_find(&table, controllers[i][0]);

		if (where)
			assert(has_mount(text, controllers[i][0] ? "cgroup" : "cgroup2",
					 controllers[i][1]));
	}
	return 0;
}
