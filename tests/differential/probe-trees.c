/* SPDX-License-Identifier: Apache-2.0 */
/* Directories as a whole: of a cgroup what can be written, of others what is there. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4096, ENTRIES_MAX = 500 };

static int is_visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	       strncmp(entry->d_name, ".probe-", strlen(".probe-")) != 0;
}

/* is_for_opening() - files in which writing what was read may move processes, or kill them */
static bool is_for_opening(const char *name)
{
	static const char *const names[] = {"cgroup.procs", "cgroup.threads", "cgroup.kill",
					    "memory.reclaim"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * print_cgroup_file() - tries to write what is in the file already, where that is one word and is
 * not a number that the kernel counts; else only to open it
 */
static void print_cgroup_file(const char *path, const char *name)
{
	char value[128];
	bool is_tried;
	int error;

	take_from_file(path, value, sizeof(value));
	is_tried =
		!is_for_opening(name) && *value && !strchr(value, '_') && strcmp(value, "-") != 0;
	(void) put_in_file(path, 0, is_tried ? value : NULL, &error);
	printf(" %s=%s", is_tried ? "write" : "open", errno_word(error));
}

/* cgroup_of() - the path in v2 that a /proc/PID/cgroup has */
void cgroup_of(const char *path, char *buffer, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[4096];

	*buffer = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0)
			(void) snprintf(buffer, size, "%s", line + 3);
	}
	if (file)
		(void) fclose(file);
}

/* cgroup_print() - the files of a cgroup; is_tried: try to write them, and to make a cgroup in it */
void cgroup_print(const char *prefix, const char *path, bool is_tried)
{
	struct dirent **names = NULL;
	char file[PATH_LENGTH_MAX];
	int n = scandir(path, &names, is_visible, alphasort);
	struct stat st;

	for (int i = 0; i < n; i++) {
		(void) snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (lstat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			printf("%s %s\tmode=%o owner=%u:%u", prefix, names[i]->d_name,
			       st.st_mode & 07777, st.st_uid, st.st_gid);
			if (is_tried)
				print_cgroup_file(file, names[i]->d_name);
			putchar('\n');
		}
		free(names[i]);
	}
	free(names);
	if (n < 0 || stat(path, &st) < 0)
		return;
	printf("%s .\tmode=%o owner=%u:%u", prefix, st.st_mode & 07777, st.st_uid, st.st_gid);
	if (is_tried) {
		(void) snprintf(file, sizeof(file), "%s/probe", path);
		printf(" mkdir=%s", errno_word(mkdir(file, 0755) < 0 ? errno : 0));
		(void) rmdir(file);
	}
	putchar('\n');
}

/* is_unsteady() - what systemd and the runtime of a host change by themselves */
static bool is_unsteady(const char *path)
{
	static const char *const paths[] = {"/run/systemd/units",
					    "/run/systemd/transient",
					    "/run/systemd/journal",
					    "/run/systemd/generator",
					    "/run/systemd/propagate",
					    "/run/systemd/unit-root",
					    "/run/systemd/inaccessible",
					    "/run/varlink",
					    "/run/credentials",
					    "/run/user",
					    "/run/crun",
					    "/run/runc",
					    "/run/log",
					    "/tmp/runctop",
					    "/tmp/shunit",
					    "/run/udev",
					    "/run/libpod"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (strncmp(path, paths[i], strlen(paths[i])) == 0)
			return true;
	return false;
}

/*
 * is_walked() - whether to look into a directory: where it is a mount, only into a tmpfs or a part of
 * the image, as all other mounts have lines of their own
 */
static bool is_walked(const Mounts *mounts, const char *parent, const char *path)
{
	const Mount *mount = mounts ? mounts_of_path(mounts, path) : NULL;

	if (!mounts)
		return true;
	return mount && (mount == mounts_of_path(mounts, parent) ||
			 (strcmp(mount->type, "tmpfs") == 0 &&
			  strncmp(mount->root, "/source", strlen("/source")) != 0) ||
			 (strcmp(mount->type, "overlay") == 0 && strcmp(mount->root, "/") != 0));
}

/* entries_print() - what is below a directory */
void entries_print(const char *prefix, const char *path, const Mounts *mounts, unsigned int depth)
{
	static unsigned int count;
	struct dirent **names = NULL;
	char file[PATH_LENGTH_MAX], link[128] = "";
	int n = scandir(path, &names, is_visible, alphasort);
	struct stat st;

	for (int i = 0; i < n; i++) {
		(void) snprintf(file, sizeof(file), "%s/%s", strcmp(path, "/") == 0 ? "" : path,
				names[i]->d_name);
		free(names[i]);
		if (count >= ENTRIES_MAX || is_unsteady(file) || lstat(file, &st) < 0)
			continue;
		count++;
		if (S_ISLNK(st.st_mode)) {
			ssize_t length = readlink(file, link, sizeof(link) - 1);
			link[length > 0 ? length : 0] = '\0';
		}
		printf("%s %s\ttype=%o mode=%o owner=%u:%u%s%s\n", prefix, file,
		       (st.st_mode & S_IFMT) >> 12, st.st_mode & 07777, st.st_uid, st.st_gid,
		       S_ISLNK(st.st_mode) ? " link=" : "", S_ISLNK(st.st_mode) ? link : "");
		if (S_ISDIR(st.st_mode) && depth > 0 && is_walked(mounts, path, file))
			entries_print(prefix, file, mounts, depth - 1);
	}
	free(names);
}
