/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel may write as an answer to statmount(2), from an old version or a new one: root and options are read
 * from within it. The linker puts what is below in the place of the calls (tests/module.am).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "systemd-hook/mount-table.h"
#include "systemd-hook/statmount.h"

#define SYS_STATMOUNT 457
#define ANSWER_HEAD 512 /* struct statmount before its strings */
#define ROOT_AT 104	/* where in it is told where in the strings the root is */
#define MASK_ROOT 0x8U
#define MASK_OPTIONS 0x80U
#define MASK_SOURCE 0x200U

int __wrap_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct statx *ret);
long __wrap_syscall(long number, ...);

static const uint8_t *answer;
static size_t answer_size;

int __wrap_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct statx *ret)
{
	*ret = (struct statx){.stx_mask = mask};
	return 0;
}

long __wrap_syscall(long number, ...)
{
	va_list arguments;
	void *buffer;
	size_t size;

	assert(number == SYS_STATMOUNT);
	va_start(arguments, number);
	(void) va_arg(arguments, void *);
	buffer = va_arg(arguments, void *);
	size = va_arg(arguments, size_t);
	va_end(arguments);
	if (answer_size > size) {
		errno = EOVERFLOW;
		return -1;
	}
	memcpy(buffer, answer, answer_size);
	return 0;
}

/* has_nsdelegate() - whether it is one of the words between commas, with a value or without */
static bool has_nsdelegate(const char *options)
{
	for (;; options++) {
		size_t length = strcspn(options, ",");

		if (length >= 10 && strncmp(options, "nsdelegate", 10) == 0 &&
		    (length == 10 || options[10] == '='))
			return true;
		options += length;
		if (!*options)
			return false;
	}
}

/* check_string() - a string of the answer: what the kernel did not write of it is nothing */
static void check_string(const char *string, size_t at)
{
	size_t begin = ANSWER_HEAD + at;

	if (begin >= answer_size)
		assert(!*string);
	else
		assert(strlen(string) ==
			       strnlen((const char *) answer + begin, answer_size - begin) &&
		       memcmp(string, answer + begin, strlen(string)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct {
		uint32_t size, options;
		uint64_t mask;
	} head = {};
	cleanup_free char *root = NULL, *options = NULL, *alone = NULL;
	uint32_t root_at = 0;
	int r;

	answer = data;
	answer_size = size;
	memcpy(&head, data, MIN(size, sizeof(head)));
	if (size > ROOT_AT)
		memcpy(&root_at, data + ROOT_AT, MIN(size - ROOT_AT, sizeof(root_at)));

	r = statmount_read(-1, &root, &options);
	assert(r == 0 || r == -ENODATA || r == -EOVERFLOW);
	assert(!root == (r < 0) && !options == (r < 0));
	if (r == 0) {
		assert(head.mask & MASK_ROOT);
		check_string(root, root_at);
	}
	r = statmount_read(-1, NULL, &alone);
	assert(r == 0 || r == -ENODATA || r == -EOVERFLOW);
	if (r < 0)
		return 0;
	assert(head.mask & (MASK_OPTIONS | MASK_SOURCE));
	if (head.mask & MASK_OPTIONS)
		check_string(alone, head.options);
	else
		assert(!*alone);
	assert(mount_table_has_nsdelegate(-1) == has_nsdelegate(alone));
	return 0;
}
