/* SPDX-License-Identifier: Apache-2.0 */
/* A text in the form of /proc/PID/cgroup with hierarchies of v1: what is taken stands in it, and leads nowhere else. */
#include "fuzz.h"
#include "systemd-hook/cgroup-hierarchy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	CgroupHierarchy *list;
	size_t n;

	assert(cgroup_hierarchies_from_text(text, &list, &n) == 0);
	for (size_t i = 0; i < n; i++) {
		cleanup_free char *line = NULL;

		assert(asprintf(&line, ":%s:%s", list[i].controllers, list[i].path) > 0);
		assert(strstr(text, line) && !strchr(line, '\n'));
		assert(*list[i].path == '/' && strncmp(list[i].path, "/..", 3) != 0);
		assert(list[i].is_unified == !*list[i].controllers);
		assert(list[i].is_tracking ==
		       (list[i].is_unified || strcmp(list[i].controllers, "name=systemd") == 0));
		/* the plan has room for each of them once */
		for (size_t j = 0; j < i; j++)
			assert(strcmp(list[i].controllers, list[j].controllers) != 0);
	}
	cgroup_hierarchies_free(list, n);
	return 0;
}
