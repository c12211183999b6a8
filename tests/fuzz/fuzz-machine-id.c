/* SPDX-License-Identifier: Apache-2.0 */
/* A file at /etc/machine-id (machine-id(5)), of the image or mounted by the user: taken only if it is an id as a whole. */
#include "fuzz.h"
#include "identity.h"
#include "systemd-hook/observe-machine-id.h"

/* is_machine_id() - 32 hexadecimal digits or a UUID, and at most one line break behind */
static bool is_machine_id(const char *text, size_t size)
{
	static const char *const forms[] = {
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
	};

	if (size > 0 && text[size - 1] == '\n')
		size--;
	for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
		size_t n = 0;

		while (n < size && forms[i][n] &&
		       (forms[i][n] == '-' ? text[n] == '-'
					   : text[n] && strchr(FUZZ_HEX "ABCDEF", text[n])))
			n++;
		if (n == size && !forms[i][n])
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_close int fd = fuzz_file(data, size);
	cleanup_free char *path = NULL, *text = malloc(size + 1);
	OciMount mount = {.path = (char *) "/etc/machine-id", .type = "bind"};
	OciState state = {.id = "81f9f270b6608ffb6a500ac7ec36e13790c53cf7", .bundle = "/"};
	OciConfig config = {.mounts = &mount, .n_mounts = 1};
	IdentitySource source;
	MachineId id, seen;
	MachineIdState id_state;

	assert(text && asprintf(&path, "/proc/self/fd/%d", fd) > 0);
	memcpy(text, data, size);
	text[size] = '\0';
	mount.source = path;
	assert(identity_find(&state, &config, /* from_env= */ false, &id, &source) == 0);
	assert(fuzz_is_id(id.text));
	id_state = machine_id_state(text, size, &seen);
	assert((id_state == MACHINE_ID_VALID) == is_machine_id(text, size));
	assert((id_state == MACHINE_ID_EMPTY) == (size == 0));
	assert((source == IDENTITY_FROM_MOUNT) == is_machine_id(text, size));
	if (size == 0)
		assert(source == IDENTITY_FROM_CONTAINER);
	else if (source != IDENTITY_FROM_MOUNT)
		assert(source == IDENTITY_UNKNOWN || strncmp(text, "uninit", 6) == 0);
	if (id_state == MACHINE_ID_VALID)
		assert(machine_id_equal(&seen, &id));
	return 0;
}
