/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner of a container is made of. */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <sys/types.h>

/* a tmpfs in the mount namespace of one run, which makes all below it new each time */
#define WORK "/var/lib/differential/work"
#define IMAGES "/var/lib/differential/images"
#define CONTAINER "d1ffe4e47ba1d1ffe4e47ba1d1ffe4e47ba1d1ffe4e47ba1d1ffe4e47ba1d1ff"

/* The users of the host, or those of a user namespace */
typedef enum Owner {
	OWNER_HOST = 0,
	OWNER_MAPPED = 100000,
} Owner;

void die(const char *what);
void bundle_make(const char *description, const char *config);
bool description_has(const char *description, const char *line);
void peers_read(void);
void facts_print(const char *path, const char *prefix, const char *as);
bool facts_differ(const char *before, const char *after);

#endif
