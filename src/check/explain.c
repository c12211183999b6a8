/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a container is as it is: is it ours, was each hook called, what came of it? With the hooks' own
 * code wherever they decide something (decide.c, identity.c, journal-mode.c, machine.c, unit.c), and
 * the arguments that stand in the container's config.json. What they would do is explain-plan.c's,
 * what they said explain-log.c's.
 */
#include "explain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "container-find.h"
#include "container-process.h"
#include "decide.h"
#include "engines.h"
#include "explain-hooks.h"
#include "explain-log.h"
#include "explain-plan.h"
#include "fs-util.h"
#include "hook.h"
#include "register-machine-hook/machined.h"
#include "register-machine-hook/unit.h"
#include "systemd-hook/journal-mark.h"
#include "systemd-hook/journal-mode.h"

#define CGROUP "/sys/fs/cgroup"
#define CGROUP_FILE_SIZE_MAX (64 * 1024)
#define STOP_SIGNAL "org.opencontainers.image.stopSignal"

/* All that is known of the container. */
typedef struct Explanation {
	Report *report;
	const char *id;
	HookInput input;
	ContainerProcess process;
	HookCall calls[_HOOKS_MAX];
	HookOptions options;
	bool is_running;
	bool is_decided[_HOOKS_MAX];
	bool is_ours[_HOOKS_MAX]; /* and decided */
} Explanation;

/* may_be_ours() - whether a hook would do something, as far as that is known */
static bool may_be_ours(const Explanation *explanation, size_t hook)
{
	return explanation->is_ours[hook] || !explanation->is_decided[hook];
}

/* open_root() - the root file system, as the container sees it or, where it does not run, if mounted */
static int open_root(const Explanation *explanation)
{
	if (explanation->is_running)
		return openat(explanation->process.proc_fd, "root",
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
	return open(explanation->input.config.root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* is_empty() - as the place of a root file system that is not mounted */
static bool is_empty(int fd)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;

	return fd_open_dir(fd, &dir) < 0 || dir_next(dir, &entry) == 0;
}

/* decide_for() - as the hook itself does; false if that takes a root file system which is not there */
static bool decide_for(const Explanation *explanation, size_t hook, int root_fd, Decision *ret)
{
	const OciConfig *config = &explanation->input.config;
	Opt opt = OPT_NONE;

	if (hook == HOOK_REGISTER)
		(void) opt_from_annotation(config, ANNOTATION_REGISTER_MACHINE, &opt);
	if (opt == OPT_NONE)
		(void) opt_from_annotation(config, ANNOTATION_SYSTEMD_HOOK, &opt);
	return decide_by_policy(config, opt, ret) ||
	       (root_fd >= 0 && decide(config, opt, root_fd, ret) == 0);
}

static void report_decision(const Explanation *explanation, const char *whom, Decision decision)
{
	report_add(explanation->report, LEVEL_GOOD, "decision", explanation->id, NULL,
		   "is %sfor %s: %s (command '%.128s')", decision_is_ours(decision) ? "" : "not ",
		   whom, decision_to_string(decision), explanation->input.config.arg0 ?: "none");
}

static void explain_decision(Explanation *explanation)
{
	static const char *const names[] = {"oci-systemd-hook", "oci-register-machine"};
	Decision decisions[_HOOKS_MAX] = {};
	bool *is_decided = explanation->is_decided;
	cleanup_close int root_fd = open_root(explanation);

	if (root_fd >= 0 && is_empty(root_fd))
		root_fd = close_fd(root_fd);
	for (size_t i = 0; i < _HOOKS_MAX; i++) {
		is_decided[i] = decide_for(explanation, i, root_fd, &decisions[i]);
		explanation->is_ours[i] = is_decided[i] && decision_is_ours(decisions[i]);
	}
	if (is_decided[HOOK_SYSTEMD] && is_decided[HOOK_REGISTER] &&
	    decisions[HOOK_SYSTEMD] == decisions[HOOK_REGISTER]) {
		report_decision(explanation, "the hooks", decisions[HOOK_SYSTEMD]);
		return;
	}
	for (size_t i = 0; i < _HOOKS_MAX; i++)
		if (is_decided[i])
			report_decision(explanation, names[i], decisions[i]);
	if (!is_decided[HOOK_SYSTEMD] || !is_decided[HOOK_REGISTER])
		report_add(explanation->report, LEVEL_NOTE, "decision-unknown", explanation->id,
			   "Ask again while it runs, or after podman mount CONTAINER.",
			   "its root file system cannot be seen now, so whether its command "
			   "'%.128s' is systemd cannot be told",
			   explanation->input.config.arg0 ?: "none");
}

/* take_options() - the administrator's policy, as the hooks take it */
static int take_options(Explanation *explanation)
{
	int r = 0;

	for (size_t i = 0; i < _HOOKS_MAX && r >= 0; i++)
		r = hook_options_take(explanation->report, i, &explanation->calls[i].policy,
				      &explanation->options);
	return r < 0 ? r : 0;
}

/* advice_for() - where something that a hook makes is missing */
static const char *advice_for(const Explanation *explanation, size_t hook)
{
	return explanation->calls[hook].path
		       ? "Look for the hook's messages below, and at oci-hooks-check."
		       : "The hook was not called, see above.";
}

/* explain_journal() - where its journal is */
static void explain_journal(const Explanation *explanation, const Options *options,
			    const MachineId *id)
{
	char path[sizeof("/var/log/journal/") + sizeof(id->text)];
	cleanup_journal_owner JournalOwner owner = {};
	cleanup_close int fd = -1;
	JournalMode mode;
	int r;

	(void) journal_mode_choose(&explanation->input.config,
				   options->journal_is_given ? &options->journal : NULL, &mode);
	(void) snprintf(path, sizeof(path), "/var/log/journal/%s", id->text);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : journal_mark_read(fd, &owner);
	if (owner.id && strcmp(owner.id, explanation->id) == 0)
		report_add(explanation->report, LEVEL_GOOD, "container-journal", path, NULL,
			   "is its journal: journalctl -D %s", path);
	else if (owner.id || (fd >= 0 && geteuid() == 0))
		report_add(explanation->report, LEVEL_WARNING, "container-journal-foreign", path,
			   "Rename that directory, and start the container again.",
			   "was not made for this container, which keeps its journal in itself");
	else if (fd >= 0 || r == -EACCES)
		report_add(explanation->report, LEVEL_NOTE, "container-journal-unseen", path, NULL,
			   "only root can see whether it is the container's journal");
	else if (mode == JOURNAL_NO)
		report_add(explanation->report, LEVEL_NOTE, "container-journal-none", path, NULL,
			   "is not wanted: the journal mode is no");
	else
		report_add(explanation->report,
			   explanation->is_running && explanation->is_ours[HOOK_SYSTEMD]
				   ? LEVEL_WARNING
				   : LEVEL_NOTE,
			   "container-journal-missing", path, advice_for(explanation, HOOK_SYSTEMD),
			   "does not exist: there is no journal on the host");
}

/* explain_unit() - why machined may not know it; false if that is not the reason */
static bool explain_unit(const Explanation *explanation)
{
	cleanup_free char *text = NULL;
	cleanup_unit Unit unit = {};

	if (read_file_at(explanation->process.proc_fd, "cgroup", CGROUP_FILE_SIZE_MAX, &text,
			 NULL) < 0 ||
	    unit_from_cgroup(text, explanation->id, /* is_user= */ geteuid() != 0, &unit) < 0)
		return false;
	if (unit.verdict == UNIT_OWN)
		return false;
	report_add(explanation->report, LEVEL_WARNING, "container-unit", explanation->id,
		   "Let the engine use systemd's cgroup manager (cgroup_manager = \"systemd\", "
		   "--systemd-cgroup).",
		   "cannot be registered with systemd-machined: %s (%s)",
		   unit_verdict_to_string(unit.verdict), *unit.name ? unit.name : unit.cgroup ?: "none");
	return true;
}

static int explain_machine(const Explanation *explanation)
{
	const Arguments *arguments = &explanation->options.machine;
	cleanup_machine Machine machine = MACHINE_NULL;
	MachinedInstance instance;
	const char *name;
	int r;

	r = machine_load(&explanation->input, &arguments->machine_name, arguments->id_from_env,
			 NULL, &machine);
	if (r < 0)
		return r;
	if (may_be_ours(explanation, HOOK_REGISTER))
		report_add(explanation->report, LEVEL_NOTE, "hook-plan", "oci-register-machine",
			   NULL, "at the next start would register it as %s, service %s",
			   machine.name.text, machine.service);
	machined_instance_find(&instance);
	name = instance.scope == MACHINED_NONE ? NULL : machined_has_machine(&instance, &machine);
	if (name)
		report_add(explanation->report, LEVEL_GOOD, "container-machine", explanation->id,
			   NULL, "is registered: machinectl status %s", name);
	else if (explanation->is_running && explanation->is_ours[HOOK_REGISTER] &&
		 !explain_unit(explanation))
		report_add(explanation->report, LEVEL_WARNING, "container-machine-missing",
			   explanation->id, advice_for(explanation, HOOK_REGISTER),
			   "is not registered with systemd-machined");
	return 0;
}

static void explain_stop_signal(const Explanation *explanation)
{
	const char *signal = oci_config_annotation(&explanation->input.config, STOP_SIGNAL);

	if (!explanation->is_ours[HOOK_SYSTEMD] || !signal || strcmp(signal, "37") == 0 ||
	    strcmp(signal, "SIGRTMIN+3") == 0 || strcmp(signal, "RTMIN+3") == 0)
		return;
	report_add(explanation->report, LEVEL_WARNING, "container-stop-signal", explanation->id,
		   "Give it --stop-signal SIGRTMIN+3, or STOPSIGNAL SIGRTMIN+3 in the image.",
		   "its stop signal is '%.32s', by which systemd does not shut down", signal);
}

/* explain_cgroup() - a mount of the whole tree, where no cgroup namespace narrows it */
static void explain_cgroup(const Explanation *explanation)
{
	const OciConfig *config = &explanation->input.config;
	const OciMount *mount = oci_config_mount_at(config, CGROUP);

	if (explain_has_namespace(config, "cgroup") || !mount ||
	    oci_mount_has_option(mount, "ro") || !oci_mount_is_bind(mount) || !mount->source ||
	    strcmp(mount->source, CGROUP) != 0)
		return;
	report_add(explanation->report, LEVEL_WARNING, "container-cgroup-wide", explanation->id,
		   "Leave out --cgroupns=host.",
		   "has the host's whole cgroup tree mounted, writable: it can change all limits");
}

static int explain_id(const Explanation *explanation)
{
	static const char *const sources[] = {
		[IDENTITY_FROM_MOUNT] = "its user's file on /etc/machine-id",
		[IDENTITY_FROM_ENV] = "container_uuid in its environment",
		[IDENTITY_FROM_CONTAINER] = "its container id",
		[IDENTITY_FROM_HASH] = "a hash of its container id and bundle",
	};
	const Options *options = &explanation->options.systemd;
	cleanup_close int root_fd = -1;
	IdentitySource source;
	MachineId id;
	int r;

	if (!may_be_ours(explanation, HOOK_SYSTEMD))
		return 0;
	if (explanation->is_running)
		root_fd = open_root(explanation);
	r = identity_find(&explanation->input.state, &explanation->input.config,
			  options->id_from_env, &id, &source);
	if (r >= 0)
		r = explain_plan(explanation->report, &explanation->input.config, root_fd, options,
				 &id, source);
	if (r < 0)
		return r;
	if (source == IDENTITY_UNKNOWN) {
		report_add(explanation->report, LEVEL_WARNING, "container-id-unreadable",
			   explanation->id, "Mount a file with 32 hexadecimal digits, or none.",
			   "its user mounted a file on /etc/machine-id that cannot be read or "
			   "holds no id: it has no journal on the host, and its machine no id");
		return 0;
	}
	report_add(explanation->report, LEVEL_GOOD, "container-id", explanation->id, NULL,
		   "its machine id is %s, from %s", id.text, sources[source]);
	explain_journal(explanation, options, &id);
	return 0;
}

static int explain(Explanation *explanation, const Container *container)
{
	OciState *state = &explanation->input.state;
	ParseError error = {};
	int r;

	*state =
		(OciState){.id = container->id, .bundle = container->bundle, .pid = container->pid};
	r = oci_config_load_to_explain(state, &explanation->input.config, &error);
	if (r < 0 && r != -ENOMEM) {
		report_add(explanation->report, LEVEL_ERROR, "container-config", container->bundle,
			   "Is that its bundle? Try as root.", "config.json cannot be read: %s %s",
			   error.place, error.reason[0] ? error.reason : strerror(-r));
		return 0;
	}
	if (r < 0)
		return r;
	explanation->is_running = container->pid > 0 &&
				  container_process_pin(container->pid, &explanation->process) == 0;
	if (explanation->is_running)
		report_add(explanation->report, LEVEL_GOOD, "container", container->id, NULL,
			   "runs as process %d; bundle %.1024s", container->pid, container->bundle);
	else
		report_add(explanation->report, LEVEL_GOOD, "container", container->id, NULL,
			   "does not run; bundle %.1024s", container->bundle);

	explain_decision(explanation);
	r = explain_hooks(explanation->report, &explanation->input.config, explanation->is_ours,
			  explanation->calls);
	if (r >= 0)
		r = take_options(explanation);
	if (r >= 0)
		r = explain_id(explanation);
	if (r >= 0)
		r = explain_machine(explanation);
	explain_stop_signal(explanation);
	explain_cgroup(explanation);
	return r;
}

/**
 * explain_check() - report on a container
 * @word: its bundle, a process of it, its id or name
 *
 * Return: 0, -ENOENT if there is no such container, or another negative errno.
 */
int explain_check(const char *word, Report *report)
{
	cleanup_container Container container = {};
	Explanation explanation = {
		.report = report,
		.process = CONTAINER_PROCESS_NULL,
		.options = HOOK_OPTIONS_DEFAULT,
	};
	int r;

	r = container_find(word, &container);
	if (r < 0)
		return r;
	explanation.id = container.id;
	if (container.bundle) {
		r = explain(&explanation, &container);
		/* the state's strings are the container's */
		explanation.input.state = (OciState){};
		for (size_t i = 0; i < _HOOKS_MAX; i++)
			hook_call_done(&explanation.calls[i]);
		hook_input_done(&explanation.input);
		container_process_done(&explanation.process);
	} else {
		report_add(report, LEVEL_NOTE, "container-never-ran", container.id,
			   "Start it, and ask again.",
			   "has not run yet: no hook was called, and there is no config.json");
	}
	if (r >= 0)
		explain_log(report, container.id);
	return r;
}
