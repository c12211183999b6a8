/* SPDX-License-Identifier: Apache-2.0 */
/* Words of options and annotations, ids, paths: what is taken is in range and in its plain form. */
#include <limits.h>

#include "fs-util.h"
#include "fuzz.h"
#include "identity.h"
#include "parse-util.h"
#include "path-util.h"

/* check_path() - the path is in its plain form, and leads where the text leads, but never out of the root */
static void check_path(const char *text)
{
	cleanup_free char *path = path_normalize(text), *again = path ? path_normalize(path) : NULL;
	cleanup_free char *copy = strdup(text);
	char *rest = copy, *name;
	const char *stack[PATH_MAX];
	size_t depth = 0;

	assert(again && copy && fuzz_is_path(path) && strcmp(path, again) == 0);
	assert(path_below(path, "/") == path + 1 && strlen(path) <= strlen(text) + 1);
	while ((name = strsep(&rest, "/")) && depth < ELEMENTSOF(stack)) {
		if (strcmp(name, "..") == 0)
			depth -= depth > 0;
		else if (*name && strcmp(name, ".") != 0)
			stack[depth++] = name;
	}
	if (name) /* deeper than the stack */
		return;
	rest = path + 1;
	for (size_t i = 0; i < depth; i++)
		assert((name = strsep(&rest, "/")) && strcmp(name, stack[i]) == 0);
	assert(!rest || !*rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	uint64_t number = 0, usec = 0;
	unsigned int percent = 0;
	MachineId id;
	bool value;

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

	check_path(text);
	return 0;
}
