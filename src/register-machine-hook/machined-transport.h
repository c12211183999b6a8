/* SPDX-License-Identifier: Apache-2.0 */
/* What machined.c asks of a way to talk to machined. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "deadline.h"
#include "identity.h"
#include "machine.h"
#include "machined-instance.h"

/* What a transport may answer besides 0 and a negative errno. */
enum {
	MACHINED_E_ABSENT = 1, /* nobody there, or not this method: try the other transport */
	MACHINED_E_EXISTS,     /* the name is taken, or the leader is known already */
	MACHINED_E_NO_MACHINE, /* no such machine */
	MACHINED_E_ELSEWHERE,  /* it sees other processes or cgroups than we do */
};

/* the negative errno by which a user's bus says that it has no machined */
#define MACHINED_NO_SERVICE (-ENODEV)

/* A machine as machined knows it. */
typedef struct MachinedEntry {
	char name[MACHINE_NAME_MAX + 2]; /* machined takes one character more than we do */
	MachineId id;			 /* empty: none */
	char *root_directory;
	pid_t leader; /* 0: none */
} MachinedEntry;

/* One conversation with machined. */
typedef struct Machined {
	const MachinedInstance *instance;
	Deadline deadline;
	bool activate;	  /* whether a machined that does not run is to be started */
	int fd;		  /* of Varlink */
	void *bus;	  /* of D-Bus */
	char reason[192]; /* why the last call failed, in words; empty: the errno tells it */
} Machined;

#define MACHINED_NULL                                                                              \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* One way of talking to it. Nothing in it logs. */
typedef struct MachinedTransport {
	const char *name;
	bool asks_first; /* for the leader: a registration that fails would do harm */
	int (*open)(Machined *machined);
	void (*close)(Machined *machined);
	int (*add)(Machined *machined, const Machine *machine, const char *name);
	int (*remove)(Machined *machined, const char *name);
	int (*find_by_name)(Machined *machined, const char *name, MachinedEntry *ret);
	int (*find_by_leader)(Machined *machined, pid_t leader, MachinedEntry *ret);
} MachinedTransport;

int machined_reason(Machined *machined, int error, const char *format, ...) printf_like(3, 4);
void machined_entry_done(MachinedEntry *entry);

#define cleanup_machined_entry cleanup(machined_entry_done)
