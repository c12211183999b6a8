/* SPDX-License-Identifier: Apache-2.0 */
/* A container's id, a line break, and a text in the form of /proc/PID/cgroup. */
#include "fuzz.h"
#include "register-machine-hook/unit.h"
#include "systemd-hook/cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *path = NULL;
	char *cgroup = text, *id = strsep(&cgroup, "\n");

	if (!cgroup || !*id)
		return 0;
	for (int is_user = 0; is_user <= 1; is_user++) {
		cleanup_unit Unit unit = {};

		assert(unit_from_cgroup(cgroup, id, is_user, &unit) == 0);
		assert((unit.verdict == UNIT_NONE) == !unit.name[0]);
		assert(!strchr(unit.name, '/') && (unit.verdict == UNIT_NONE || unit.cgroup));
		/* only what names the container is its own */
		assert(unit.verdict != UNIT_OWN || strstr(unit.cgroup, id));
	}
	if (cgroup_path_from_text(cgroup, &path) == 0) {
		cleanup_free char *line = NULL;

		assert(asprintf(&line, "0::%s", path) > 0);
		assert(fuzz_has_word(cgroup, line, strlen(line), '\n'));
		/* not out of our cgroup namespace */
		assert(*path == '/' && strncmp(path, "/..", 3) != 0);
	}
	return 0;
}
