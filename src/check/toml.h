/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "cleanup.h"
#include "json.h"

/* A list of strings in a TOML file of an engine. */
typedef struct TomlList {
	json_t *strings; /* array; NULL: the file does not have the key */
	bool has_append; /* it ends in {append=…}, as containers.conf allows */
	bool append;
} TomlList;

int toml_read_list(const char *text, const char *name, TomlList *ret);
int toml_read_string(const char *text, const char *name, char **ret);
void toml_list_done(TomlList *list);

#define cleanup_toml_list cleanup(toml_list_done)
