/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errnos.h"
#include "fail-allocation.h"

#define LIMIT_SEC 30
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |    \
	 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* How far a run has come. */
typedef struct Run {
	const Fault *fault;
	Outcome *outcome;
	pid_t pid;   /* of the program */
	pid_t child; /* of its, while there is one; then the program waits */
	unsigned int n_calls;
	pid_t failing; /* process whose call was cancelled, and has to be told so */
	bool is_over;  /* the program has ended */
} Run;

/* what main() of both hooks does first */
#define FIRST_CALL_OF_MAIN SYS_umask

static volatile sig_atomic_t time_is_up;

static void on_alarm(int number)
{
	(void) number;
	time_is_up = 1;
}

/** fault_is_possible() - whether system calls can be made to fail on this kind of machine */
bool fault_is_possible(void)
{
#ifdef __x86_64__
	return true;
#else
	return false;
#endif
}

/* cancel_call() - have the call that a process is about to make not made */
static void cancel_call(pid_t pid)
{
#ifdef __x86_64__
	if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L) < 0)
		err(EXIT_FAILURE, "ptrace");
#else
	(void) pid;
#endif
}

/* set_result() - have it fail */
static void set_result(pid_t pid, int error)
{
#ifdef __x86_64__
	if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), -(long) error) < 0)
		err(EXIT_FAILURE, "ptrace");
#else
	(void) pid, (void) error;
#endif
}

static void go_on(enum __ptrace_request how, pid_t pid, int signal)
{
	/* it may have been killed */
	if (ptrace(how, pid, NULL, (void *) (intptr_t) signal) < 0 && errno != ESRCH)
		err(EXIT_FAILURE, "ptrace");
}

/* let_go() - the fault is done: on without us */
static void let_go(Run *run)
{
	if (run->child > 0)
		go_on(PTRACE_DETACH, run->child, 0);
	go_on(PTRACE_DETACH, run->pid, 0);
	run->child = 0;
}

/*
 * number_of() - of the call; a look at what is open already is fstat(2), and an openat(2) that makes
 * a file is creat(2), by whatever call
 */
static long number_of(const struct __ptrace_syscall_info *info)
{
	bool is_fstat = (info->entry.nr == SYS_newfstatat && info->entry.args[3] & AT_EMPTY_PATH) ||
			(info->entry.nr == SYS_statx && info->entry.args[2] & AT_EMPTY_PATH);

	if (info->entry.nr == SYS_openat && info->entry.args[2] & O_CREAT)
		return SYS_creat;
	return is_fstat ? SYS_fstat : (long) info->entry.nr;
}

/* peek_text() - a text of the process's, cut where it is too long */
static void peek_text(pid_t pid, unsigned long address, char *ret, size_t size)
{
	for (size_t n = 0; n + sizeof(long) < size; n += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKDATA, pid, (void *) (address + n), NULL);

		memcpy(ret + n, &word, sizeof(word));
		if (memchr(&word, '\0', sizeof(word)))
			return;
	}
}

/*
 * name_subject() - what a call is about: a path as the process gives it, with the name of the
 * directory in front where it counts from one; of other calls the name of their descriptor
 */
static void name_subject(pid_t pid, const struct __ptrace_syscall_info *info, char *ret,
			 size_t size)
{
	int fd = 0, path = -1; /* which arguments they are */
	size_t offset = 0;
	char text[256] = "", link[64], directory[256] = "";
	long number = (long) info->entry.nr;

	switch (number) {
	case SYS_access:
	case SYS_readlink:
	case SYS_statfs:
		path = 0;
		break;
	case SYS_connect:
		path = 1;
		offset = offsetof(struct sockaddr_un, sun_path);
		break;
	case SYS_symlinkat:
		fd = 1;
		path = 2;
		break;
	case SYS_openat:
	case SYS_openat2:
	case SYS_newfstatat:
	case SYS_statx:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_mkdirat:
		path = 1;
		break;
	default:
		break;
	}
	if (path >= 0)
		peek_text(pid, info->entry.args[path] + offset, text, sizeof(text));
	(void) snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, (int) info->entry.args[fd]);
	/* to openat2(2) as the hooks use it, "/" is that directory, too */
	if ((*text != '/' || number == SYS_openat2) &&
	    readlink(link, directory, sizeof(directory) - 1) == 1)
		*directory = '\0'; /* "/" */
	(void) snprintf(ret, size, "%s%s%s", directory, *text && *text != '/' ? "/" : "", text);
}

/* meet_call() - a process is about to make a system call */
static void meet_call(Run *run, pid_t pid, const struct __ptrace_syscall_info *info)
{
	long number = number_of(info);
	const CallErrors *errors = call_errors_find(number);
	Outcome *outcome = run->outcome;

	outcome->in_main |= number == FIRST_CALL_OF_MAIN;
	outcome->is_inside |= number == SYS_setns;
	if (++run->n_calls != run->fault->number) {
		go_on(PTRACE_SYSCALL, pid, 0);
		return;
	}
	outcome->is_hit = true;
	(void) snprintf(outcome->call, sizeof(outcome->call), "%s", errors->name);
	name_subject(pid, info, outcome->subject, sizeof(outcome->subject));
	if (run->fault->kind == FAULT_KILL) {
		(void) kill(run->pid, SIGKILL);
		go_on(PTRACE_CONT, pid, 0); /* where it is a child, that comes to its end */
		return;
	}
	while (outcome->n_errors < CALL_ERRORS_MAX && errors->errors[outcome->n_errors])
		outcome->n_errors++;
	if (outcome->n_errors == 0) {
		let_go(run);
		return;
	}
	outcome->error = errors->errors[run->fault->which % outcome->n_errors];
	cancel_call(pid);
	run->failing = pid;
	go_on(PTRACE_SYSCALL, pid, 0);
}

static void meet_syscall_stop(Run *run, pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (run->failing == pid) {
		set_result(pid, run->outcome->error);
		run->failing = 0;
		let_go(run);
		return;
	}
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *) sizeof(info), &info) < 0)
		err(EXIT_FAILURE, "ptrace");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		meet_call(run, pid, &info);
	else
		go_on(PTRACE_SYSCALL, pid, 0);
}

static void meet_stop(Run *run, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long child;

	if (signal == SYSCALL_STOP) {
		meet_syscall_stop(run, pid);
	} else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
		   event == PTRACE_EVENT_VFORK) {
		/* stays where it is until the child has ended: so calls have the same number again */
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) < 0)
			err(EXIT_FAILURE, "ptrace");
		run->child = (pid_t) child;
	} else {
		/* a traced child begins with a SIGSTOP, which is ours */
		go_on(PTRACE_SYSCALL, pid, event || signal == SIGSTOP ? 0 : signal);
	}
}

/* follow() - to the end of the program, and of its child if it was killed */
static void follow(Run *run)
{
	struct sigaction action = {.sa_handler = on_alarm};
	int status;
	pid_t pid;

	time_is_up = 0;
	(void) sigaction(SIGALRM, &action, NULL);
	(void) alarm(LIMIT_SEC);
	while (!run->is_over || run->child > 0) {
		pid = waitpid(run->child > 0 ? run->child : run->pid, &status, __WALL);
		if (pid < 0 && errno == EINTR && time_is_up) {
			run->outcome->is_hung = true;
			(void) kill(run->pid, SIGKILL);
			if (run->child > 0)
				(void) kill(run->child, SIGKILL);
		} else if (pid < 0) {
			err(EXIT_FAILURE, "waitpid");
		} else if (WIFSTOPPED(status)) {
			meet_stop(run, pid, status);
		} else if (pid == run->child) {
			run->child = 0;
			go_on(PTRACE_SYSCALL, run->pid, 0);
		} else {
			run->outcome->status = status;
			run->is_over = true;
		}
	}
	(void) alarm(0);
}

/* fail_allocations() - the plan for the preloaded library */
static FailAllocation *fail_allocations(const Fault *fault, char *ret_variable, size_t size)
{
	static FailAllocation *plan;
	static int fd = -1;

	if (!plan) {
		fd = memfd_create("plan", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, sizeof(*plan)) < 0)
			err(EXIT_FAILURE, "memory");
		plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (plan == MAP_FAILED)
			err(EXIT_FAILURE, "memory");
	}
	*plan = (FailAllocation){.fail_at = fault->number,
				 .ever_after = fault->kind == FAULT_ALLOCATIONS};
	(void) snprintf(ret_variable, size, FAIL_ALLOCATION_VARIABLE "=/proc/%d/fd/%d", getpid(),
			fd);
	return plan;
}

static _Noreturn void become_program(const char *const argv[], int stdin_fd, int stderr_fd,
				     char *const envp[], bool is_traced)
{
	if (dup2(stdin_fd, STDIN_FILENO) < 0 || lseek(STDIN_FILENO, 0, SEEK_SET) < 0 ||
	    dup2(stderr_fd, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	if (is_traced && (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0))
		_exit(EXIT_FAILURE);
	(void) execve(argv[0], (char *const *) argv, envp);
	_exit(EXIT_FAILURE);
}

static int count_programs(const char *const argv[])
{
	int n = 1;

	for (; *argv; argv++)
		n += strcmp(*argv, "--") == 0;
	return n;
}

/* begin() - start the program; where it is traced, it has made no call yet */
static pid_t begin(const char *const argv[], int stdin_fd, int stderr_fd, char *const envp[],
		   bool is_traced)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(EXIT_FAILURE, "fork");
	if (pid == 0)
		become_program(argv, stdin_fd, stderr_fd, envp, is_traced);
	if (!is_traced)
		return pid;
	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *) OPTIONS) < 0)
		errx(EXIT_FAILURE, "cannot trace %s", argv[0]);
	for (int n = count_programs(argv); n > 0; n--)
		if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0 ||
		    status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			errx(EXIT_FAILURE, "cannot run %s", argv[0]);
	go_on(PTRACE_SYSCALL, pid, 0);
	return pid;
}

/**
 * fault_run() - run a program with a fault
 * @argv: the program, by its path, and its arguments; before it maybe another program that runs it,
 * whose arguments end in `--`
 * @stdin_fd: its standard input, from the beginning
 * @fault: the fault
 * @ret: what became of it
 */
void fault_run(const char *const argv[], int stdin_fd, const Fault *fault, Outcome *ret)
{
	static int messages[2] = {-1, -1};
	bool is_traced = fault->kind == FAULT_ERROR || fault->kind == FAULT_KILL;
	char preload[4096] = "ASAN_OPTIONS=detect_leaks=0", variable[64];
	char *envp[] = {preload, NULL, NULL};
	const char *build = getenv("TOP_BUILDDIR");
	FailAllocation *plan = NULL;
	char rest[4096];
	ssize_t n;

	*ret = (Outcome){};
	/* a pipe: a file gets no text that a container chose */
	if (messages[0] < 0 &&
	    (pipe2(messages, O_CLOEXEC) < 0 || fcntl(messages[0], F_SETFL, O_NONBLOCK) < 0))
		err(EXIT_FAILURE, "pipe");
	if (fault->kind == FAULT_ALLOCATION || fault->kind == FAULT_ALLOCATIONS) {
		plan = fail_allocations(fault, variable, sizeof(variable));
		(void) snprintf(preload, sizeof(preload),
				"LD_PRELOAD=%s/tests/faults/fail-allocation.so", build ?: ".");
		envp[1] = variable;
	}

	follow(&(Run){.fault = fault,
		      .outcome = ret,
		      .pid = begin(argv, stdin_fd, messages[1], envp, is_traced)});
	if (plan) {
		ret->is_hit = plan->n_calls >= fault->number;
		ret->in_main = true;
		(void) strcpy(ret->call, "allocation");
	}
	n = read(messages[0], ret->messages, sizeof(ret->messages) - 1);
	ret->messages[n < 0 ? 0 : n] = '\0';
	/* the rest is not for the next run */
	while (n > 0)
		n = read(messages[0], rest, sizeof(rest));
}
