/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci-systemd-hook: an OCI hook that makes a container able to run systemd.
 *
 * When it runs: an OCI runtime (runc, crun …) calls it, because podman or CRI-O found its JSON in
 * /usr/share/containers/oci/hooks.d and wrote it into the container's config.json, or because
 * somebody wrote it there by hand. At createRuntime the container's mount namespace exists and its
 * mounts are made, its process sits in its cgroup and waits, and pivot_root(2) is still to come. At
 * poststop the container is gone; podman calls the hook itself then.
 *
 * With what privilege: that of the runtime, which is root's on the host, or that of a user's own
 * user namespace (rootless podman). As soon as the container is found to be ours, all capabilities
 * but those in privileges.h are put away.
 *
 * What it trusts: the engine's state and config.json and the arguments in its own JSON. Not the
 * image, nor anything in the container: all below its root file system is reached by descriptors
 * that cannot lead out, and no path chosen in there is ever opened by name.
 *
 * What it touches: mounts in the container's mount namespace; missing mount points in the
 * container's file system; the directory /var/log/journal/<id> of the host; owner and label of the
 * container's own cgroup directory. Nothing else.
 *
 * In three parts: decide (is this container ours?), plan (pure: what is there and what is missing),
 * apply. If a part fails that systemd cannot boot without, all is undone, and exit status 1 makes
 * the runtime give up the container; a part that it can live without is only warned about.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apply.h"
#include "container-process.h"
#include "decide.h"
#include "hook.h"
#include "identity.h"
#include "journal-directory.h"
#include "kernel.h"
#include "log.h"
#include "observe.h"
#include "options.h"
#include "plan.h"
#include "privileges.h"
#include "stream.h"

/* What is known of a container that is ours. */
typedef struct Container {
	const HookInput *input;
	Options *options;
	Policy *policy;
	MachineId id;
	IdentitySource id_source;
	bool id_is_usable;
	JournalMode journal;
} Container;

static Opt read_opt(const OciConfig *config)
{
	Opt opt;

	if (opt_from_annotation(config, ANNOTATION_SYSTEMD_HOOK, &opt) < 0)
		log_warning("Annotation " ANNOTATION_SYSTEMD_HOOK
			    " is neither true nor false, ignoring: '%.64s'",
			    oci_config_annotation(config, ANNOTATION_SYSTEMD_HOOK));
	return opt;
}

/* load_policy() - take the options of all files that call this hook, not only of this call's */
static int load_policy(Container *container)
{
	int r;

	r = hook_load_policy("oci-systemd-hook", &container->input->config, container->policy);
	if (r >= 0)
		r = options_take_policy(container->options, container->policy, NULL);
	return r < 0 ? r : hook_report_policy(container->policy, container->options->strict);
}

static int identify(Container *container)
{
	const OciConfig *config = &container->input->config;
	int r;

	r = identity_find(&container->input->state, config, container->options->id_from_env,
			  &container->id, &container->id_source);
	if (r < 0)
		return log_error_errno(r, "Failed to find an id for the container: %m");

	r = identity_is_usable(&container->id, container->id_source);
	if (r < 0)
		return log_error_errno(r, "Failed to read the host's machine id: %m");
	container->id_is_usable = r;

	if (journal_mode_choose(config,
				container->options->journal_is_given ? &container->options->journal
								     : NULL,
				&container->journal) < 0)
		log_warning("Annotation " ANNOTATION_JOURNAL
			    " is none of host, try-host, auto, no, ignoring: '%.64s'",
			    oci_config_annotation(config, ANNOTATION_JOURNAL));
	return 0;
}

/* check_id() - say where the id is of no use, and fail where the admin insists on its journal */
static int check_id(const Container *container)
{
	static const char asked_for[] = ", which --journal=host asks for";
	bool is_fatal = container->journal == JOURNAL_HOST;
	int level = is_fatal ? LOG_ERR : LOG_WARNING;
	const char *end = is_fatal ? asked_for : "";

	if (container->id_is_usable)
		return 0;
	if (container->id_source == IDENTITY_UNKNOWN)
		(void) log_full(
			level, 0,
			"The container's /etc/machine-id, which its user mounted, cannot be "
			"read or holds no id: no journal on the host%s",
			end);
	else
		(void) log_full(
			level, 0,
			"The container's id %s is the host's or all zeros: no machine id, no "
			"journal on the host%s",
			container->id.text, end);
	return is_fatal ? -EEXIST : 0;
}

/* id_is_chosen() - whether the user gives the id to one container after the other */
static bool id_is_chosen(const Container *container)
{
	return container->id_source == IDENTITY_FROM_MOUNT &&
	       !oci_config_is_kubernetes(&container->input->config);
}

static int explain(const Container *container, const Plan *plan)
{
	(void) printf("id %s, journal %s\n", stream_text(STDOUT_FILENO, container->id.text),
		      journal_mode_to_string(container->journal));
	plan_print(plan, stdout);
	return 0;
}

static int say_notes(const Plan *plan)
{
	for (size_t i = 0; i < plan->n_notes; i++) {
		const PlanNote *note = &plan->notes[i];

		if (note->is_fatal)
			return log_error_errno(-ENOTSUP, "--journal=host: %s %s", note->path,
					       note->text);
		log_warning("%s %s", note->path, note->text);
	}
	return 0;
}

static int set_up(Container *container, const ContainerProcess *process, int root_fd)
{
	const OciConfig *config = &container->input->config;
	cleanup_observation Observation observation = OBSERVATION_NULL;
	cleanup_plan Plan plan = {};
	const char *missing_call;
	int r;

	r = observe(process, config, root_fd, &container->id, &observation);
	if (r == -ENXIO)
		return log_error_errno(r, "The container's user namespace has no root, without "
					  "which systemd cannot run");
	if (r < 0)
		return log_error_errno(r, "Failed to look at the container: %m");

	r = plan_make(&(PlanInput){.config = config,
				   .observation = &observation,
				   .options = container->options,
				   .id = &container->id,
				   .id_source = container->id_source,
				   .id_is_usable = container->id_is_usable,
				   .journal = container->journal},
		      &plan);
	if (r < 0)
		return log_error_errno(r, "Failed to make a plan: %m");
	missing_call = plan.n_steps > 0 ? kernel_lacks() : NULL;
	if (missing_call)
		return hook_refuse_kernel(missing_call);
	if (container->options->explain)
		return explain(container, &plan);

	r = say_notes(&plan);
	if (r < 0)
		return r;
	if (plan.n_steps == 0)
		return 0;
	return apply_plan(&(Apply){.state = &container->input->state,
				   .config = config,
				   .observation = &observation,
				   .plan = &plan,
				   .id = &container->id,
				   .id_is_chosen = id_is_chosen(container),
				   .journal = container->journal,
				   .journal_max_use = container->options->journal_max_use,
				   .root_fd = root_fd},
			  process, container->options->strict);
}

static int create_runtime(Container *container)
{
	cleanup_container_process ContainerProcess process = CONTAINER_PROCESS_NULL;
	const OciConfig *config = &container->input->config;
	cleanup_close int root_fd = -1;
	Decision decision;
	int r;

	r = hook_decide(container->input, read_opt(config), &decision, &process, &root_fd);
	if (r == HOOK_E_NOT_SEEN) {
		r = load_policy(container);
		return r < 0 ? r : hook_ignore_not_seen(container->options->strict);
	}
	if (r < 0)
		return r;
	log_debug("The container is %s: %s", decision_is_ours(decision) ? "ours" : "not ours",
		  decision_to_string(decision));
	if (!decision_is_ours(decision)) {
		if (container->options->explain)
			(void) puts("nothing to do: the container is not ours");
		return 0;
	}
	if (root_fd < 0)
		return log_error_errno(root_fd, "config.json: /root/path: cannot open %.256s: %m",
				       config->root_path);
	r = load_policy(container);
	if (r < 0)
		return r;
	r = privilege_keep(PRIVILEGES_ENTER);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	r = identify(container);
	if (r >= 0)
		r = check_id(container);
	return r < 0 ? r : set_up(container, &process, root_fd);
}

/*
 * poststop() - note the end of a container that podman removes by itself (--rm), with its journal
 *
 * It may be no end but a restart, so the journal stays until the container is gone for good.
 */
static int poststop(Container *container)
{
	bool goes = false;
	int r;

	if (container_is_removed_by_engine(&container->input->config)) {
		r = load_policy(container);
		if (r >= 0)
			r = identify(container);
		if (r < 0)
			return r;
		goes = journal_goes_with_container(&container->input->config, container->journal,
						   id_is_chosen(container));
	}
	if (container->options->explain) {
		if (goes)
			(void) printf("remove the journal directory of %s when the container is "
				      "gone, if it is ours\n",
				      stream_text(STDOUT_FILENO, container->id.text));
		return 0;
	}
	r = privilege_keep(PRIVILEGES_REMOVE);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	r = journal_directory_end(&container->input->state, goes ? &container->id : NULL);
	if (r < 0)
		return log_error_errno(r, "Failed to note that the container ended, so its journal "
					  "stays: %m");
	return 0;
}

/* poststop_late() - podman called this hook before, and has removed the container since */
static int poststop_late(const Options *options)
{
	int r;

	if (options->explain)
		return 0;
	r = privilege_keep(PRIVILEGES_REMOVE);
	if (r < 0)
		return log_error_errno(r, "Failed to put capabilities away: %m");
	r = journal_directory_end(NULL, NULL);
	if (r < 0)
		return log_error_errno(
			r, "Failed to look for journals of containers that are gone: %m");
	return 0;
}

static int run(int argc, char *argv[])
{
	cleanup_hook_input HookInput input = {};
	cleanup_policy Policy policy = {};
	Container container = {.input = &input, .policy = &policy};
	Options options;
	int r;

	hook_process_init("oci-systemd-hook");
	r = options_parse(argc, argv, &options);
	if (r <= 0)
		return r;
	if (options.explain)
		stream_prepare_stdout();
	r = hook_input_read(options.stage, &input);
	if (r == HOOK_E_GONE)
		return poststop_late(&options);
	if (r < 0)
		return r;

	container.options = &options;
	return input.stage == HOOK_STAGE_POSTSTOP ? poststop(&container)
						  : create_runtime(&container);
}

DEFINE_HOOK_MAIN(run)
