/* SPDX-License-Identifier: Apache-2.0 */
/* The container's process: pinned while it lives, refused when it does not, and its root. */
#include "container-process.h"

#include <limits.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "no-leak-check.h"
#include "tap.h"

/* A child that waits to be killed. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		/* also when the test fails */
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void) pause();
		_exit(EXIT_SUCCESS);
	}
	return pid;
}

static void test_pin(void)
{
	cleanup_container_process ContainerProcess process = CONTAINER_PROCESS_NULL;
	pid_t pid = start_child();
	siginfo_t info;

	input_need_pidfd_open();
	ASSERT_OK(container_process_pin(pid, &process));
	ASSERT_EQ(process.pid, pid);
	ASSERT(fcntl(process.pidfd, F_GETFD) & FD_CLOEXEC);
	ASSERT(fcntl(process.proc_fd, F_GETFD) & FD_CLOEXEC);
	ASSERT_EQ(faccessat(process.proc_fd, "ns/mnt", F_OK, 0), 0);
	ASSERT_EQ(container_process_is_alive(&process), 1);

	/* dead as soon as it has ended, not only when its parent has looked */
	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_SYS(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));
	ASSERT_EQ(container_process_is_alive(&process), 0);
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	ASSERT_EQ(container_process_is_alive(&process), 0);

	container_process_done(&process);
	ASSERT_EQ(container_process_is_alive(&process), 0);
	container_process_done(&process);
}

static void *wait_in_thread(void *data)
{
	pid_t *tid = data;

	__atomic_store_n(tid, (pid_t) syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	(void) pause();
	return NULL;
}

static void test_pin_refuses(void)
{
	ContainerProcess process = {.pid = 17, .pidfd = -17, .proc_fd = -17};
	pid_t zombie = start_child(), gone = start_child(), tid = 0;
	siginfo_t info;
	pthread_t thread;

	input_need_pidfd_open();
	ASSERT_SYS(kill(gone, SIGKILL));
	ASSERT_EQ(waitpid(gone, NULL, 0), gone);
	ASSERT_EQ(container_process_pin(gone, &process), -ESRCH);
	ASSERT_EQ(container_process_pin(0, &process), -ESRCH);
	ASSERT_EQ(container_process_pin(INT_MAX, &process), -ESRCH);
	ASSERT_EQ(container_process_pin(-1, &process), -ESRCH);
	ASSERT_EQ(container_process_pin(INT_MIN, &process), -ESRCH);

	/* not yet waited for */
	ASSERT_SYS(kill(zombie, SIGKILL));
	ASSERT_SYS(waitid(P_PID, (id_t) zombie, &info, WEXITED | WNOWAIT));
	ASSERT_EQ(container_process_pin(zombie, &process), -ESRCH);
	ASSERT_EQ(waitpid(zombie, NULL, 0), zombie);

	/* a thread is no process */
	ASSERT_EQ(pthread_create(&thread, NULL, wait_in_thread, &tid), 0);
	while (__atomic_load_n(&tid, __ATOMIC_SEQ_CST) == 0)
		(void) usleep(100);
	ASSERT_EQ(container_process_pin(tid, &process), -ESRCH);
	ASSERT_EQ(process.pid, 17);
	ASSERT_EQ(process.pidfd, -17);
}

/* In a new PID namespace with the /proc of the old one, where each number is another process's. */
static void test_pin_in_proc_of_another_namespace(void)
{
	ContainerProcess process = {.pid = 17, .pidfd = -17, .proc_fd = -17};
	int status;
	pid_t pid;

	input_need_pidfd_open();
	namespace_enter("/");
	if (unshare(CLONE_NEWPID) < 0)
		tap_skip("kernel: no PID namespaces");
	pid = fork();
	ASSERT_SYS(pid);
	if (pid > 0) {
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
	}
	ASSERT_EQ(getpid(), 1);
	ASSERT_EQ(container_process_pin(1, &process), CONTAINER_PROCESS_E_OTHER_PROC);
	ASSERT_EQ(process.pidfd, -17);

	/* and with its own */
	if (mount("proc", "/proc", "proc", 0, "") < 0)
		tap_skip("kernel: no /proc can be mounted");
	ASSERT_EQ(container_process_pin(1, &process), 0);
	container_process_done(&process);
}

/* Each mistake leaves no descriptor behind. */
static void test_no_leak(void)
{
	ContainerProcess process = CONTAINER_PROCESS_NULL;
	int before, after;

	input_need_openat2();
	before = dup(STDIN_FILENO);
	ASSERT_SYS(close(before));
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(container_process_pin(INT_MAX, &process), -ESRCH);
	for (int i = 0; i < 100; i++) {
		ASSERT_OK(container_process_pin(getpid(), &process));
		ASSERT_EQ(container_process_open_root(&process, "/gone"), -ENOENT);
		container_process_done(&process);
	}
	after = dup(STDIN_FILENO);
	ASSERT_EQ(before, after);
	ASSERT_SYS(close(after));
}

/* The root file system is that of the container's mount namespace, which ours does not show. */
static void test_open_root(void)
{
	cleanup_container_process ContainerProcess process = CONTAINER_PROCESS_NULL;
	cleanup_close int directory_fd = input_directory(), fd = -1;
	char path[PATH_MAX + 32];
	int ready[2];
	pid_t pid;
	char byte;

	input_need_openat2();
	ASSERT_SYS(mkdirat(directory_fd, "root", 0755));
	ASSERT_SYS(symlinkat("root", directory_fd, "link"));
	input_write_file(directory_fd, "file", "", 0644);
	ASSERT_SYS(pipe2(ready, O_CLOEXEC));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		namespace_enter(input_directory_path);
		ASSERT_SYS(mount("tmpfs", "root", "tmpfs", 0, "size=64k"));
		ASSERT_SYS(mkdir("root/only-inside", 0755));
		ASSERT_EQ(write(ready[1], "x", 1), 1);
		(void) pause();
		_exit(EXIT_SUCCESS);
	}
	ASSERT_SYS(close(ready[1]));
	if (read(ready[0], &byte, 1) != 1) {
		int status;

		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
	}

	ASSERT_OK(container_process_pin(pid, &process));
	(void) snprintf(path, sizeof(path), "%s/root", input_directory_path);
	fd = container_process_open_root(&process, path);
	ASSERT_OK(fd);
	ASSERT_EQ(faccessat(fd, "only-inside", F_OK, 0), 0);
	ASSERT_EQ(faccessat(directory_fd, "root/only-inside", F_OK, 0), -1);
	fd = close_fd(fd);

	(void) snprintf(path, sizeof(path), "%s/link", input_directory_path);
	fd = container_process_open_root(&process, path);
	ASSERT_OK(fd);
	ASSERT_EQ(faccessat(fd, "only-inside", F_OK, 0), 0);

	(void) snprintf(path, sizeof(path), "%s/file", input_directory_path);
	ASSERT_EQ(container_process_open_root(&process, path), -ENOTDIR);
	(void) snprintf(path, sizeof(path), "%s/gone", input_directory_path);
	ASSERT_EQ(container_process_open_root(&process, path), -ENOENT);
	ASSERT_EQ(container_process_open_root(&process, "/proc/self/root"), -ELOOP);

	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	ASSERT(container_process_open_root(&process, "/") < 0);
}

TAP_MAIN(TAP(test_pin), TAP(test_pin_refuses), TAP(test_pin_in_proc_of_another_namespace),
	 TAP(test_no_leak), TAP(test_open_root))
