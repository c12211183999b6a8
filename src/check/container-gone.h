/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

typedef enum Presence {
	PRESENCE_THERE,
	PRESENCE_GONE,
	PRESENCE_UNKNOWN,
} Presence;

Presence container_presence(const char *id, const char *bundle);
