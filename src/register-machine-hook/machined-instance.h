/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#define MACHINED_PATH_SIZE 80

typedef enum MachinedScope {
	MACHINED_NONE,
	MACHINED_SYSTEM,
	MACHINED_USER, /* of the user who runs the engine, since systemd 259 */
} MachinedScope;

/* A machined, and where to find it. */
typedef struct MachinedInstance {
	MachinedScope scope;
	char varlink_socket[MACHINED_PATH_SIZE]; /* empty: not to be used */
	char bus_socket[MACHINED_PATH_SIZE];
	char machines_dir[MACHINED_PATH_SIZE]; /* a file for each of its machines */
} MachinedInstance;

void machined_instance_from_uid_map(const char *text, uid_t self, MachinedInstance *ret);
void machined_instance_find(MachinedInstance *ret);
