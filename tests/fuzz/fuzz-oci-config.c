/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a bundle's config.json: it is read, or refused with a place and a reason. */
#include <errno.h>

#include "decide.h"
#include "fuzz.h"
#include "identity.h"
#include "systemd-hook/journal-mode.h"

/* check_annotations() - only words that are known do something, and only what the administrator allows */
static void check_annotations(const OciConfig *config)
{
	const char *journal = oci_config_annotation(config, ANNOTATION_JOURNAL);
	const char *value = oci_config_annotation(config, ANNOTATION_SYSTEMD_HOOK);
	JournalMode mode;
	Decision decision;
	Opt opt;
	int r;

	for (int allowed = JOURNAL_NO; allowed <= JOURNAL_HOST; allowed++) {
		r = journal_mode_choose(config, &(JournalMode){(JournalMode) allowed}, &mode);
		assert((int) mode <= allowed && (r == 0 || (int) mode == allowed));
		assert(r == 0 ? !journal || (int) mode == allowed ||
					strcmp(journal, journal_mode_to_string(mode)) == 0
			      : journal != NULL);
	}
	r = journal_mode_choose(config, NULL, &mode);
	assert(mode <= (oci_config_is_kubernetes(config) ? JOURNAL_NO : JOURNAL_TRY_HOST));

	r = opt_from_annotation(config, ANNOTATION_SYSTEMD_HOOK, &opt);
	assert((r == 0 && value) == (opt != OPT_NONE));
	if (decide_by_policy(config, opt, &decision))
		assert(opt == OPT_NONE ? decision == DECISION_DISABLED
				       : decision_is_ours(decision) == (opt == OPT_IN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OciState state = {.id = "fuzz"};
	cleanup_oci_config OciConfig config = {};
	IdentitySource source;
	ParseError error = {};
	Decision decision;
	MachineId id;
	int r;

	r = fuzz_config(data, size, &state, &config, &error);
	assert(r == 0 || ((r == -EINVAL || r == -E2BIG) && error.place[0] && error.reason[0]));
	assert(r < 0 ? !config.json : config.root_path[0] == '/');

	for (size_t i = 0; i < config.n_mounts; i++)
		assert(fuzz_is_path(config.mounts[i].path) &&
		       oci_config_mount_over(&config, config.mounts[i].path));
	if (r < 0)
		return 0;
	assert(identity_find(&state, &config, /* from_env= */ true, &id, &source) == 0);
	assert(fuzz_is_id(id.text));
	check_annotations(&config);
	(void) decide(&config, OPT_NONE, STDIN_FILENO, &decision);
	return 0;
}
