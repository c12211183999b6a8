/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a descriptor leads, as far as that decides what may be written there. */
typedef enum StreamKind {
	STREAM_READER, /* terminal, anonymous pipe or socket: somebody reads it, nothing keeps it */
	STREAM_FILE,   /* regular file: keeps what is written, so nothing that a container chose */
	STREAM_OTHER,  /* anything else: nothing is written */
} StreamKind;

#define STREAM_LEFT_OUT "[...]"

StreamKind stream_kind(int fd);
void stream_prepare_stdout(void);
const char *stream_text(int fd, const char *text);
