/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a pattern: a verdict, with a reason where it is a bad one. */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/go-regex.h"
#include "cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *) data, size);
	const char *reason = NULL;

	if (go_regex_check(text, &reason) == GO_REGEX_BROKEN)
		assert(reason && *reason);
	return 0;
}
