/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define BENCH_PATH_MAX 512

typedef struct json_t json_t;

/* The host that is measured on, and what all containers on it are like. */
typedef struct Host {
	int mounts;  /* so many more on the host */
	int volumes; /* so many binds of each container */
	int files;   /* so many in the image's /run */
	bool is_hybrid;
	char dir[32]; /* where all bundles are */
} Host;

/* What the engine has mounted when the hook is called. */
typedef enum Mounts {
	MOUNTS_NONE,   /* nothing: a bare runtime */
	MOUNTS_ENGINE, /* each tmpfs of config.json */
} Mounts;

void host_make(Host *host);
void host_remove(const Host *host);
void host_add_bundle(const Host *host, const char *name, const json_t *config, const char *command);
void host_bundle_path(const Host *host, const char *name, char path[static BENCH_PATH_MAX]);
pid_t host_start_container(const Host *host, const char *bundle, Mounts mounts);
void host_stop_container(pid_t pid);
void host_forget_container(const Host *host, const char *bundle, const char *id);
