/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program: its n-th allocation fails, those of its libraries and of the loader
 * included. strdup(3), asprintf(3) and others of the C library come here for their memory, too.
 */
#include "fail-allocation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* by these names glibc has what is replaced here */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static FailAllocation *plan;

__attribute__((constructor)) static void load(void)
{
	const char *path = getenv(FAIL_ALLOCATION_VARIABLE);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		abort();
	memory = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		abort();
	(void) close(fd);
	plan = memory;
	plan->n_calls = 0;
}

static bool is_refused(void)
{
	if (!plan)
		return false;
	plan->n_calls++;
	if (plan->n_calls != plan->fail_at &&
	    !(plan->ever_after && plan->fail_at > 0 && plan->n_calls > plan->fail_at))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return is_refused() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *memory = aligned_alloc(alignment, size);

	if (!memory)
		return ENOMEM;
	*ret = memory;
	return 0;
}
