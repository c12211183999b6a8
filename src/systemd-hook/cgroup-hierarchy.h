/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "container-process.h"
#include "observe.h"

/* The host's root runs the program that it names (CVE-2022-0492). */
#define CGROUP_RELEASE_AGENT "release_agent"

/* One hierarchy of a host with cgroup v1, and what the container sees of it. */
struct CgroupHierarchy {
	char *controllers; /* of /proc/PID/cgroup: "cpu,cpuacct", "name=systemd"; "" of v2 */
	char *path;	   /* the container's cgroup, on the host, with leading slash */
	bool is_shared;	   /* and it is not its own */
	bool is_unified;
	bool is_tracking; /* systemd keeps its services in it: name=systemd, and v2 beside v1 */
	bool is_mounted;  /* by the host; else nothing of the following is known */
	char *name;	  /* its directory in /sys/fs/cgroup */
	char *place_path; /* in the container: /sys/fs/cgroup/NAME */
	char *own_path;	  /* likewise, with the own cgroup below it */
	int root_fd;	  /* on the host: its root */
	int own_fd;	  /* and the container's cgroup */
	bool is_own;	  /* what is mounted at its place shows the own cgroup */
	bool is_guarded;  /* nsdelegate keeps the limits of a namespace's root */
	bool has_agent;	  /* its release_agent is seen there */
	Place place;
	Place own_place; /* of own_path; only without a cgroup namespace */
};

int cgroup_hierarchies_from_text(const char *text, CgroupHierarchy **ret, size_t *ret_n);
void cgroup_hierarchies_free(CgroupHierarchy *hierarchies, size_t n);
int cgroup_hierarchies_observe(const ContainerProcess *process, const OciConfig *config,
			       int root_fd, Observation *ret);
