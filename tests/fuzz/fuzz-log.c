/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's id and a text of its, by a NUL apart: whatever they are, the reader gets one line of
 * printable characters, and journald the fields that we name. The linker puts what is below in the place of
 * the calls that would write (tests/module.am).
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fuzz.h"
#include "log.h"
#include "stream.h"

StreamKind __wrap_stream_kind(int fd);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);

static size_t n_lines, n_entries;
static StreamKind kind;
static char said[8192];

static bool is_printable(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

ssize_t __wrap_writev(int fd, const struct iovec *iov, int n)
{
	size_t size = 0;

	assert(kind != STREAM_OTHER);
	assert(fd == STDERR_FILENO);
	for (int i = 0; i < n; i++) {
		assert(size + iov[i].iov_len < sizeof(said));
		memcpy(said + size, iov[i].iov_base, iov[i].iov_len);
		size += iov[i].iov_len;
	}
	assert(size > 0 && said[size - 1] == '\n' && is_printable(said, size - 1));
	said[size - 1] = '\0';
	n_lines++;
	return (ssize_t) size;
}

StreamKind __wrap_stream_kind(int fd)
{
	return kind;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	static const char *const fields[] = {"MESSAGE=", "PRIORITY=", "SYSLOG_FACILITY=",
					     "SYSLOG_IDENTIFIER=", "OCI_HOOKS_CONTAINER_ID="};
	const char *line = data, *end = line + size;

	for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
		const char *newline = memchr(line, '\n', (size_t) (end - line));

		assert(newline && is_printable(line, (size_t) (newline - line)));
		assert(strncmp(line, fields[i], strlen(fields[i])) == 0);
		line = newline + 1;
	}
	assert(line == end);
	n_entries++;
	return (ssize_t) size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *id = fuzz_text(data, size), *text = NULL;
	size_t length = strlen(id);

	text = length < size ? fuzz_text(data + length + 1, size - length - 1) : strdup("");
	assert(text);
	log_setup("fuzz-log");
	log_set_container(id);
	for (kind = STREAM_READER; kind <= STREAM_OTHER; kind++) {
		n_lines = n_entries = 0;
		assert(log_error_errno(-EINVAL, "Annotation '%.128s' of %.99s: %m", text, text) ==
		       -EINVAL);
		/* in a file there is nothing of the text, and nothing of an id that is no usual one */
		if (kind == STREAM_FILE)
			assert(strstr(said,
				      ": Annotation '[...]' of [...]: Invalid argument (see ") &&
			       strspn(said, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"
					    "23456789_.+-"
					    ":[]'() ") == strlen(said));
		log_warning("%.2000s", text);
		assert(n_lines == (kind == STREAM_OTHER ? 0 : 2) && n_entries == 2);
	}
	return 0;
}
