/* SPDX-License-Identifier: Apache-2.0 */
/* An id, a line break, and a text in the form of /proc/PID/uid_map: what an id is outside stands in it. */
#include <errno.h>

#include "bundle.h"
#include "fuzz.h"
#include "id-map.h"
#include "register-machine-hook/machined-instance.h"

/* maps() - whether one of the text's triples of numbers says so */
static bool maps(const char *text, uint64_t inside, uint64_t outside)
{
	unsigned long long values[3];
	char *end;

	for (;; text = end) {
		for (size_t i = 0; i < ELEMENTSOF(values); i++, text = end) {
			values[i] = strtoull(text, &end, 10);
			if (end == text)
				return false;
		}
		if (inside >= values[0] && inside - values[0] < values[2] &&
		    outside == values[1] + (inside - values[0]))
			return true;
	}
}

static void check_instance(const char *text, uint32_t self)
{
	MachinedInstance instance;
	char bus[64];
	uint32_t uid;

	machined_instance_from_uid_map(text, self, &instance);
	if (instance.scope == MACHINED_NONE) {
		assert(!*instance.bus_socket && !*instance.varlink_socket);
		return;
	}
	if (instance.scope == MACHINED_SYSTEM) {
		/* root of another user namespace is never taken for the host's */
		assert(maps(text, 0, 0) && maps(text, UINT32_MAX - 1, UINT32_MAX - 1));
		return;
	}
	assert(id_map_to_outside(text, self, &uid) == 0);
	(void) snprintf(bus, sizeof(bus), "/run/user/%u/bus", uid);
	assert(strcmp(instance.bus_socket, bus) == 0 && !*instance.varlink_socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	char *map = text;
	uint32_t inside = (uint32_t) strtoul(strsep(&map, "\n"), NULL, 10), outside;
	uid_t outer = 0;
	int r;

	if (!map)
		return 0;
	r = id_map_to_outside(map, inside, &outside);
	assert(r == 0 || r == -ENOENT || r == -EINVAL);
	/* the largest number is not an id, but "leave it" to chown(2) */
	if (r == 0)
		assert(outside != UINT32_MAX && maps(map, inside, outside));
	if (bundle_outer_uid(map, &outer))
		assert(outer != 0);
	check_instance(map, inside);
	return 0;
}
