/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a bundle's config.json: it is read, or refused with a place and a reason. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "decide.h"
#include "identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char bundle[] = "/dev/shm/fuzz-oci-config.XXXXXX", path[sizeof(bundle) + 20], link[64];
	OciState state = {.id = "fuzz", .bundle = mkdtemp(bundle)};
	cleanup_close int fd = memfd_create("config", MFD_CLOEXEC);
	cleanup_oci_config OciConfig config = {};
	IdentitySource source;
	ParseError error = {};
	Decision decision;
	MachineId id;
	int r;

	(void) snprintf(path, sizeof(path), "%s/config.json", bundle);
	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert(write(fd, data, size) == (ssize_t) size && symlink(link, path) == 0);
	r = oci_config_load(&state, &config, &error);
	assert(unlink(path) == 0 && rmdir(bundle) == 0);
	assert(r == 0 || ((r == -EINVAL || r == -E2BIG) && error.place[0] && error.reason[0]));
	assert(r < 0 ? !config.json : config.root_path[0] == '/');

	for (size_t i = 0; i < config.n_mounts; i++)
		assert(oci_config_mount_over(&config, config.mounts[i].path));
	if (r == 0)
		assert(identity_find(&state, &config, /* from_env= */ true, &id, &source) == 0);
	(void) decide(&config, OPT_NONE, fd, &decision);
	(void) oci_config_is_kubernetes(&config);
	return 0;
}
