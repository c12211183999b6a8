/* SPDX-License-Identifier: Apache-2.0 */
/* One list of strings out of a TOML document: strings only, or nothing. */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/toml.h"
#include "cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *) data, size);
	cleanup_toml_list TomlList list = {};
	json_t *item;
	size_t i;

	if (toml_read_list(text, "engine.hooks_dir", &list) < 0)
		return 0;
	json_array_foreach (list.strings, i, item)
		assert(json_is_string(item));
	return 0;
}
