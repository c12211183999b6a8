/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every hook begins with: shake off what the caller left to us, read the container's state and
 * config.json, find the stage. Unlike the rest of common/ it says what is wrong with them: there is
 * one wording for both hooks.
 */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs-util.h"
#include "log.h"

/**
 * hook_process_init() - make the process's surroundings known ones
 * @program: name for messages
 *
 * Runtimes hand their own umask, group, descriptors and signals down to a hook, and their
 * environment to one whose JSON names no `env`.
 */
void hook_process_init(const char *program)
{
	int fd;

	(void) clearenv();
	(void) umask(0);
	/* a service may give its engine another group, which would own what is made */
	(void) setfsgid(0);
	/* a reader that has gone, or a limit on the size of files, is an error like others */
	(void) signal(SIGPIPE, SIG_IGN);
	(void) signal(SIGXFSZ, SIG_IGN);
	/* where it is ignored, no child can be waited for */
	(void) signal(SIGCHLD, SIG_DFL);

	/*
	 * stdin, stdout and stderr must be there, so that no file of ours gets one of their numbers
	 */
	do
		fd = open("/dev/null", O_RDWR | O_NONBLOCK);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void) close(fd);
	(void) close_range(STDERR_FILENO + 1, ~0U, 0);

	log_setup(program);
}

/**
 * hook_stage_from_string() - find out which stage of the container's life it is
 * @word: first argument of the hook that is not an option; NULL if there is none
 * @state: decides where there is no word, as one JSON file serves all its stages with the same
 * arguments
 * @ret: the stage
 *
 * Return: 0, or -EINVAL if @word is not a stage that a hook of ours is for.
 */
int hook_stage_from_string(const char *word, const OciState *state, HookStage *ret)
{
	if (!word)
		*ret = state->status == OCI_STATUS_STOPPED ? HOOK_STAGE_POSTSTOP
							   : HOOK_STAGE_CREATE_RUNTIME;
	else if (strcmp(word, "createRuntime") == 0 || strcmp(word, "prestart") == 0)
		*ret = HOOK_STAGE_CREATE_RUNTIME;
	else if (strcmp(word, "poststop") == 0)
		*ret = HOOK_STAGE_POSTSTOP;
	else
		return -EINVAL;
	return 0;
}

/** hook_input_done() - release what the input holds */
void hook_input_done(HookInput *input)
{
	oci_config_done(&input->config);
	oci_state_done(&input->state);
}

static int log_read_error(int r, const ParseError *error, const char *directory)
{
	if (error->reason[0])
		return log_error_errno(r, "%s%s%.256s: %s: %s", error->source,
				       directory ? " of " : "", directory ?: "", error->place,
				       error->reason);
	return log_error_errno(r, "Failed to read %s%s%.256s: %m", error->source,
			       directory ? " of " : "", directory ?: "");
}

/**
 * hook_input_read() - read the state on stdin and the config.json that belongs to it
 * @stage_word: first argument that is not an option, or NULL
 * @ret: the input; release with hook_input_done()
 *
 * Logs what is wrong: one line with file, place and reason.
 *
 * Return: 0, HOOK_E_GONE if the container was removed already, or a negative errno.
 */
int hook_input_read(const char *stage_word, HookInput *ret)
{
	cleanup_hook_input HookInput input = {};
	ParseError error = {};
	int r;

	r = oci_state_read(STDIN_FILENO, &input.state, &error);
	if (r < 0)
		return log_read_error(r, &error, NULL);
	log_set_container(input.state.id);

	r = hook_stage_from_string(stage_word, &input.state, &input.stage);
	if (r < 0)
		return log_error_errno(
			r,
			"Unknown stage '%.64s': this hook is for createRuntime (prestart) "
			"and poststop",
			stage_word);

	if (input.stage == HOOK_STAGE_CREATE_RUNTIME && input.state.pid == 0)
		return log_error_errno(-EINVAL,
				       "state: /pid: is missing, but needed at this stage");

	r = oci_config_load(&input.state, &input.config, &error);
	/* podman stop of a --rm container races with its own clean-up: both call us, one comes late
	 */
	if (r == -ENOENT && input.stage == HOOK_STAGE_POSTSTOP &&
	    access(input.state.bundle, F_OK) < 0 && errno == ENOENT) {
		log_debug("The bundle %.256s is gone, nothing is left to do", input.state.bundle);
		return HOOK_E_GONE;
	}
	if (r < 0)
		return log_read_error(r, &error, input.state.bundle);

	*ret = input;
	input = (HookInput){};
	return 0;
}

/**
 * hook_load_policy() - collect the options of all files that call this hook
 * @program: the hook's name
 * @config: the container
 * @ret: the options; release with policy_done()
 *
 * To be followed by hook_report_policy(), once the options are known.
 *
 * Return: 0, or -ENOMEM.
 */
int hook_load_policy(const char *program, const OciConfig *config, Policy *ret)
{
	int r;

	r = policy_collect(program, config->json, ret);
	if (r < 0)
		return log_error_errno(r, "Failed to collect the options of all hook files: %m");
	return 0;
}

/**
 * hook_report_policy() - say which files' options are not known
 * @policy: what hook_load_policy() collected
 * @is_strict: whether that fails the call, as what is not known may forbid what the call would do
 *
 * Return: 0, or -EINVAL with @is_strict.
 */
int hook_report_policy(const Policy *policy, bool is_strict)
{
	int r = 0;

	for (size_t i = 0; i < policy->n_sources; i++) {
		const PolicySource *source = &policy->sources[i];

		if (!source->fault)
			continue;
		(void) log_full(is_strict ? LOG_ERR : LOG_WARNING, 0,
				"%.256s: %s; its options are not known%s", source->name,
				source->fault, is_strict ? "" : ", ignoring it");
		r = is_strict ? -EINVAL : 0;
	}
	return r;
}

/**
 * hook_refuse_kernel() - refuse to work on a kernel that is too old
 * @call: the system call that it has not
 *
 * Return: -ENOSYS.
 */
int hook_refuse_kernel(const char *call)
{
	return log_error_errno(-ENOSYS, "This kernel has no %s(2): Linux 5.10 or newer is needed",
			       call);
}

/* pin_process() - get hold of the container's process, and say why where that is not possible */
static int pin_process(const HookInput *input, ContainerProcess *ret)
{
	int r;

	r = container_process_pin(input->state.pid, ret);
	if (r == -ENOSYS)
		return hook_refuse_kernel("pidfd_open");
	if (r == CONTAINER_PROCESS_E_OTHER_PROC)
		return log_error_errno(-ESRCH,
				       "state: /pid: cannot get hold of process %d: /proc is that "
				       "of another PID namespace than the hook's; mount its own",
				       input->state.pid);
	if (r < 0)
		return log_error_errno(r, "state: /pid: cannot get hold of process %d: %m",
				       input->state.pid);
	return 0;
}

/**
 * hook_decide() - decide whether the container is ours, and get hold of it if it may be
 * @input: of createRuntime
 * @opt: what its annotations say
 * @ret: the decision
 * @process: its first process; release with container_process_done()
 * @ret_root_fd: its root file system, or a negative errno
 *
 * Where there is no root file system there is no command; but where there was no memory to see it,
 * say, the container may be ours, and must not start without what we would do. What has opted out is
 * left alone on any kernel. Logs what is wrong.
 *
 * Return: 0, HOOK_E_NOT_SEEN (see hook_ignore_not_seen()), or a negative errno.
 */
int hook_decide(const HookInput *input, Opt opt, Decision *ret, ContainerProcess *process,
		int *ret_root_fd)
{
	const OciConfig *config = &input->config;
	bool is_decided;
	int r;

	*ret_root_fd = -EBADF;
	is_decided = decide_by_policy(config, opt, ret);
	if (is_decided && !decision_is_ours(*ret))
		return 0;
	r = pin_process(input, process);
	if (r < 0)
		return r;

	*ret_root_fd = container_process_open_root(process, config->root_path);
	if (*ret_root_fd == -ENOSYS)
		return hook_refuse_kernel("openat2");
	if (is_decided)
		return 0;
	*ret = DECISION_NO_COMMAND;
	r = *ret_root_fd < 0 ? *ret_root_fd : decide(config, opt, *ret_root_fd, ret);
	if (r == -EACCES)
		return HOOK_E_NOT_SEEN;
	if (look_up_failed(r))
		return log_error_errno(r, "Failed to look for the container's command: %m");
	return 0;
}

/**
 * hook_ignore_not_seen() - pass by a container whose command we may not look for
 * @strict: whether that is fatal
 *
 * It starts, with a warning: that need not concern us.
 *
 * Return: 0, or -EACCES.
 */
int hook_ignore_not_seen(bool strict)
{
	int r = log_full(strict ? LOG_ERR : LOG_WARNING, -EACCES,
			 "Failed to look for the container's command%s: %m",
			 strict ? "" : ", ignoring the container");

	return strict ? r : 0;
}
