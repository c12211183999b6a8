/* SPDX-License-Identifier: Apache-2.0 */
/* A container as its host sees it, and the host itself. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* print_words() - the lines of a file of /proc, with blanks as one; no line that changes by itself */
static void print_words(const char *prefix, const char *path)
{
	static const char *const steady[] = {
		"Cap", "Seccomp:", "NoNewPrivs:", "Uid:", "Gid:", "Groups:", "Max ", "Umask:"};
	FILE *file = fopen(path, "re");
	char line[4096], *save = NULL;

	while (file && fgets(line, sizeof(line), file)) {
		bool is_steady = false;

		for (size_t i = 0; i < sizeof(steady) / sizeof(*steady); i++)
			is_steady |= strncmp(line, steady[i], strlen(steady[i])) == 0;
		if (!is_steady)
			continue;
		printf("%s ", prefix);
		for (char *word = strtok_r(line, " \t\n", &save), *first = word; word;
		     word = strtok_r(NULL, " \t\n", &save))
			printf("%s%s", word, word == first ? "\t" : " ");
		putchar('\n');
	}
	if (file)
		(void) fclose(file);
}

static void print_namespaces(pid_t pid)
{
	static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	char path[64], theirs[64], ours[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ssize_t n, m;

		(void) snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, names[i]);
		n = readlink(path, theirs, sizeof(theirs));
		(void) snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		m = readlink(path, ours, sizeof(ours));
		printf("host-namespace %s\t%s\n", names[i],
		       n == m && n > 0 && memcmp(theirs, ours, (size_t) n) == 0 ? "host" : "own");
	}
}

/* print_cgroup() - the files of the container's cgroup, as the host sees them */
static void print_cgroup(pid_t pid)
{
	char path[64], own[4096], directory[8192];

	(void) snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	cgroup_of(path, own, sizeof(own));
	(void) snprintf(directory, sizeof(directory), "/sys/fs/cgroup%s", own);
	cgroup_print("host-cgroup", directory, false);
}

/* print_own_cgroup() - whether it is there; it has the name of the process that runs this test */
static void print_own_cgroup(void)
{
	const char *worker = getenv("DIFFERENTIAL_WORKER");
	char path[256];

	(void) snprintf(path, sizeof(path), "/sys/fs/cgroup/differential/%s", worker ?: "one");
	if (access(path, F_OK) == 0)
		puts("host-own-cgroup\t"
		     "yes");
}

/*
 * host_print() - what is so on the host
 * @pid: a process of the container, or 0 while there is none
 */
void host_print(pid_t pid)
{
	static const char *const directories[] = {"/run", "/var/log", "/tmp"};
	Mounts mounts;
	char path[64];

	mounts_read(&mounts, "/proc/self/mountinfo");
	mounts_print(&mounts, "host-mount");
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		entries_print("host-entry", directories[i], &mounts, 4);
	print_own_cgroup();
	if (pid <= 0)
		return;
	print_namespaces(pid);
	(void) snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	print_words("host-limit", path);
	(void) snprintf(path, sizeof(path), "/proc/%d/status", pid);
	print_words("host-status", path);
	print_cgroup(pid);
}
