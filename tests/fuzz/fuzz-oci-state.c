/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever comes from stdin: it is read, or refused with a place and a reason. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "oci-state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_oci_state OciState state = {};
	ParseError error = {};
	cleanup_close int fd = -1;
	int r;

	fd = memfd_create("state", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t) size && lseek(fd, 0, SEEK_SET) == 0);
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
