/* SPDX-License-Identifier: Apache-2.0 */
/* A journald.conf of an image. A limit that is found stands in the file: with it alone, the same is found. */
#include <inttypes.h>

#include "fuzz.h"
#include "systemd-hook/journald-limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *copy = strdup(text), *again = NULL;
	uint64_t limit = JOURNALD_NO_LIMIT, same = JOURNALD_NO_LIMIT;

	assert(copy);
	journald_parse_limit(text, &limit);
	if (limit == JOURNALD_NO_LIMIT)
		return 0;
	assert(strstr(copy, "SystemMaxUse") && strstr(copy, "[Journal]"));
	assert(strpbrk(copy, FUZZ_DIGITS));
	assert(asprintf(&again, "%s\n[Journal]\nSystemMaxUse=%" PRIu64 "\n", copy, limit / 2) > 0);
	journald_parse_limit(again, &same);
	/* a backslash may join the last line and the new ones */
	assert(same == limit / 2 || strchr(copy, '\\'));
	return 0;
}
