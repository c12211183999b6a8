/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a bundle's config.json: it is read, or refused with a place and a reason. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "oci-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A bundle made once a process, with the input as its config.json. */
static bool bundle_write(int bundle, const uint8_t *data, size_t size)
{
	cleanup_close int fd = -1;

	fd = openat(bundle, "config.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd >= 0 && write(fd, data, size) == (ssize_t) size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char bundle[] = "/tmp/fuzz-oci-config.XXXXXX";
	OciState state = {.id = "fuzz", .bundle = bundle, .pid = 0};
	cleanup_oci_config OciConfig config = {};
	ParseError error = {};
	cleanup_close int fd = -1;
	int r;

	if (!mkdtemp(bundle))
		return 0;
	fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && bundle_write(fd, data, size)) {
		r = oci_config_load(&state, &config, &error);
		assert(r < 0 ? !config.json : config.root_path && config.root_path[0] == '/');
		assert(r != -EINVAL || (error.source && error.reason[0]));
		(void) oci_config_is_kubernetes(&config);
		(void) oci_config_env(&config, "container_uuid");
		(void) oci_config_mount_over(&config, "/run/lock");
	}
	(void) unlinkat(fd, "config.json", 0);
	(void) rmdir(bundle);
	return 0;
}
