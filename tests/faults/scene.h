/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host and containers made of namespaces, by the thousand: what lib/systemd-hook.sh makes for one
 * test, in some 2 ms. A container is a sleeping process in its own cgroup, mount and (mostly) cgroup
 * namespace. Its image is a tmpfs of its mount namespace: it is gone with the process.
 *
 * What cannot be made ends the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SCENE_BUNDLE "/mnt/bundle"
#define SCENE_ROOTFS SCENE_BUNDLE "/rootfs"
#define SCENE_MACHINE_ID "81f9f270b6608ffb6a500ac7ec36e137"
#define SCENE_ID SCENE_MACHINE_ID "90c53cf7eee0c0a048bb9062af3e3843"
#define SCENE_JOURNAL "/var/log/journal"
#define SCENE_ENDED SCENE_JOURNAL "/.oci-systemd-hook.ended"
#define SCENE_NOTE SCENE_ENDED "/" SCENE_MACHINE_ID
#define SCENE_USER 100000 /* the container's root, in a user namespace */
#define SCENE_CGROUPS_MAX 4

typedef struct Scene {
	/* what kind it is */
	bool is_hybrid;	     /* the host has cgroup v1 and v2 beside each other */
	bool has_no_cgroups; /* the container has no cgroup namespace */
	bool has_user_namespace;
	bool is_renewable; /* for scene_renew() */
	/* in the working directory, which is the root of the image; either may be NULL */
	void (*add_to_image)(void);
	void (*make_mounts)(const struct Scene *scene); /* the engine's */
	const char *config; /* members of config.json beside the usual ones; may be NULL */

	/* what there is */
	pid_t pid; /* of the container; 0 if there is none */
	pid_t user_namespace_holder;
	int orders_fd, answers_fd; /* to and from a container that is renewable */
	size_t n_cgroups;
	char cgroups[SCENE_CGROUPS_MAX][128]; /* the container's, on the host */
} Scene;

const char *scene_enter(Scene *scene);
void scene_leave(Scene *scene);
void scene_mount_tmpfs(const char *path, const char *options);
void scene_bind(const char *from, const char *to);
void scene_start(Scene *scene);
void scene_renew(const Scene *scene);
void scene_stop(Scene *scene);
void scene_end_with_parent(void);
int scene_state_fd(const Scene *scene, const char *status);
void scene_end_journal(const char *journal, bool is_noted);
void scene_write(const char *path, const char *text);
void scene_make_directory(const char *path, mode_t mode);
