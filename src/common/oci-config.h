/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"
#include "json.h"
#include "oci-mount.h"
#include "oci-state.h"

/* What the hooks need of a bundle's config.json; strings without a comment belong to json. */
typedef struct OciConfig {
	json_t *json;
	char *root_path;   /* absolute */
	const char *arg0;  /* NULL: no process, or no arguments */
	const char *cwd;   /* NULL: not given */
	const json_t *env; /* array, or NULL */
	const char *hostname;
	const json_t *annotations; /* object, or NULL */
	OciMount *mounts;
	size_t n_mounts;
	const char *mount_label; /* NULL: none */
	bool has_sys_admin;	 /* the process may mount */
} OciConfig;

int oci_config_load(const OciState *state, OciConfig *ret, ParseError *reterr);
int oci_config_load_to_explain(const OciState *state, OciConfig *ret, ParseError *reterr);
void oci_config_done(OciConfig *config);

const char *oci_config_annotation(const OciConfig *config, const char *key);
const char *oci_config_env(const OciConfig *config, const char *name);
const OciMount *oci_config_mount_at(const OciConfig *config, const char *path);
const OciMount *oci_config_mount_over(const OciConfig *config, const char *path);
bool oci_config_is_kubernetes(const OciConfig *config);

#define cleanup_oci_config cleanup(oci_config_done)
