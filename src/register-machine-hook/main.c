/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-register-machine makes a container known to systemd-machined, so that machinectl(1) and
 * `journalctl -M` work with it.
 *
 * When it runs. An OCI runtime (or podman itself) calls it with the container's state on stdin:
 *
 *   createRuntime  The container's first process exists, is in its final cgroup and namespaces, but
 *                  has not run the image's program yet. It is registered now, so that it is known
 *                  from its first line of log on. Later would be worse: systemd inside moves itself
 *                  to another cgroup, and machined keeps the one that it sees here.
 *   poststop       The container has ended. machined usually knows by then, and nothing is left to
 *                  do. Otherwise the entry is removed, if it is this container's.
 *
 * With which privilege. As root of the host, in the host's namespaces. Or as root of a user
 * namespace (rootless engines): then it is the user's own machined that is asked, if there is one
 * (machined-instance.c). Before it is asked, all capabilities but two are put away.
 *
 * For whom. Containers that oci-systemd-hook calls its own, because their command is a file named
 * systemd, and those that opt in by annotation. machined is for those which run a system: every
 * user of the host can look at its list.
 *
 * What it touches. Nothing in the container, and no file on the host. It opens the container's root
 * file system to see what its command is, reads /proc/PID/cgroup, leaves a note of some bytes as an
 * extended attribute on the container's own cgroup (attempt.c) and talks to machined, for
 * --timeout seconds at most: by Varlink (machined-varlink.c), or by D-Bus where machined is not
 * reached so (machined-bus.c).
 *
 * What it does not do. It never registers a container whose systemd unit is not its own (unit.c),
 * as machined stops whole units. It never asks to terminate anything. If registering fails, the
 * container starts all the same, with one warning, unless the admin says --strict.
 *
 * Order of the files: machine.c says what is registered (machine-name.c, engine.c), unit.c whether
 * that is safe, machined.c how machined is asked, whichever way, and what its answers mean.
 */
#include <errno.h>
#include <stdlib.h>

#include "arguments.h"
#include "attempt.h"
#include "decide.h"
#include "explain.h"
#include "fs-util.h"
#include "hook.h"
#include "log.h"
#include "machined.h"
#include "privilege.h"
#include "stream.h"
#include "unit.h"

#define CGROUP_FILE_SIZE_MAX (64 * 1024)

/*
 * What is left when machined is talked to. SYS_PTRACE is for a /proc with hidepid=ptraceable, where
 * a process that cannot be seen would be taken for gone; SYS_ADMIN for the note of attempt.c.
 */
#define PRIVILEGES_UNREGISTER CAPABILITY(SYS_PTRACE)
#define PRIVILEGES_REGISTER (PRIVILEGES_UNREGISTER | CAPABILITY(SYS_ADMIN))

/* read_opt() - what the annotations say: ours, or else the one that is for both hooks */
static Opt read_opt(const OciConfig *config)
{
	Opt opt;

	if (opt_from_annotation(config, ANNOTATION_REGISTER_MACHINE, &opt) < 0)
		log_warning("Annotation %s: '%.64s' is neither yes nor no, ignoring",
			    ANNOTATION_REGISTER_MACHINE,
			    oci_config_annotation(config, ANNOTATION_REGISTER_MACHINE));
	if (opt == OPT_NONE && opt_from_annotation(config, ANNOTATION_SYSTEMD_HOOK, &opt) < 0)
		log_debug("Annotation %s is neither yes nor no, oci-systemd-hook says so",
			  ANNOTATION_SYSTEMD_HOOK);
	return opt;
}

static int find_unit(const HookInput *input, const MachinedInstance *instance,
		     const ContainerProcess *leader, Unit *ret)
{
	cleanup_free char *text = NULL;
	int r;

	r = read_file_at(leader->proc_fd, "cgroup", CGROUP_FILE_SIZE_MAX, &text, NULL);
	if (r >= 0)
		r = unit_from_cgroup(text, input->state.id, instance->scope == MACHINED_USER, ret);
	if (r < 0)
		return log_error_errno(r, "Failed to read /proc/%d/cgroup: %m", leader->pid);
	return 0;
}

static int register_machine(const Arguments *arguments, const MachinedInstance *instance,
			    const Machine *machine, const Unit *unit)
{
	AttemptResult result = attempt_read(unit, machine->leader);
	int r;

	if (unit->verdict != UNIT_OWN)
		return log_full(arguments->strict ? LOG_ERR : LOG_WARNING, -EPERM,
				"Not registered with systemd-machined: %s (%s%.256s)",
				unit_verdict_to_string(unit->verdict),
				*unit->name ? "" : "/", *unit->name ? unit->name : unit->cgroup ?: "");
	if (result == ATTEMPT_REGISTERED && machined_has_machine(instance, machine)) {
		log_debug("Another call has just registered it");
		return 0;
	}
	if (result == ATTEMPT_FAILED)
		return log_full(arguments->strict ? LOG_ERR : LOG_DEBUG, -EALREADY,
				"Another call has just failed to register with systemd-machined");

	r = machined_register(instance, machine, arguments->timeout_usec, arguments->strict);
	attempt_write(unit, machine->leader, r < 0 ? ATTEMPT_FAILED : ATTEMPT_REGISTERED);
	return r;
}

/* load_policy() - take the options of all files that call this hook, not only of this call's */
static int load_policy(const HookInput *input, Policy *policy, Arguments *arguments)
{
	int r;

	r = hook_load_policy("oci-register-machine", &input->config, policy);
	if (r >= 0)
		r = arguments_take_policy(arguments, policy, NULL);
	return r < 0 ? r : hook_report_policy(policy, arguments->strict);
}

static int at_start(Arguments *arguments, const MachinedInstance *instance, const HookInput *input)
{
	cleanup_container_process ContainerProcess leader = CONTAINER_PROCESS_NULL;
	cleanup_machine Machine machine = MACHINE_NULL;
	cleanup_unit Unit unit = {};
	cleanup_policy Policy policy = {};
	cleanup_close int root_fd = -1;
	Decision decision;
	int r;

	r = hook_decide(input, read_opt(&input->config), &decision, &leader, &root_fd);
	if (r == HOOK_E_NOT_SEEN) {
		r = load_policy(input, &policy, arguments);
		return r < 0 ? r : hook_ignore_not_seen(arguments->strict);
	}
	if (r < 0)
		return r;
	if (!decision_is_ours(decision)) {
		log_debug("Not registered: %s", decision_to_string(decision));
		if (arguments->explain)
			explain_not_ours(input, decision_to_string(decision));
		return 0;
	}

	r = load_policy(input, &policy, arguments);
	if (r < 0)
		return r;
	r = machine_load(input, &arguments->machine_name, arguments->id_from_env, &leader,
			 &machine);
	if (r < 0)
		return log_error_errno(r, "Failed to describe the container: %m");
	r = find_unit(input, instance, &leader, &unit);
	if (r < 0)
		return r;
	if (arguments->explain) {
		explain_register(input, instance, &machine, &unit);
		return 0;
	}

	r = privilege_keep(PRIVILEGES_REGISTER);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	r = register_machine(arguments, instance, &machine, &unit);
	return arguments->strict ? r : 0;
}

/*
 * at_end() - the image may have changed, so it is not asked again
 *
 * That an entry has our id is the better proof anyway.
 */
static int at_end(Arguments *arguments, const MachinedInstance *instance, const HookInput *input)
{
	cleanup_machine Machine machine = MACHINE_NULL;
	cleanup_policy Policy policy = {};
	int r;

	r = load_policy(input, &policy, arguments);
	if (r < 0)
		return r;
	r = machine_load(input, &arguments->machine_name, arguments->id_from_env,
			 /* leader= */ NULL, &machine);
	if (r < 0)
		return log_error_errno(r, "Failed to describe the container: %m");
	if (arguments->explain) {
		explain_unregister(input, instance, &machine);
		return 0;
	}

	r = privilege_keep(PRIVILEGES_UNREGISTER);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	r = machined_unregister(instance, &machine, arguments->timeout_usec, arguments->strict);
	return arguments->strict ? r : 0;
}

static int run(int argc, char *argv[])
{
	cleanup_hook_input HookInput input = {};
	MachinedInstance instance;
	Arguments arguments;
	int r;

	hook_process_init("oci-register-machine");

	r = arguments_parse(argc, argv, &arguments);
	if (r <= 0)
		return r;
	if (arguments.explain)
		stream_prepare_stdout();

	r = hook_input_read(arguments.stage, &input);
	if (r != 0)
		return r;

	machined_instance_find(&instance);
	if (instance.scope == MACHINED_NONE) {
		log_debug("Not registered: the user has no systemd-machined");
		if (arguments.explain)
			explain_not_ours(&input, "the hook runs in a user namespace, and its user "
						 "has no systemd-machined");
		return 0;
	}

	return input.stage == HOOK_STAGE_POSTSTOP ? at_end(&arguments, &instance, &input)
						  : at_start(&arguments, &instance, &input);
}

DEFINE_HOOK_MAIN(run)
