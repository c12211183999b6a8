/* SPDX-License-Identifier: Apache-2.0 */
/* Is this container ours, and why not: annotations first, then what its command is in the image. */
#include "decide.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "fs-util.h"
#include "parse-util.h"

#define ENV_SWITCH "oci-systemd-hook"

/**
 * opt_from_annotation() - read an opt-in or opt-out annotation
 * @config: the container
 * @key: ANNOTATION_…
 * @ret: OPT_NONE if there is no such annotation, or its value is not one of the words
 *
 * Return: 0, or -EINVAL if the value is not one of the words; @ret is set all the same.
 */
int opt_from_annotation(const OciConfig *config, const char *key, Opt *ret)
{
	const char *value = oci_config_annotation(config, key);
	bool yes;

	*ret = OPT_NONE;
	if (!value)
		return 0;
	if (parse_bool(value, &yes) < 0)
		return -EINVAL;
	*ret = yes ? OPT_IN : OPT_OUT;
	return 0;
}

/**
 * decide_by_policy() - decide without a look at the image
 * @config: the container
 * @opt: what the annotation says
 * @ret: the decision
 *
 * The annotation is the user's word and comes first; the environment may be the image's.
 *
 * Return: true if that decided it.
 */
bool decide_by_policy(const OciConfig *config, Opt opt, Decision *ret)
{
	const char *value;

	if (opt != OPT_NONE) {
		*ret = opt == OPT_IN ? DECISION_OPTED_IN : DECISION_OPTED_OUT;
		return true;
	}

	value = oci_config_env(config, ENV_SWITCH);
	if (value && strcasecmp(value, "disabled") == 0) {
		*ret = DECISION_DISABLED;
		return true;
	}
	return false;
}

/**
 * decide_by_command() - decide by the file that the command is
 * @command: path of that file, all links resolved; NULL if there is none
 */
Decision decide_by_command(const char *command)
{
	const char *name;

	if (!command)
		return DECISION_NO_COMMAND;

	name = strrchr(command, '/');
	return strcmp(name ? name + 1 : command, "systemd") == 0 ? DECISION_SYSTEMD
								 : DECISION_NOT_SYSTEMD;
}

/**
 * decide() - decide whether a container is ours
 * @config: the container
 * @opt: what the annotation says
 * @root_fd: the container's root file system
 * @ret: the decision
 *
 * Return: 0, or a negative errno if it could not be found out (look_up_failed()).
 */
int decide(const OciConfig *config, Opt opt, int root_fd, Decision *ret)
{
	cleanup_free char *command = NULL;
	int r;

	if (decide_by_policy(config, opt, ret))
		return 0;
	r = command_resolve(config, root_fd, &command);
	if (look_up_failed(r))
		return r;
	*ret = decide_by_command(r < 0 ? NULL : command);
	return 0;
}

/** decision_is_ours() - whether a decision means that the hook has work */
bool decision_is_ours(Decision decision)
{
	return decision == DECISION_OPTED_IN || decision == DECISION_SYSTEMD;
}

/** decision_to_string() - the reason in words */
const char *decision_to_string(Decision decision)
{
	static const char *const texts[] = {
		[DECISION_NO_COMMAND] = "its command is not to be found in the image",
		[DECISION_NOT_SYSTEMD] = "its command is not systemd",
		[DECISION_DISABLED] = "its environment says oci-systemd-hook=disabled",
		[DECISION_OPTED_OUT] = "its annotation opts out",
		[DECISION_OPTED_IN] = "its annotation opts in",
		[DECISION_SYSTEMD] = "its command is systemd",
	};

	return texts[decision];
}
