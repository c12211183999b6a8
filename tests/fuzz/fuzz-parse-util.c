/* SPDX-License-Identifier: Apache-2.0 */
/* Words of options and annotations, ids, paths: what is taken is in range and in its plain form. */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"
#include "identity.h"
#include "parse-util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *) data, size), *path = NULL, *again = NULL;
	uint64_t number = 0, usec = 0;
	unsigned int percent = 0;
	MachineId id;
	bool value;

	assert(text);
	if (parse_uint64(text, &number) == 0)
		assert(!text[strspn(text, "0123456789")]);
	if (parse_size(text, &number, &percent) == 0)
		assert(percent ? percent <= 100 && number == 0 : number > 0);
	if (parse_size(text, &number, /* ret_percent= */ NULL) == 0)
		assert(number > 0 && !strchr(text, '%'));
	if (parse_seconds(text, &usec) == 0)
		assert(usec >= 1000000 && usec <= UINT64_C(86400000000));
	if (parse_bool(text, &value) == 0)
		assert(strlen(text) <= strlen("disabled"));
	if (machine_id_parse(text, &id) == 0)
		assert(strspn(id.text, "0123456789abcdef") == 32 && !id.text[32]);

	path = path_normalize(text);
	again = path ? path_normalize(path) : NULL;
	assert(again && *path == '/' && strcmp(path, again) == 0 && !strstr(path, "//"));
	assert(path_below(path, "/") == path + 1 && strlen(path) <= strlen(text) + 1);
	return 0;
}
