/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "container-process.h"
#include "container-root.h"
#include "identity.h"
#include "mount-owner.h"
#include "oci-config.h"

/* What is at a path of the container, links resolved. */
typedef enum PathKind {
	PATH_MISSING,
	PATH_DIRECTORY,
	PATH_FILE,
	PATH_OTHER, /* FIFO, socket, device, dangling or looping link … */
} PathKind;

typedef struct Place {
	PathKind kind;
	bool is_mount; /* the path is a mount itself */
	MountOwner owner;
	bool is_read_only;	/* or will be: */
	bool is_still_writable; /* until the runtime does as config.json says */
	bool is_noexec;
	bool is_marked;	       /* a cgroup mount of an earlier call of ours */
	unsigned long fs_type; /* f_type of statfs(2) */
	dev_t dev;	       /* of what is there, as fstat(2) tells it */
	ino_t ino;
} Place;

typedef enum MachineIdState {
	MACHINE_ID_INVALID, /* is neither of the others */
	MACHINE_ID_EMPTY,
	MACHINE_ID_UNINITIALIZED,
	MACHINE_ID_VALID,
} MachineIdState;

typedef enum CgroupLayout {
	CGROUP_UNIFIED,
	CGROUP_LEGACY, /* or hybrid */
} CgroupLayout;

typedef struct CgroupHierarchy CgroupHierarchy;

/* All that the plan is made from, besides config.json and options. */
typedef struct Observation {
	ContainerRoot root;
	MountOwners owners;
	Place run, run_lock, run_host, tmp;
	Place etc_machine_id;
	MachineIdState machine_id_state;
	MachineId machine_id; /* if valid */
	/* only looked at where it holds no id: */
	bool machine_id_is_writable; /* for the container's root */
	bool has_dbus_id;	     /* PID 1 finds an id in /var/lib/dbus/machine-id */
	bool commit_is_masked;	     /* systemd-machine-id-commit.service; only looked at if
				  /etc/machine-id is a mount */
	Place journal;		     /* /var/log/journal */
	Place journal_id;	     /* /var/log/journal/<id> */
	CgroupLayout cgroup_layout;
	Place cgroup;		/* /sys/fs/cgroup */
	Place cgroup_own;	/* the own directory in it; only without a cgroup namespace */
	bool cgroup_is_private; /* the container has a cgroup namespace of its own */
	bool cgroup_is_shared;	/* its cgroup is that of the engine too */
	bool cgroup_is_on_host; /* what is mounted there would be mounted on the host, too */
	bool cgroup_is_wider; /* what is mounted shows another cgroup than its own: the host's tree
			       */
	bool cgroup_is_foreign; /* the container's root, who is not ours, does not own it */
	bool cgroup_nsdelegate; /* the kernel guards limits at the namespace's root */
	char *cgroup_path;	/* on the host, with leading slash; to be freed */
	int cgroup_own_fd;	/* that directory; -1 with CGROUP_LEGACY */
	/* with CGROUP_LEGACY, in place of all that is of one cgroup: */
	CgroupHierarchy *hierarchies;
	size_t n_hierarchies;
	bool cgroup_is_unsealed; /* the engine's tmpfs is writable, which config.json is not for */
	bool cgroup_is_engines;	 /* what is mounted on /sys/fs/cgroup is no volume */
	unsigned int payload_version; /* of the image's systemd, 0 if unknown */
} Observation;

#define OBSERVATION_NULL                                                                           \
	{                                                                                          \
		.cgroup_own_fd = -1                                                                \
	}

int observe(const ContainerProcess *process, const OciConfig *config, int root_fd,
	    const MachineId *id, Observation *ret);
void observation_done(Observation *observation);

int observe_place(const MountOwners *owners, int root_fd, const char *path, Place *ret);
int place_shows(const Place *place, int fd);

#define cleanup_observation cleanup(observation_done)
