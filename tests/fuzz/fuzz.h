/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets share: input as text or as file, and checks of results that do not ask our own code. */
#ifndef FUZZ_H
#define FUZZ_H

/* a target that asserts nothing is none */
#undef NDEBUG
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"
#include "oci-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HEX "0123456789abcdef"
#define FUZZ_DIGITS "0123456789"

/* fuzz_text() - the input up to its first NUL; to be freed */
__attribute__((unused)) static char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *) data, size);

	assert(text);
	return text;
}

/* fuzz_file() - a file that reads as the input */
__attribute__((unused)) static int fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t) size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* fuzz_config() - read the input as the config.json of a bundle that is there only for the call */
__attribute__((unused)) static int fuzz_config(const uint8_t *data, size_t size, OciState *state,
					       OciConfig *ret, ParseError *reterr)
{
	char bundle[] = "/dev/shm/fuzz-config.XXXXXX", path[sizeof(bundle) + 20], link[64];
	cleanup_close int fd = fuzz_file(data, size);
	int r;

	state->bundle = mkdtemp(bundle);
	assert(state->bundle);
	(void) snprintf(path, sizeof(path), "%s/config.json", bundle);
	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert(symlink(link, path) == 0);
	r = oci_config_load(state, ret, reterr);
	assert(unlink(path) == 0 && rmdir(bundle) == 0);
	state->bundle = "/";
	return r;
}

/* fuzz_byte() - the next byte of the input, 0 at its end */
__attribute__((unused)) static uint8_t fuzz_byte(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	(*size)--;
	return *(*data)++;
}

/* fuzz_is_id() - 32 lower-case hexadecimal digits */
__attribute__((unused)) static bool fuzz_is_id(const char *text)
{
	return strlen(text) == 32 && strspn(text, FUZZ_HEX) == 32;
}

/* fuzz_is_label() - one label of a host name (RFC 1123), which `localhost…` is not for us */
__attribute__((unused)) static bool fuzz_is_label(const char *text)
{
	const size_t length = strlen(text);

	return length > 0 && length <= 63 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
		       length &&
	       text[0] != '-' && text[length - 1] != '-' && strncasecmp(text, "localhost", 9) != 0;
}

/* fuzz_is_path() - absolute, with no empty, `.` or `..` component; "/" for the root */
__attribute__((unused)) static bool fuzz_is_path(const char *text)
{
	if (strcmp(text, "/") == 0)
		return true;
	do {
		size_t length = strcspn(text + 1, "/");

		if (*text != '/' || length == 0 || strncmp(text, "/.", length + 1) == 0 ||
		    strncmp(text, "/..", length + 1) == 0)
			return false;
		text += length + 1;
	} while (*text);
	return true;
}

/* fuzz_has_word() - whether a word is one of those that a text has between separators */
__attribute__((unused)) static bool fuzz_has_word(const char *text, const char *word, size_t length,
						  char separator)
{
	const char separators[] = {separator, '\0'};

	for (;;) {
		size_t n = strcspn(text, separators);

		if (n == length && memcmp(text, word, n) == 0)
			return true;
		if (!text[n])
			return false;
		text += n + 1;
	}
}

#endif
