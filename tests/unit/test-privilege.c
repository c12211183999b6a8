/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities are put away for good: not even a program that root runs has them again. */
#include "privilege.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "container-process.h"
#include "input.h"
#include "macro.h"
#include "namespace.h"
#include "tap.h"

static void get(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	/* of what the kernel writes valgrind knows the first only */
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

	ASSERT_SYS(syscall(SYS_capget, &header, sets));
	*ret_effective = sets[0].effective | (uint64_t) sets[1].effective << 32;
	*ret_permitted = sets[0].permitted | (uint64_t) sets[1].permitted << 32;
	*ret_inheritable = sets[0].inheritable | (uint64_t) sets[1].inheritable << 32;
}

static void test_keep(void)
{
	static const uint64_t sets[] = {~UINT64_C(0), CAPABILITY(SYS_ADMIN) | CAPABILITY(BPF),
					CAPABILITY(BPF), CAPABILITY(CHOWN), 0};
	uint64_t effective, permitted, inheritable, had;

	get(&effective, &had, &inheritable);
	for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
		ASSERT_OK(privilege_keep(sets[i]));
		had &= sets[i];
		get(&effective, &permitted, &inheritable);
		ASSERT_EQ(permitted, had);
		ASSERT_EQ(effective, had);
		ASSERT_EQ(inheritable, 0);
		ASSERT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	}
}

static void test_no_way_back(void)
{
	int status;
	pid_t pid;

	ASSERT_OK(privilege_keep(CAPABILITY(CHOWN)));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		(void) execl("/bin/sh", "sh", "-c",
			     "while read -r key value; do"
			     " case $key in CapEff:|CapPrm:) [ $((0x$value & ~1)) = 0 ] || exit "
			     "1;; esac; "
			     "done </proc/self/status",
			     NULL);
		_exit(127);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
}

/* can_pin() - whether a process with these capabilities can get hold of another one */
static bool can_pin(pid_t other, uint64_t capabilities)
{
	cleanup_container_process ContainerProcess process = CONTAINER_PROCESS_NULL;
	int status;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0)
		_exit(privilege_keep(capabilities) < 0 ||
		      container_process_pin(other, &process) != 0);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* Where /proc hides processes, without SYS_PTRACE one that is there seems to have ended. */
static void test_hidden_process(void)
{
	pid_t pid;

	namespace_enter("/");
	if (mount("proc", "/proc", "proc", 0, "hidepid=ptraceable") < 0)
		tap_skip("kernel: no /proc of our own for this user");
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0)
		for (;;)
			(void) pause();

	/* in this order: what was seen once stays in the kernel's cache of names */
	ASSERT(!can_pin(pid, CAPABILITY(SYS_ADMIN)));
	ASSERT(can_pin(pid, CAPABILITY(SYS_PTRACE)));
}

static void test_hosts(void)
{
	char map[32];

	(void) snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER) < 0)
		tap_skip("kernel: no user namespace for this user");
	namespace_write("/proc/self/uid_map", map);
	ASSERT(!privilege_is_hosts());
}

TAP_MAIN(TAP(test_hosts), TAP(test_keep), TAP(test_no_way_back), TAP(test_hidden_process))
