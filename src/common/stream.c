/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stdout and stderr are. crun opens the file that a container's annotation run.oci.hooks.stderr
 * names, as root, for the output of its hooks. So text that a container chose must never get into a
 * file through us.
 */
#include "stream.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/**
 * stream_kind() - find out what may be written to a descriptor
 *
 * A named FIFO has a path, so it is none of the pipes that a caller makes.
 */
StreamKind stream_kind(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return STREAM_OTHER;
	if (S_ISREG(st.st_mode))
		return STREAM_FILE;
	if (S_ISSOCK(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd)))
		return STREAM_READER;
	if (S_ISFIFO(st.st_mode) && fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC)
		return STREAM_READER;
	return STREAM_OTHER;
}

/**
 * stream_text() - foreign text, if it may be written to a descriptor
 * @text: text that a container or its user chose
 *
 * Return: @text, or what stands in its place.
 */
const char *stream_text(int fd, const char *text)
{
	return stream_kind(fd) == STREAM_READER ? text : STREAM_LEFT_OUT;
}

/** stream_prepare_stdout() - write nothing to a stdout that is neither a reader nor a file */
void stream_prepare_stdout(void)
{
	if (stream_kind(STDOUT_FILENO) == STREAM_OTHER)
		(void) !freopen("/dev/null", "w", stdout);
}
