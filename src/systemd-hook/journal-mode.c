/* SPDX-License-Identifier: Apache-2.0 */
/* Where the container's journal goes: the admin's option, lowered by the user's annotation. */
#include "journal-mode.h"

#include <errno.h>
#include <string.h>

static const char *const mode_names[] = {
	[JOURNAL_NO] = "no",
	[JOURNAL_AUTO] = "auto",
	[JOURNAL_TRY_HOST] = "try-host",
	[JOURNAL_HOST] = "host",
};

/**
 * journal_mode_from_string() - read a mode
 *
 * Return: 0, or -EINVAL.
 */
int journal_mode_from_string(const char *word, JournalMode *ret)
{
	for (size_t i = 0; i < ELEMENTSOF(mode_names); i++)
		if (strcmp(word, mode_names[i]) == 0) {
			*ret = (JournalMode) i;
			return 0;
		}
	return -EINVAL;
}

/** journal_mode_to_string() - the word for a mode */
const char *journal_mode_to_string(JournalMode mode)
{
	return mode_names[mode];
}

/**
 * journal_mode_choose() - decide on the mode for a container
 * @config: the container
 * @option: the admin's word, NULL if he gave none
 * @ret: the mode
 *
 * Without the admin's word a pod of Kubernetes keeps its journal to itself: it must not fill a
 * node's disk unasked. The annotation can only lower the mode.
 *
 * Return: 0, or -EINVAL if the annotation's value is none of the words; @ret is set all the same.
 */
int journal_mode_choose(const OciConfig *config, const JournalMode *option, JournalMode *ret)
{
	const char *value = oci_config_annotation(config, ANNOTATION_JOURNAL);
	JournalMode wish;

	if (option)
		*ret = *option;
	else
		*ret = oci_config_is_kubernetes(config) ? JOURNAL_NO : JOURNAL_TRY_HOST;

	if (!value)
		return 0;
	if (journal_mode_from_string(value, &wish) < 0)
		return -EINVAL;
	*ret = MIN(*ret, wish);
	return 0;
}
