/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that says to be systemd: two bytes that tell how much stands before the rest, so that the name can be on a
 * border of what is read at once. The version is the number behind the first name of the library.
 */
#include <fcntl.h>

#include "fuzz.h"
#include "systemd-hook/payload-version.h"

#define LIBRARY "libsystemd-shared-"
#define NUMBER_MAX 4

/* number_behind() - the decimal number that a text begins with, of so many digits at most */
static unsigned int number_behind(const char *text)
{
	char digits[NUMBER_MAX + 1] = "";

	memcpy(digits, text,
	       strspn(text, FUZZ_DIGITS) < NUMBER_MAX ? strspn(text, FUZZ_DIGITS) : NUMBER_MAX);
	return *digits ? (unsigned int) atoi(digits) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t before = fuzz_byte(&data, &size) * 256U + fuzz_byte(&data, &size);
	char directory[] = "/dev/shm/fuzz-payload-version.XXXXXX";
	const size_t length = before + size;
	OciConfig config = {.arg0 = "/init"};
	cleanup_close int root_fd = -1, fd = -1;
	cleanup_free char *text = calloc(1, length + NUMBER_MAX + 1);
	const char *found;
	unsigned int version;

	assert(text && mkdtemp(directory));
	memcpy(text + before, data, size);
	root_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = openat(root_fd, "init", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert(root_fd >= 0 && fd >= 0 && write(fd, text, length) == (ssize_t) length);
	version = payload_version(&config, root_fd);
	assert(unlinkat(root_fd, "init", 0) == 0 && rmdir(directory) == 0);

	found = memmem(text, length, LIBRARY, strlen(LIBRARY));
	if (!found)
		assert(version == 0);
	else if (found + strlen(LIBRARY) + NUMBER_MAX < text + length)
		assert(version == number_behind(found + strlen(LIBRARY)));
	else /* cut off where the file ends */
		assert(version == 0 || version == number_behind(found + strlen(LIBRARY)));
	return 0;
}
