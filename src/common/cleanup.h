/* SPDX-License-Identifier: Apache-2.0 */
/* Clean-up by attribute: a variable marked so is released when it goes out of scope. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* clang calls a variable unused that is there for its cleanup alone. */
#define cleanup(f) __attribute__((cleanup(f), unused))

static inline void cleanup_freep(void *p)
{
	free(*(void **) p);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		(void) close(*fd);
}

static inline void cleanup_closedirp(DIR **dir)
{
	if (*dir)
		(void) closedir(*dir);
}

static inline void cleanup_fclosep(FILE **file)
{
	if (*file)
		(void) fclose(*file);
}

#define cleanup_free cleanup(cleanup_freep)
#define cleanup_close cleanup(cleanup_closep)
#define cleanup_dir cleanup(cleanup_closedirp)
#define cleanup_file cleanup(cleanup_fclosep)

/* Hand a value over and leave nothing behind for the clean-up. */
#define steal_ptr(p)                                                                               \
	({                                                                                         \
		__typeof__(p) stolen = (p);                                                        \
		(p) = NULL;                                                                        \
		stolen;                                                                            \
	})

static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* Close and return -1, so that `fd = close_fd(fd)` never leaves a stale number. */
static inline int close_fd(int fd)
{
	if (fd >= 0)
		(void) close(fd);
	return -1;
}
