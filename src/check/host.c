/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hooks need of a host: cgroup, journal, machined, SELinux. Of the engines, see
 * host-engines.c.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "host-engines.h"
#include "register-machine-hook/machined.h"
#include "systemd-hook/mount-table.h"

#define CGROUP "/sys/fs/cgroup"
#define JOURNAL "/var/log/journal"
#define SELINUX "/sys/fs/selinux"
#define SELINUX_BOOLEAN SELINUX "/booleans/container_manage_cgroup"
#define MODULE_NAME "oci-systemd-hooks"

static void check_cgroup(Report *report)
{
	cleanup_close int fd = -1;
	int r;

	fd = open(CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fd_is_fs_type(fd, CGROUP2_SUPER_MAGIC) <= 0) {
		bool is_hybrid = fd >= 0 && faccessat(fd, "unified/cgroup.procs", F_OK, 0) == 0;

		report_add(
			report, LEVEL_NOTE, "cgroup", CGROUP, NULL,
			is_hybrid
				? "version 1 with version 2 beside it; docs/cgroups.md tells what "
				  "works on it"
				: "not version 2: an image with systemd 258 or later cannot boot");
		return;
	}
	r = mount_table_has_nsdelegate(fd);
	if (r > 0)
		report_add(report, LEVEL_GOOD, "cgroup", CGROUP, NULL,
			   "version 2, with nsdelegate");
	else if (r == 0)
		report_add(
			report, LEVEL_WARNING, "cgroup-nsdelegate", CGROUP,
			"mount -o remount,nsdelegate " CGROUP "; podman run --cgroupns=host "
			"clears it again.",
			"the mount option nsdelegate is off: the kernel does not guard the limits "
			"of containers; the hook covers their files instead");
	else
		report_add(report, LEVEL_NOTE, "cgroup", CGROUP, NULL,
			   "version 2; its mount options cannot be read: %s", strerror(-r));
}

static void check_journal(Report *report)
{
	if (access(JOURNAL, F_OK) == 0)
		report_add(report, LEVEL_GOOD, "journal", JOURNAL, NULL,
			   "is there: containers keep their journals in it");
	else
		report_add(
			report, LEVEL_WARNING, "journal-volatile", JOURNAL,
			"mkdir -p " JOURNAL " && systemd-tmpfiles --create --prefix " JOURNAL
			" && journalctl --flush",
			"does not exist: the host keeps no persistent journal, and the journals of "
			"containers stay in them");
}

/* is_masked() - a unit that an administrator linked to /dev/null */
static bool is_masked(const char *unit)
{
	static const char *const directories[] = {"/etc/systemd/system", "/run/systemd/system"};
	char path[128];
	struct stat st;

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		(void) snprintf(path, sizeof(path), "%s/%s", directories[i], unit);
		if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || st.st_size == 0))
			return true;
	}
	return false;
}

static bool is_installed(const char *unit)
{
	static const char *const directories[] = {"/usr/lib/systemd/system", "/lib/systemd/system",
						  "/etc/systemd/system"};
	char path[128];

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		(void) snprintf(path, sizeof(path), "%s/%s", directories[i], unit);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static void check_machined(Report *report)
{
	static const char unit[] = "systemd-machined.service";
	const MachinedTransport *transport;
	MachinedInstance instance;
	const char *socket;

	machined_instance_find(&instance);
	if (instance.scope != MACHINED_SYSTEM) {
		report_add(report, LEVEL_NOTE, "machined", unit, NULL,
			   "not looked at from within a user namespace");
		return;
	}
	transport = machined_transport_in_sight(&instance, &socket);
	if (is_masked(unit))
		report_add(report, LEVEL_WARNING, "machined-masked", unit,
			   "systemctl unmask systemd-machined.service",
			   "is masked: no container is registered, each start has a warning");
	else if (!is_installed(unit))
		report_add(
			report, LEVEL_WARNING, "machined-missing", unit,
			"Install the package systemd-container.",
			"is not installed: no container is registered, each start has a warning");
	else if (!transport)
		report_add(report, LEVEL_WARNING, "machined-unreachable", unit,
			   "Does the host run systemd and D-Bus?",
			   "is installed, but neither its socket nor a system bus is there");
	else
		report_add(report, LEVEL_GOOD, "machined", unit, NULL, "is there, by %s on %s",
			   transport->name, socket);
}

/* read_digit() - the first character of a file of selinuxfs, or -1 */
static int read_digit(const char *path)
{
	cleanup_free char *text = NULL;

	if (read_file_at(AT_FDCWD, path, 64, &text, NULL) < 0 || !*text)
		return -1;
	return *text;
}

/* find_module() - whether the policy's store has our module: 1, 0, or -1 if it is not to be seen */
static int find_module(void)
{
	static const char *const stores[] = {"/var/lib/selinux/default",
					     "/var/lib/selinux/targeted", "/var/lib/selinux/mls"};
	char path[128];
	int result = 0;

	for (size_t i = 0; i < ELEMENTSOF(stores); i++) {
		(void) snprintf(path, sizeof(path), "%s/active/modules/400/" MODULE_NAME,
				stores[i]);
		if (access(path, F_OK) == 0)
			return 1;
		if (errno == EACCES)
			result = -1;
	}
	return result;
}

static void check_selinux(Report *report)
{
	int enforcing = read_digit(SELINUX "/enforce"), module, boolean;

	if (enforcing < 0) {
		report_add(report, LEVEL_GOOD, "selinux", "SELinux", NULL, "is off");
		return;
	}
	module = find_module();
	boolean = read_digit(SELINUX_BOOLEAN);
	if (module > 0)
		report_add(report, LEVEL_GOOD, "selinux", "SELinux", NULL, "%s, with our module",
			   enforcing == '1' ? "enforcing" : "permissive");
	else if (module < 0)
		report_add(report, LEVEL_NOTE, "selinux", "SELinux", NULL,
			   "is on; only root can see whether our module is loaded");
	else
		report_add(
			report, enforcing == '1' ? LEVEL_WARNING : LEVEL_NOTE, "selinux-module",
			"SELinux", "semodule -i " DATADIR "/selinux/packages/" MODULE_NAME ".cil",
			"is %s without our module: by Debian's policy systemd-machined sees no "
			"container%s; no other policy was tried",
			enforcing == '1' ? "enforcing" : "permissive",
			boolean == '1' ? ""
				       : ", and as container_manage_cgroup is off, systemd boots "
					 "in none");
}

/**
 * host_check() - report on the host
 *
 * Return: 0, or a negative errno if the report is not complete.
 */
int host_check(Report *report)
{
	check_cgroup(report);
	check_journal(report);
	check_machined(report);
	check_selinux(report);
	return host_check_engines(report);
}
