/* SPDX-License-Identifier: Apache-2.0 */
/* That waiting ends: for data, for a listener that accepts nobody, and while signals come in. */
#include "register-machine-hook/deadline.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "input.h"

#define LIMIT_USEC 200000

static void expect_used_up(const Deadline *deadline, uint64_t at_most)
{
	/* how late it is: the machine may be busy, so the bound is generous */
	Deadline reference = *deadline;

	ASSERT_EQ(deadline_left(&reference), 0);
	reference.usec += at_most;
	ASSERT(deadline_left(&reference) > 0);
}

static void test_left(void)
{
	Deadline deadline = deadline_in(60 * 1000000);

	ASSERT(deadline_left(&deadline) > 50 * 1000000);
	ASSERT(deadline_left(&deadline) <= 60 * 1000000);
	deadline = deadline_in(0);
	ASSERT_EQ(deadline_left(&deadline), 0);
}

static void test_poll(void)
{
	Deadline deadline = deadline_in(LIMIT_USEC);
	int fds[2];

	ASSERT_SYS(pipe(fds));
	ASSERT_EQ(deadline_poll(&deadline, fds[0], POLLIN), -ETIMEDOUT);
	expect_used_up(&deadline, 5000000);
	ASSERT_EQ(deadline_poll(&deadline, fds[0], POLLIN), -ETIMEDOUT);

	deadline = deadline_in(60 * 1000000);
	ASSERT_EQ(write(fds[1], "x", 1), 1);
	ASSERT_EQ(deadline_poll(&deadline, fds[0], POLLIN), 0);
	/* a hang-up is something to look at too */
	ASSERT_EQ(close(fds[1]), 0);
	ASSERT_EQ(deadline_poll(&deadline, fds[0], POLLIN), 0);
}

static void on_alarm(int signal_number)
{
	(void) signal_number;
}

static void test_poll_with_signals(void)
{
	const struct itimerval every = {{0, 10000}, {0, 10000}};
	const struct sigaction action = {.sa_handler = on_alarm};
	Deadline deadline = deadline_in(LIMIT_USEC);
	int fds[2];

	ASSERT_SYS(pipe(fds));
	ASSERT_SYS(sigaction(SIGALRM, &action, NULL));
	ASSERT_SYS(setitimer(ITIMER_REAL, &every, NULL));
	ASSERT_EQ(deadline_poll(&deadline, fds[0], POLLIN), -ETIMEDOUT);
	expect_used_up(&deadline, 5000000);
}

static int listen_at(const char *path, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ASSERT_SYS(fd);
	(void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ASSERT_SYS(bind(fd, (struct sockaddr *) &address, sizeof(address)));
	ASSERT_SYS(listen(fd, backlog));
	return fd;
}

static void test_pause(void)
{
	Deadline deadline = deadline_in(60 * 1000000);
	uint64_t before = deadline_left(&deadline);

	ASSERT_EQ(deadline_pause(&deadline, 2000), 0);
	ASSERT(before - deadline_left(&deadline) >= 2000);

	/* too long: not at all */
	ASSERT_EQ(deadline_pause(&deadline, 120 * 1000000), -ETIMEDOUT);
	ASSERT(deadline_left(&deadline) > 0);
}

static void test_connect(void)
{
	Deadline deadline = deadline_in(60 * 1000000);
	char path[PATH_MAX + 8];
	int listener, fd;

	ASSERT_SYS(input_directory());
	(void) snprintf(path, sizeof(path), "%s/socket", input_directory_path);
	ASSERT_EQ(deadline_connect(&deadline, path), -ENOENT);
	listener = listen_at(path, 4);
	fd = deadline_connect(&deadline, path);
	ASSERT_OK(fd);
	ASSERT(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ASSERT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ASSERT_SYS(close(listener));
	ASSERT_EQ(deadline_connect(&deadline, path), -ECONNREFUSED);

	memset(path, 'x', 200);
	path[200] = '\0';
	ASSERT_EQ(deadline_connect(&deadline, path), -ENAMETOOLONG);
}

static void test_connect_to_full_queue(void)
{
	Deadline deadline = deadline_in(60 * 1000000);
	char path[PATH_MAX + 8];

	ASSERT_SYS(input_directory());
	(void) snprintf(path, sizeof(path), "%s/socket", input_directory_path);
	ASSERT_SYS(listen_at(path, 0));
	ASSERT_OK(deadline_connect(&deadline, path));

	deadline = deadline_in(LIMIT_USEC);
	ASSERT_EQ(deadline_connect(&deadline, path), -ETIMEDOUT);
	expect_used_up(&deadline, 5000000);
	ASSERT_EQ(deadline_connect(&deadline, path), -ETIMEDOUT);
}

TAP_MAIN(TAP(test_left), TAP(test_poll), TAP(test_poll_with_signals), TAP(test_pause),
	 TAP(test_connect), TAP(test_connect_to_full_queue))
