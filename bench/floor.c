/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that any hook of this kind has to do: read the state, read and parse the config.json.
 * Built with the flags of the hooks; what they take longer than this is their own doing.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	json_auto_t *state = json_loadf(stdin, 0, NULL), *config = NULL;
	char path[4096];

	(void) snprintf(path, sizeof(path), "%s/config.json",
			json_string_value(json_object_get(state, "bundle")));
	config = json_load_file(path, 0, NULL);
	return config ? EXIT_SUCCESS : EXIT_FAILURE;
}
