/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-register-machine: each system call and each allocation fails in turn, and it is killed at each
 * system call in turn. It does what it is for, or says why not; nothing else on the host changes,
 * and nothing is ever terminated. OCI_HOOKS_TEST_SIZE=full takes every errno of each call.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "scene.h"
#include "snapshot.h"
#include "walk.h"

#define LOG "/mnt/asked"
#define NOTE "trusted.oci_register_machine" /* of one call for the next, on the cgroup */

typedef struct Subject {
	Scene scene;
	const char *transport, *behaviour; /* of fake-machined */
	const char *wanted;		   /* what machined is asked at the end of all */
	const char *status;
	pid_t machined;
	char *host;
} Subject;

static const char *socket_of(const Subject *subject)
{
	return strcmp(subject->transport, "bus") == 0 ? "/run/dbus/system_bus_socket"
						      : "/run/systemd/machine/io.systemd.Machine";
}

static void start_machined(Subject *subject)
{
	const char *build = getenv("TOP_BUILDDIR");
	char program[PATH_MAX];
	struct stat st;

	(void) snprintf(program, sizeof(program), "%s/tests/lib/fake-machined", build ?: ".");
	if (subject->machined == 0) {
		char *argv[] = {program,
				(char *) subject->transport,
				(char *) socket_of(subject),
				(char *) subject->behaviour,
				(char *) LOG,
				NULL};

		ASSERT_EQ(posix_spawn(&subject->machined, program, NULL, NULL, argv, environ), 0);
	}
	for (int tries = 0; stat(socket_of(subject), &st) < 0; tries++) {
		ASSERT(tries < 5000);
		(void) usleep(1000);
	}
}

/* asked() - all that machined was asked; to be freed */
static char *asked(void)
{
	cleanup_close int fd = open(LOG, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 65536);

	ASSERT(text);
	if (fd >= 0)
		ASSERT(read(fd, text, 65535) >= 0);
	return text;
}

static void begin(Walk *walk)
{
	Subject *subject = walk->subject;

	start_machined(subject);
	(void) removexattr(subject->scene.cgroups[0], NOTE);
	ASSERT(truncate(LOG, 0) == 0 || errno == ENOENT);
	free(subject->host);
	subject->host = snapshot_host(&subject->scene);
}

static void run(Walk *walk, Case *c)
{
	const Subject *subject = walk->subject;
	cleanup_close int state_fd = scene_state_fd(&subject->scene, subject->status);

	walk_run_program("oci-register-machine", NULL, state_fd, c);
}

static void check_host(Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;
	cleanup_free char *host = NULL;
	char difference[1024];

	(void) removexattr(subject->scene.cgroups[0], NOTE);
	host = snapshot_host(&subject->scene);
	if (snapshot_difference(subject->host, host, difference, sizeof(difference)) > 0)
		walk_complain(walk, c, "the host has changed: %s", difference);
}

static const Believed at_start[] = {
	/* no such command, so not for machined */
	{"openat2", SCENE_ROOTFS, {ENOENT, ELOOP, ENOTDIR}, true},
	{"openat2", SCENE_ROOTFS "/sbin/init", {ENOENT, ELOOP, ENOTDIR}, true},
	/* nobody reads stderr; the journal has the message */
	{"writev", "pipe:*", {EIO, EINTR, EPIPE, ENOSPC}, false},
	/* stderr is not known to be a pipe, so nothing goes there; the journal has the message */
	{"fstat", "pipe:*", {EIO, ENOMEM}, false},
	{"fstatfs", "pipe:*", {EIO, ENOMEM, EINTR, ENOSYS}, false},
};

static const Believed at_end[] = {
	/* no such machine: mostly machined has seen its end by itself */
	{"faccessat2", "/run/systemd/machines/*", {ENOENT}, true},
	/* no machined, or one that is not to run and hangs up: so no machines */
	{"connect", "/run/systemd/machine/io.systemd.Machine", {ENOENT, ECONNREFUSED}, true},
	{"sendto", "socket:*", {EPIPE, ECONNRESET}, true},
	{"recvfrom", "socket:*", {ECONNRESET}, true},
};

static bool is_believed(const Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;

	return strcmp(subject->status, "stopped") == 0
		       ? walk_is_believed(c, at_end, ELEMENTSOF(at_end))
		       : walk_is_believed(c, at_start, ELEMENTSOF(at_start));
}

static void check(Walk *walk, const Case *c)
{
	const Subject *subject = walk->subject;
	cleanup_free char *questions = asked();
	int code = walk_check_end(walk, c);
	/* not where it has to warn */
	bool is_done = strstr(questions, subject->wanted) && !walk->message;

	check_host(walk, c);
	if (strstr(questions, "Terminate"))
		walk_complain(walk, c, "a machine is terminated");
	if (code != 0)
		return;
	if (c->outcome.messages[0]) {
		walk->tally.warned++;
		if (c->is_strict)
			walk_complain(walk, c, "a failure is tolerated");
		return;
	}
	walk->tally.whole += is_done;
	walk->tally.believed += !is_done;
	if (!is_done && !is_believed(walk, c))
		walk_complain(walk, c, "silent, and nothing is done; machined was asked: %s",
			      questions);
}

static void killed(Walk *walk, const Case *c)
{
	Case next = {.fault.kind = FAULT_NONE};

	check_host(walk, c);
	run(walk, &next);
	if (!walk_is_usual(walk, &next))
		walk_complain(walk, c, "the next run says %s", next.outcome.messages);
}

/* enter() - as in a scope of the container's own: the cgroup's path has its id */
static void enter(Subject *subject)
{
	const char *why = scene_enter(&subject->scene);

	if (why)
		tap_skip(why);
	(void) snprintf(subject->scene.cgroups[0] + strlen(subject->scene.cgroups[0]),
			sizeof(subject->scene.cgroups[0]) - strlen(subject->scene.cgroups[0]),
			"-%s.scope", SCENE_ID);
	scene_make_directory("/run/systemd/machine", 0755);
	scene_make_directory("/run/systemd/machines", 0755);
	scene_make_directory("/run/dbus", 0755);
	scene_write(LOG, "");
}

static void walk_register(const char *name, Subject *subject, const char *message)
{
	Walk walk = {.name = name,
		     .subject = subject,
		     .begin = begin,
		     .run = run,
		     .check = check,
		     .killed = killed,
		     .message = message};

	enter(subject);
	if (strcmp(subject->status, "stopped") == 0)
		scene_write("/run/systemd/machines/" SCENE_MACHINE_ID, "");
	scene_start(&subject->scene);
	walk_all(&walk);
	(void) kill(subject->machined, SIGKILL);
	(void) waitpid(subject->machined, NULL, 0);
	scene_leave(&subject->scene);
	free(subject->host);
	ASSERT_EQ(walk.n_complaints, 0);
}

static void test_varlink(void)
{
	walk_report_head();
	walk_register("register, Varlink",
		      &(Subject){.transport = "varlink",
				 .behaviour = "ok",
				 .wanted = "Machine.Register",
				 .status = "creating"},
		      NULL);
}

static void test_bus(void)
{
	walk_register("register, D-Bus",
		      &(Subject){.transport = "bus",
				 .behaviour = "new",
				 .wanted = "RegisterMachineEx",
				 .status = "creating"},
		      NULL);
}

static void test_old_bus(void)
{
	walk_register("register, D-Bus of systemd 252",
		      &(Subject){.transport = "bus",
				 .behaviour = "old",
				 .wanted = "Leader=",
				 .status = "creating"},
		      NULL);
}

static void test_clash(void)
{
	walk_register("register, another's machine already, D-Bus",
		      &(Subject){.transport = "bus",
				 .behaviour = "known",
				 .wanted = "GetMachineByPID",
				 .status = "creating"},
		      "is machine 'zzz' already");
}

static void test_unregister(void)
{
	walk_register("unregister, Varlink",
		      &(Subject){.transport = "varlink",
				 .behaviour = "ours:" SCENE_MACHINE_ID,
				 .wanted = "Machine.Unregister",
				 .status = "stopped"},
		      NULL);
}

TAP_MAIN(TAP(test_varlink), TAP(test_bus), TAP(test_old_bus), TAP(test_clash), TAP(test_unregister))
