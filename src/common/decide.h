/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "oci-config.h"

#define ANNOTATION_SYSTEMD_HOOK "io.containers.systemd-hook"
#define ANNOTATION_REGISTER_MACHINE "io.containers.register-machine"

typedef enum Opt {
	OPT_NONE,
	OPT_IN,
	OPT_OUT,
} Opt;

typedef enum Decision {
	DECISION_NO_COMMAND,  /* no process.args, or not to be found in the image */
	DECISION_NOT_SYSTEMD, /* the command is another program */
	DECISION_DISABLED,    /* oci-systemd-hook=disabled in process.env */
	DECISION_OPTED_OUT,   /* annotation */
	DECISION_OPTED_IN,    /* annotation */
	DECISION_SYSTEMD,     /* the command is a file named systemd */
} Decision;

int opt_from_annotation(const OciConfig *config, const char *key, Opt *ret);

bool decide_by_policy(const OciConfig *config, Opt opt, Decision *ret);
Decision decide_by_command(const char *command);
int decide(const OciConfig *config, Opt opt, int root_fd, Decision *ret);

bool decision_is_ours(Decision decision);
const char *decision_to_string(Decision decision);
