/* SPDX-License-Identifier: Apache-2.0 */
/* A machined is asked only where a number means the same process to it as to us. */
#include "register-machine-hook/machined-peer.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "no-leak-check.h"
#include "tap.h"

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void name_socket(void)
{
	ASSERT_SYS(input_directory());
	ASSERT(snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket",
			input_directory_path) < (int) sizeof(address.sun_path));
}

static void listen_there(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ASSERT_SYS(bind(fd, (struct sockaddr *) &address, sizeof(address)));
	ASSERT_SYS(listen(fd, 4));
}

static void expect_connect(int wanted, const char *reason)
{
	Machined machined = MACHINED_NULL;

	machined.deadline = deadline_in(20000000);
	ASSERT_EQ(machined_connect(&machined, address.sun_path, &machined.fd), wanted);
	ASSERT_EQ(machined.fd >= 0, wanted == 0);
	ASSERT_STREQ(machined.reason, reason);
}

#define OTHER_PID_NAMESPACE "it is in another PID namespace than this hook"

/* fork() that tells the parent when the child has called ready() */
static int ready_pipe[2];

static pid_t start(void)
{
	pid_t pid;

	ASSERT_SYS(pipe(ready_pipe));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		ASSERT_SYS(close(ready_pipe[0]));
	} else {
		ASSERT_SYS(close(ready_pipe[1]));
	}
	return pid;
}

static void ready(void)
{
	ASSERT_EQ(write(ready_pipe[1], "x", 1), 1);
}

static void wait_until_ready(void)
{
	char byte;

	ASSERT_EQ(read(ready_pipe[0], &byte, 1), 1);
}

/* end_as() - end as a child of ours has ended, be it by an assertion or a skip */
static void end_as(pid_t pid)
{
	int status;

	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

/* enter_pid_namespace() - go on as the first process of a new one */
static void enter_pid_namespace(void)
{
	pid_t pid;

	namespace_enter("/");
	if (unshare(CLONE_NEWPID) < 0)
		tap_skip("kernel: no PID namespaces");
	pid = fork();
	ASSERT_SYS(pid);
	if (pid > 0)
		end_as(pid);
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void test_same_namespace(void)
{
	pid_t pid;

	name_socket();
	pid = start();
	if (pid == 0) {
		listen_there();
		ready();
		(void) pause();
	}
	wait_until_ready();
	expect_connect(0, "");
}

/* The socket of a bus may have been made by a process that has ended. */
static void test_who_listened_has_ended(void)
{
	pid_t pid;
	int fd;

	name_socket();
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ASSERT_SYS(bind(fd, (struct sockaddr *) &address, sizeof(address)));
	pid = start();
	if (pid == 0) {
		ASSERT_SYS(listen(fd, 4));
		_exit(EXIT_SUCCESS);
	}
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	expect_connect(0, "");
}

static void test_hook_in_inner_namespace(void)
{
	name_socket();
	listen_there();
	enter_pid_namespace();
	ASSERT_EQ(getpid(), 1);
	expect_connect(MACHINED_E_ELSEWHERE, OTHER_PID_NAMESPACE);
}

static void test_hook_in_another_inner_namespace(void)
{
	pid_t pid;

	name_socket();
	pid = start();
	if (pid == 0) {
		enter_pid_namespace();
		listen_there();
		ready();
		(void) pause();
	}
	wait_until_ready();
	enter_pid_namespace();
	expect_connect(MACHINED_E_ELSEWHERE, OTHER_PID_NAMESPACE);
}

static void test_machined_in_inner_namespace(void)
{
	pid_t pid;

	name_socket();
	pid = start();
	if (pid == 0) {
		enter_pid_namespace();
		listen_there();
		ready();
		(void) pause();
	}
	wait_until_ready();
	expect_connect(MACHINED_E_ELSEWHERE, OTHER_PID_NAMESPACE);
}

/* Number 1 of the hook's own namespace listens, and /proc is that of another one. */
static void test_first_process_of_the_same_namespace(void)
{
	pid_t pid;

	name_socket();
	enter_pid_namespace();
	listen_there();
	pid = fork();
	ASSERT_SYS(pid);
	if (pid > 0)
		end_as(pid);
	ASSERT_EQ(getppid(), 1);
	expect_connect(0, "");
}

static void test_nobody_listens(void)
{
	name_socket();
	expect_connect(MACHINED_E_ABSENT, "");
}

TAP_MAIN(TAP(test_same_namespace), TAP(test_who_listened_has_ended),
	 TAP(test_hook_in_inner_namespace), TAP(test_hook_in_another_inner_namespace),
	 TAP(test_machined_in_inner_namespace), TAP(test_first_process_of_the_same_namespace),
	 TAP(test_nobody_listens))
