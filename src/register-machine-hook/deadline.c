/* SPDX-License-Identifier: Apache-2.0 */
/* One point in time that bounds a whole conversation, connecting included. */
#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "cleanup.h"

#define USEC_PER_SEC UINT64_C(1000000)

static uint64_t now(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

/** deadline_in() - the moment that is @usec microseconds away */
Deadline deadline_in(uint64_t usec)
{
	return (Deadline){now() + usec};
}

/** deadline_left() - microseconds that are left, 0 once it has passed */
uint64_t deadline_left(const Deadline *deadline)
{
	uint64_t t = now();

	return t < deadline->usec ? deadline->usec - t : 0;
}

/**
 * deadline_poll() - wait until a descriptor is ready
 * @deadline: how long at most
 * @fd: the descriptor
 * @events: as poll(2)
 *
 * Return: 0, -ETIMEDOUT, or the negative errno of poll(2).
 */
int deadline_poll(const Deadline *deadline, int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	for (;;) {
		/* rounded up: poll(2) with 0 would spin through the last millisecond */
		uint64_t left = (deadline_left(deadline) + 999) / 1000;
		int n;

		if (left == 0)
			return -ETIMEDOUT;
		n = poll(&poll_fd, 1, (int) left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/**
 * deadline_pause() - let some time pass
 * @deadline: how long at most
 * @usec: how long, in microseconds; less if a signal is caught
 *
 * Return: 0, or -ETIMEDOUT if the deadline comes before.
 */
int deadline_pause(const Deadline *deadline, uint64_t usec)
{
	struct timespec ts = {
		.tv_sec = (time_t) (usec / USEC_PER_SEC),
		.tv_nsec = (long) (usec % USEC_PER_SEC) * 1000,
	};

	if (usec >= deadline_left(deadline))
		return -ETIMEDOUT;
	(void) nanosleep(&ts, NULL);
	return 0;
}

/**
 * deadline_connect() - connect to a stream socket by its path
 * @deadline: how long at most
 * @path: the socket
 *
 * A listener that accepts nothing lets connect(2) wait as soon as its queue is full; there is no
 * poll(2) for that (a non-blocking connect just gives EAGAIN), but SO_SNDTIMEO bounds it.
 *
 * Return: a non-blocking descriptor, -ETIMEDOUT, or a negative errno.
 */
int deadline_connect(const Deadline *deadline, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;

	for (;;) {
		uint64_t left = deadline_left(deadline);
		struct timeval timeout = {
			.tv_sec = (time_t) (left / USEC_PER_SEC),
			.tv_usec = (suseconds_t) (left % USEC_PER_SEC),
		};

		if (left == 0) /* a timeout of 0 would be none */
			return -ETIMEDOUT;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
			return -errno;
		if (connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0)
			break;
		if (errno == EAGAIN)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return steal_fd(&fd);
}
