/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "macro.h"

#define XATTRS_MAX 4096

/* print_hash() - of some bytes (FNV-1a), that a line may stand for them */
static void print_hash(FILE *file, const void *bytes, size_t size)
{
	uint64_t hash = 14695981039346656037U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const unsigned char *) bytes)[i]) * 1099511628211U;
	(void) fprintf(file, " %016llx", (unsigned long long) hash);
}

static void print_xattrs(FILE *file, const char *path)
{
	char names[XATTRS_MAX], value[XATTRS_MAX];
	ssize_t size, n;

	size = llistxattr(path, names, sizeof(names));
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		n = lgetxattr(path, name, value, sizeof(value));
		(void) fprintf(file, " %s", name);
		print_hash(file, value, n < 0 ? 0 : (size_t) n);
	}
}

static void print_content(FILE *file, const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[8192];
	ssize_t n;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	print_hash(file, text, n < 0 ? 0 : (size_t) n);
}

/* print_entry() - a line about one file; whether it is a directory to look into */
static bool print_entry(FILE *file, const char *path, const char *shown_as, bool with_content)
{
	char target[256];
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) < 0) {
		(void) fprintf(file, "%s: %s\n", shown_as, strerrorname_np(errno));
		return false;
	}
	(void) fprintf(file, "%s %o %u:%u", shown_as, st.st_mode, st.st_uid, st.st_gid);
	if (S_ISREG(st.st_mode) && with_content) {
		(void) fprintf(file, " %lld", (long long) st.st_size);
		print_content(file, path);
	} else if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target));
		(void) fprintf(file, " -> %.*s", (int) MAX(n, 0), target);
	} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		(void) fprintf(file, " %u:%u", major(st.st_rdev), minor(st.st_rdev));
	}
	print_xattrs(file, path);
	(void) fputc('\n', file);
	return S_ISDIR(st.st_mode);
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* cgroups and processes of others come and go */
static bool is_pruned(const char *path)
{
	return strstr(path, "/sys/fs/cgroup") || strcmp(path, "/proc") == 0;
}

/**
 * snapshot_tree() - all that is in a directory: type, mode, owner, content, extended attributes
 * @file: where to
 * @path: the directory
 * @shown_as: how it is called there
 */
void snapshot_tree(FILE *file, const char *path, const char *shown_as)
{
	struct dirent **entries;
	int n;

	if (!print_entry(file, path, shown_as, /* with_content= */ true) || is_pruned(shown_as))
		return;
	n = scandir(path, &entries, is_entry, alphasort);
	for (int i = 0; i < n; i++) {
		char below[PATH_MAX], below_shown_as[PATH_MAX];

		(void) snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		(void) snprintf(below_shown_as, sizeof(below_shown_as), "%s/%s", shown_as,
				entries[i]->d_name);
		snapshot_tree(file, below, below_shown_as);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* print_cgroup() - who may write what of the container's cgroup */
static void print_cgroup(FILE *file, const char *path)
{
	struct dirent **entries;
	int n;

	n = scandir(path, &entries, is_entry, alphasort);
	for (int i = 0; i < n; i++) {
		char below[PATH_MAX];

		(void) snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		/* Linux 6.18 was seen to change the mode of all files of that name, by itself */
		if (strcmp(entries[i]->d_name, "cgroup.kill") != 0)
			(void) print_entry(file, below, below, /* with_content= */ false);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/*
 * print_mount() - a line of mountinfo; compared with another container's, it begins with the root of
 * the mount and the place in the image
 */
static void print_mount(FILE *file, const Scene *scene, char *line, SnapshotView view)
{
	char *options = strstr(line, " - cgroup2"), *place = line;
	bool is_guard;

	/* they are the whole machine's, and others may change them */
	if (options)
		strcpy(options + strlen(" - cgroup2"), "\n");
	if (view == SNAPSHOT_EXACT) {
		(void) fputs(line, file);
		return;
	}
	for (int i = 0; i < 3 && place; i++)
		place = strchr(place + 1, ' ');
	/* which of them there are depends on nsdelegate, an option of the whole machine */
	is_guard = options && !scene->has_no_cgroups &&
		   strstr(line, scene->is_hybrid ? SCENE_ROOTFS "/sys/fs/cgroup/unified/"
						 : SCENE_ROOTFS "/sys/fs/cgroup/");
	if (place && strstr(place, SCENE_ROOTFS "/") && !is_guard)
		(void) fputs(place + 1, file);
}

static void print_mounts(FILE *file, const Scene *scene, pid_t pid, SnapshotView view)
{
	cleanup_file FILE *mounts = NULL;
	cleanup_free char *line = NULL;
	char path[64];
	size_t size = 0;

	(void) snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	mounts = fopen(path, "re");
	while (mounts && getline(&line, &size, mounts) > 0)
		print_mount(file, scene, line, view);
}

/** snapshot_host() - what of the host a hook could change by mistake; to be freed */
char *snapshot_host(const Scene *scene)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		err(EXIT_FAILURE, "memory");
	print_mounts(file, scene, getpid(), SNAPSHOT_EXACT);
	snapshot_tree(file, "/var/log", "/var/log");
	snapshot_tree(file, "/mnt/bundle", "/mnt/bundle");
	snapshot_tree(file, "/mnt/canary", "/mnt/canary");
	snapshot_tree(file, "/etc/machine-id", "/etc/machine-id");
	snapshot_tree(file, "/run", "/run");
	for (size_t i = 0; i < scene->n_cgroups; i++)
		print_cgroup(file, scene->cgroups[i]);
	(void) fclose(file);
	return text;
}

/**
 * snapshot_container() - the container's mounts and files; to be freed
 *
 * To compare containers, its cgroups too, which are the host's.
 */
char *snapshot_container(const Scene *scene, SnapshotView view)
{
	char *text, path[64];
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		err(EXIT_FAILURE, "memory");
	print_mounts(file, scene, scene->pid, view);
	(void) snprintf(path, sizeof(path), "/proc/%d/root" SCENE_ROOTFS, scene->pid);
	snapshot_tree(file, path, "");
	for (size_t i = 0; i < scene->n_cgroups && view == SNAPSHOT_COMPARED; i++)
		print_cgroup(file, scene->cgroups[i]);
	(void) fclose(file);
	return text;
}

/**
 * snapshot_difference() - what two texts differ in, which have their lines in the same order
 * @ret: the lines of only one of them, with - or + before them
 *
 * Return: their number.
 */
size_t snapshot_difference(const char *before, const char *after, char *ret, size_t size)
{
	size_t n = 0, length = 0;

	ret[0] = '\0';
	for (int added = 0; added < 2; added++) {
		const char *line = added ? after : before, *other = added ? before : after;

		for (; *line; line += strcspn(line, "\n") + 1) {
			int line_size = (int) strcspn(line, "\n") + 1;
			cleanup_free char *copy = strndup(line, (size_t) line_size);
			const char *found = copy ? strstr(other, copy) : NULL;

			if (found && (found == other || found[-1] == '\n'))
				continue;
			n++;
			if (length < size)
				length += (size_t) snprintf(ret + length, size - length, "%c%s",
							    added ? '+' : '-', copy);
		}
	}
	return n;
}
