/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container-process.h"
#include "decide.h"
#include "oci-config.h"
#include "oci-state.h"
#include "policy.h"

typedef enum HookStage {
	HOOK_STAGE_CREATE_RUNTIME,
	HOOK_STAGE_POSTSTOP,
} HookStage;

/* What a hook is called with. */
typedef struct HookInput {
	OciState state;
	OciConfig config;
	HookStage stage;
} HookInput;

void hook_process_init(const char *program);
int hook_stage_from_string(const char *word, const OciState *state, HookStage *ret);
/* hook_input_read(): the container is gone, and so is all that could be done for it */
#define HOOK_E_GONE 1

int hook_input_read(const char *stage_word, HookInput *ret);
void hook_input_done(HookInput *input);

int hook_load_policy(const char *program, const OciConfig *config, Policy *ret);
int hook_report_policy(const Policy *policy, bool is_strict);
int hook_refuse_kernel(const char *call);
/* hook_decide(): we may not look for the container's command */
#define HOOK_E_NOT_SEEN 1
int hook_decide(const HookInput *input, Opt opt, Decision *ret, ContainerProcess *process,
		int *ret_root_fd);
int hook_ignore_not_seen(bool strict);

#define cleanup_hook_input cleanup(hook_input_done)

/* The one place that maps a result to an exit code. */
#define DEFINE_HOOK_MAIN(run)                                                                      \
	int main(int argc, char *argv[])                                                           \
	{                                                                                          \
		return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;                          \
	}
