/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever comes from stdin: it is read, or refused with a place and a reason. */
#include <errno.h>

#include "fuzz.h"
#include "oci-state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_oci_state OciState state = {};
	ParseError error = {};
	cleanup_close int fd = fuzz_file(data, size);
	int r;

	r = oci_state_read(fd, &state, &error);
	assert(r == 0 || ((r == -EINVAL || r == -E2BIG) && error.place[0] && error.reason[0]));
	if (r < 0) {
		assert(!state.json);
		return 0;
	}
	assert(state.pid >= 0 && *state.bundle == '/');
	assert(*state.id && !strchr(state.id, '/') && strcmp(state.id, "..") != 0);
	return 0;
}
