/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asserts for unit tests, printed as TAP. A test is a `static void test_x(void)`; the file ends in
 *
 *	TAP_MAIN(TAP(test_x), TAP(test_y))
 *
 * Each test runs in a child with a process group of its own: a crash or a hang fails that test alone,
 * it may change namespaces, directories and limits, and what it leaves running is killed. An assert
 * that fails ends its test.
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct TapTest {
	const char *name;
	void (*function)(void);
} TapTest;

enum {
	TAP_EXIT_SKIP = 77,
	TAP_TIMEOUT_SEC = 120,
};

/* In memory that the child shares with its parent: the reason of a skip, and a directory that the
 * parent removes (it does not see what the child has mounted there) unless the test failed. */
typedef struct TapShared {
	char skip_reason[256];
	char directory[PATH_MAX];
} TapShared;

static TapShared *tap_shared;

#define TAP(function)                                                                              \
	{                                                                                          \
#function, function                                                                \
	}
#define TAP_MAIN(...)                                                                              \
	int main(void)                                                                             \
	{                                                                                          \
		static const TapTest tests[] = {__VA_ARGS__};                                      \
                                                                                                   \
		return tap_main(tests, sizeof(tests) / sizeof(tests[0]));                          \
	}

__attribute__((format(printf, 3, 4), noreturn, unused)) static void tap_fail(const char *file,
									     int line,
									     const char *format,
									     ...)
{
	va_list ap;

	printf("# %s:%d: ", file, line);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

/* Say which kernel feature, hardware or tool is missing ("kernel: no user namespaces"). */
#define tap_skip(reason)                                                                           \
	do {                                                                                       \
		snprintf(tap_shared->skip_reason, sizeof(tap_shared->skip_reason), "%s",           \
			 (reason));                                                                \
		exit(TAP_EXIT_SKIP);                                                               \
	} while (0)

#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			tap_fail(__FILE__, __LINE__, "not true: %s", #condition);                  \
	} while (0)

/* 0 or more, as functions return that give a negative errno. */
#define ASSERT_OK(call)                                                                            \
	do {                                                                                       \
		intmax_t tap_r = (call);                                                           \
		if (tap_r < 0)                                                                     \
			tap_fail(__FILE__, __LINE__, "%s: %s", #call, strerror((int) -tap_r));     \
	} while (0)

/* 0 or more, as system calls return that set errno. */
#define ASSERT_SYS(call)                                                                           \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			tap_fail(__FILE__, __LINE__, "%s: %s", #call, strerror(errno));            \
	} while (0)

#define ASSERT_EQ(got, wanted)                                                                     \
	do {                                                                                       \
		intmax_t tap_got = (intmax_t) (got), tap_wanted = (intmax_t) (wanted);             \
		if (tap_got != tap_wanted)                                                         \
			tap_fail(__FILE__, __LINE__, "%s is %jd, not %jd", #got, tap_got,          \
				 tap_wanted);                                                      \
	} while (0)

#define ASSERT_STREQ(got, wanted)                                                                  \
	do {                                                                                       \
		const char *tap_got = (got), *tap_wanted = (wanted);                               \
		if (!tap_got || !tap_wanted ? tap_got != tap_wanted                                \
					    : strcmp(tap_got, tap_wanted) != 0)                    \
			tap_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #got,             \
				 tap_got ? tap_got : "(null)",                                     \
				 tap_wanted ? tap_wanted : "(null)");                              \
	} while (0)

#define ASSERT_CONTAINS(got, wanted)                                                               \
	do {                                                                                       \
		const char *tap_got = (got), *tap_wanted = (wanted);                               \
		if (!tap_got || !strstr(tap_got, tap_wanted))                                      \
			tap_fail(__FILE__, __LINE__, "%s is \"%s\" and has no \"%s\"", #got,       \
				 tap_got ? tap_got : "(null)", tap_wanted);                        \
	} while (0)

static bool tap_report(size_t number, const char *name, int status, bool must_run)
{
	bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == TAP_EXIT_SKIP;
	bool ok = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || (skipped && !must_run));

	if (WIFSIGNALED(status))
		printf("# killed by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	else if (skipped && must_run)
		printf("# skipped where nothing may be: %s\n", tap_shared->skip_reason);
	else if (!ok)
		printf("# exit code %d\n", WEXITSTATUS(status));
	printf("%s %zu - %s", ok ? "ok" : "not ok", number, name);
	if (ok && skipped)
		printf(" # SKIP %s", tap_shared->skip_reason);
	putchar('\n');
	return ok;
}

/* A process that a failed assert left behind would hold the pipe of the harness open for ever. */
static int tap_wait(pid_t pid, int *ret_status)
{
	siginfo_t info;

	if (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT) < 0)
		return -errno;
	(void) kill(-pid, SIGKILL);
	return waitpid(pid, ret_status, 0) == pid ? 0 : -errno;
}

static int tap_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void) st, (void) type, (void) ftw;
	return remove(path);
}

static int tap_main(const TapTest *tests, size_t n_tests)
{
	const char *value = getenv("OCI_HOOKS_TESTS_MUST_RUN");
	/* seconds for each test, where a tool makes them slow */
	const char *timeout = getenv("OCI_HOOKS_TEST_TIMEOUT");
	bool must_run = value && strcmp(value, "1") == 0, all_ok = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	tap_shared = mmap(NULL, sizeof(*tap_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tap_shared == MAP_FAILED)
		return EXIT_FAILURE;
	printf("1..%zu\n", n_tests);
	for (size_t i = 0; i < n_tests; i++) {
		bool ok;
		int status;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid < 0)
			return EXIT_FAILURE;
		if (pid == 0) {
			(void) setpgid(0, 0);
			alarm(timeout ? (unsigned int) atoi(timeout) : TAP_TIMEOUT_SEC);
			tests[i].function();
			exit(EXIT_SUCCESS);
		}
		if (tap_wait(pid, &status) < 0)
			return EXIT_FAILURE;
		ok = tap_report(i + 1, tests[i].name, status, must_run);
		if (tap_shared->directory[0] && ok)
			(void) nftw(tap_shared->directory, tap_remove_entry, 16,
				    FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		*tap_shared = (TapShared){};
		all_ok = all_ok && ok;
	}
	(void) munmap(tap_shared, sizeof(*tap_shared));
	return all_ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
