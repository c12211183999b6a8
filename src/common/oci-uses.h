/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "json-filter.h"

extern const JsonUse oci_state_uses[];
extern const JsonUse oci_config_uses[];
extern const JsonUse oci_explain_uses[];
extern const JsonUse oci_annotation_uses[];

bool oci_annotation_is_used(const char *key);
bool oci_env_is_used(const char *entry);
