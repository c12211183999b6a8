/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

/* Strings without a comment belong to the document. */
typedef struct OciMount {
	char *path;	       /* destination, normalized */
	const char *type;      /* NULL: not given, as is usual for binds */
	const char *source;    /* NULL: not given */
	const json_t *options; /* array of strings, or NULL */
} OciMount;

int oci_mount_parse(json_t *json, size_t index, OciMount *ret, ParseError *reterr);
void oci_mount_done(OciMount *mount);

bool oci_mount_is_bind(const OciMount *mount);
bool oci_mount_is_read_only(const OciMount *mount);
bool oci_mount_has_option(const OciMount *mount, const char *option);
