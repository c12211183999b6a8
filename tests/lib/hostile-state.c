/* SPDX-License-Identifier: Apache-2.0 */
/* What the host and the container are, so that it can be compared. */
#include "hostile-state.h"

#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hostile-container.h"

#define JOURNAL "/var/log/journal"
#define ENDED JOURNAL "/.oci-systemd-hook.ended" /* notes, a directory while there are some */

/* hash() - of what two states are to have in common (FNV-1a) */
static unsigned long hash(unsigned long value, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char) data[i]) * 0x100000001b3;
	return value;
}

static unsigned long hash_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned long value = 0xcbf29ce484222325;
	char buffer[65536];
	ssize_t n;

	/* a container may make a file of any size */
	for (int i = 0; i < 16 && (n = read(fd, buffer, sizeof(buffer))) > 0; i++)
		value = hash(value, buffer, (size_t) n);
	(void) close(fd);
	return value;
}

static void write_xattrs(FILE *file, const char *path)
{
	char names[4096], value[4096];
	ssize_t size = llistxattr(path, names, sizeof(names));

	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		ssize_t n = lgetxattr(path, name, value, sizeof(value));

		(void) fprintf(file, " %s=%lx", name, hash(0, value, n < 0 ? 0 : (size_t) n));
	}
}

typedef enum View {
	VIEW_ALL,     /* all there is, to the last time of change */
	VIEW_CONTENT, /* no times: what was made and taken back leaves some on the directory */
	VIEW_OWNER,   /* owner and mode only, of a file system that lives */
} View;

static void write_entry(FILE *file, const FTSENT *entry, const char *name, View view)
{
	const struct stat *st = entry->fts_statp;
	char target[4096];
	ssize_t n;

	(void) fprintf(file, "%s %o %u:%u", *name ? name : "/", st->st_mode, st->st_uid,
		       st->st_gid);
	if (view != VIEW_OWNER) {
		(void) fprintf(file, " %lx", st->st_rdev);
		/* the host's journal gets and loses the container's directory */
		if (strcmp(name, JOURNAL) != 0)
			(void) fprintf(file, " %lu %ld %ld.%09ld", st->st_nlink, st->st_size,
				       view == VIEW_ALL ? st->st_ctim.tv_sec : 0,
				       view == VIEW_ALL ? st->st_ctim.tv_nsec : 0);
		write_xattrs(file, entry->fts_accpath);
		if (S_ISREG(st->st_mode))
			(void) fprintf(file, " %lx", hash_file(entry->fts_accpath));
	}
	n = S_ISLNK(st->st_mode) ? readlink(entry->fts_accpath, target, sizeof(target)) : 0;
	(void) fprintf(file, "%s%.*s\n", n > 0 ? " -> " : "", (int) n, target);
}

/* is_kernels() - whether a directory is of procfs or cgroupfs */
static bool is_kernels(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
	       (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC ||
		fs.f_type == CGROUP2_SUPER_MAGIC);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* journal_path() - of the container, or its name on the way out */
static const char *journal_path(const Call *call, bool is_old)
{
	static char path[128];

	(void) snprintf(path, sizeof(path), JOURNAL "/%s%.32s%s", is_old ? "." : "", call->id,
			is_old ? ".oci-systemd-hook.old" : "");
	return path;
}

/* is_note() - whether a path is the note that the container ended */
static bool is_note(const Call *call, const char *path)
{
	size_t length = strlen(ENDED "/");

	return strncmp(path, ENDED "/", length) == 0 && strlen(path + length) == 32 &&
	       strncmp(path + length, call->id, 32) == 0;
}

/* is_cgroup() - whether a path is the container's cgroup, of any hierarchy */
static bool is_cgroup(const Call *call, const char *path)
{
	size_t length = strlen(path), own = strlen(call->cgroup);

	return length > own && strncmp(path, CGROUP_ROOT, strlen(CGROUP_ROOT)) == 0 &&
	       strcmp(path + length - own, call->cgroup) == 0;
}

/* is_apart() - whether a path of the host is the container's, and compared as such */
static bool is_apart(const Call *call, const char *path)
{
	return strcmp(path, call->bundle) == 0 || strcmp(path, journal_path(call, false)) == 0 ||
	       strcmp(path, journal_path(call, true)) == 0 || is_note(call, path) ||
	       is_cgroup(call, path);
}

/*
 * write_tree() - a line for each entry below a directory, if it is there; without what is this
 * container's, or with all
 */
static void write_tree(FILE *file, const char *root, View view, const Call *without)
{
	char *roots[] = {(char *) root, NULL};
	size_t prefix = strcmp(root, "/") == 0 ? 0 : strlen(root);
	FTSENT *entry;
	FTS *fts;

	if (access(root, F_OK) < 0)
		return;
	fts = fts_open(roots, FTS_PHYSICAL | (view == VIEW_ALL ? FTS_XDEV : 0), by_name);
	if (!fts)
		fail(root);
	while ((entry = fts_read(fts))) {
		const char *name = entry->fts_path + prefix;

		/* Linux 6.18 was seen to change the mode of all files of that name, by itself */
		if (entry->fts_info == FTS_DP || strcmp(entry->fts_name, "cgroup.kill") == 0)
			continue;
		if (view == VIEW_ALL && entry->fts_statp->st_dev != fts->fts_dev)
			continue;
		if (without && is_apart(without, entry->fts_path)) {
			(void) fts_set(fts, entry, FTS_SKIP);
			continue;
		}
		/* what is in it is compared, but for this container's note */
		if (without && strcmp(entry->fts_path, ENDED) == 0)
			continue;
		if (entry->fts_info == FTS_D && view == VIEW_CONTENT &&
		    is_kernels(entry->fts_accpath)) {
			(void) fprintf(file, "%s is the kernel's\n", name);
			(void) fts_set(fts, entry, FTS_SKIP);
			continue;
		}
		write_entry(file, entry, prefix ? name : entry->fts_path, view);
	}
	(void) fts_close(fts);
}

/* is_guard() - whether a mount guards a single file of the cgroup, where nsdelegate does not */
static bool is_guard(const char *line)
{
	char where[4096];

	return sscanf(line, "%*s %*s %*s %*s %4095s", where) == 1 &&
	       strstr(where, "/rootfs" CGROUP_ROOT "/") && strchr(strrchr(where, '/'), '.');
}

/*
 * write_mounts() - the mount table, and how many there are; nsdelegate and what it makes needless
 * are the whole machine's
 */
static size_t write_mounts(FILE *file, const char *path)
{
	FILE *table = fopen(path, "re");
	char line[4096], *options;
	size_t n = 0;

	if (!table)
		fail(path);
	while (fgets(line, sizeof(line), table)) {
		n += !is_guard(line);
		options = strstr(line, " - cgroup2 ") ?: line + strcspn(line, "\n");
		(void) fprintf(file, "mount %.*s\n", (int) (options - line), line);
	}
	(void) fclose(table);
	return n;
}

static void write_own_cgroups(const Call *call, FILE *file)
{
	char path[4096];
	glob_t found;

	(void) snprintf(path, sizeof(path), "{" CGROUP_ROOT "," CGROUP_ROOT "/*}%s", call->cgroup);
	if (glob(path, GLOB_BRACE, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			write_tree(file, found.gl_pathv[i], VIEW_OWNER, NULL);
	globfree(&found);
}

/**
 * state_look() - look at the host, the container's journal directory, and the container
 * @call: which
 * @pid: its process, 0 if there is none
 * @ret: what there is
 */
void state_look(const Call *call, pid_t pid, State *ret)
{
	char path[4096];
	size_t size;
	FILE *file;

	file = open_memstream(&ret->host, &size);
	write_tree(file, "/", VIEW_ALL, call);
	write_tree(file, CGROUP_ROOT, VIEW_OWNER, call);
	(void) write_mounts(file, "/proc/self/mountinfo");
	(void) fclose(file);

	file = open_memstream(&ret->journal, &size);
	write_tree(file, journal_path(call, false), VIEW_CONTENT, NULL);
	write_tree(file, journal_path(call, true), VIEW_CONTENT, NULL);
	(void) fclose(file);

	file = open_memstream(&ret->container, &size);
	if (pid > 0) {
		write_own_cgroups(call, file);
		(void) snprintf(path, sizeof(path), "/proc/%d/root%s/rootfs", pid, call->bundle);
		write_tree(file, path, VIEW_CONTENT, NULL);
		(void) snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
		ret->n_mounts = write_mounts(file, path);
	}
	(void) fclose(file);
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (; *text; text += strcspn(text, "\n") + 1)
		if (strncmp(text, line, length) == 0)
			return true;
	return false;
}

/* report_lacking() - the lines that one text has and the other has not */
static void report_lacking(const char *from, const char *in, const char *text)
{
	for (; *from; from += strcspn(from, "\n") + 1)
		if (!has_line(in, from, strcspn(from, "\n") + 1))
			(void) printf("fault %s%.*s\n", text, (int) strcspn(from, "\n"), from);
}

/** state_compare() - say a fault for each line of one state that the other has not */
void state_compare(const char *before, const char *after, const char *of)
{
	char text[64];

	if (strcmp(before, after) == 0)
		return;
	(void) snprintf(text, sizeof(text), "%s had: ", of);
	report_lacking(before, after, text);
	(void) snprintf(text, sizeof(text), "%s has: ", of);
	report_lacking(after, before, text);
}

/**
 * state_report_strays() - say a fault for each mount of the container that is new, and not in its
 * root file system
 */
void state_report_strays(const Call *call, const char *before, const char *after)
{
	for (const char *line = after; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strlen(call->bundle);
		char where[4096];

		if (sscanf(line, "mount %*s %*s %*s %*s %4095s", where) != 1 ||
		    has_line(before, line, strcspn(line, "\n") + 1))
			continue;
		if (strncmp(where, call->bundle, length) != 0 ||
		    strncmp(where + length, "/rootfs/", 8) != 0)
			(void) printf("fault mounted outside: %s\n", where);
	}
}

/**
 * state_report_foreign() - say a fault for each file in the container that is new, and owned by
 * somebody who is none of its users
 *
 * What its root keeps in its journal directory is its own affair.
 */
void state_report_foreign(const Call *call, const char *before, const char *after)
{
	const char *journal = journal_path(call, false);
	const size_t length = strlen(journal);

	for (const char *line = after; *line; line += strcspn(line, "\n") + 1) {
		char name[4096];
		unsigned int uid;

		if (*line != '/' || sscanf(line, "%4095s %*o %u:", name, &uid) != 2)
			continue;
		if (strncmp(name, journal, length) == 0 && name[length] == '/')
			continue;
		if (uid - call->user >= USERS_MAX && !has_line(before, line, strcspn(line, ":")))
			(void) printf("fault made for %u: %s\n", uid, name);
	}
}
