/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle of a described container, in a file system of its own: its image with what the
 * description changes in it, and the sources of its binds, a directory each, named by the number of
 * the description's line.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4096 };

static Owner owner;

void die(const char *what)
{
	(void) fprintf(stderr, "differential: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void must(int result, const char *what)
{
	if (result < 0)
		die(what);
}

static void bind_on_itself(const char *path, unsigned long flags)
{
	must(mount(path, path, NULL, MS_BIND, NULL), path);
	must(mount(NULL, path, NULL, MS_PRIVATE, NULL), path);
	if (flags)
		must(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL), path);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(in, from);
	must(out, to);
	while (sendfile(out, in, NULL, 1 << 20) > 0)
		;
	must(fchown(out, owner, owner), to);
	must(fchmod(out, mode), to);
	(void) close(in);
	(void) close(out);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		die(path);
	must(chown(path, owner, owner), path);
}

static void make_directory(const char *path)
{
	must(mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0, path);
	must(chown(path, owner, owner), path);
}

/* fill_directory() - with a thing to try for each option of a mount */
static void fill_directory(const char *path)
{
	char file[PATH_LENGTH_MAX + 8];

	make_directory(path);
	(void) snprintf(file, sizeof(file), "%s/sub", path);
	make_directory(file);
	(void) snprintf(file, sizeof(file), "%s/data", path);
	write_file(file, strrchr(path, '/') + 1);
	(void) snprintf(file, sizeof(file), "%s/program", path);
	copy_file(IMAGES "/probe", file, 04755);
	(void) snprintf(file, sizeof(file), "%s/null", path);
	must(mknod(file, S_IFCHR | 0666, makedev(1, 3)), file);
	must(chmod(file, 0666), file);
	must(chown(file, owner, owner), file);
}

static void make_nested(const char *path)
{
	char below[PATH_LENGTH_MAX + 8];

	(void) snprintf(below, sizeof(below), "%s/sub", path);
	must(mount("inner", below, "tmpfs", 0, "mode=755"), below);
	fill_directory(below);
}

/* make_source() - what a bind shows: README.md has the kinds */
static void make_source(const char *kind, size_t number)
{
	char path[PATH_LENGTH_MAX];

	(void) snprintf(path, sizeof(path), WORK "/source/%zu", number);
	if (strcmp(kind, "cgroup") == 0 || strncmp(kind, "host-", strlen("host-")) == 0)
		return;
	if (strcmp(kind, "file") == 0)
		return write_file(path, "a file\n");
	if (strcmp(kind, "program") == 0)
		return copy_file(IMAGES "/probe", path, 04755);
	if (strcmp(kind, "machine-id") == 0)
		return write_file(path, "0123456789abcdef0123456789abcde1\n");
	if (strcmp(kind, "empty") == 0)
		return make_directory(path);

	fill_directory(path);
	if (strcmp(kind, "nested") == 0)
		return make_nested(path);
	if (strcmp(kind, "hardened") == 0)
		return bind_on_itself(path, MS_NOSUID | MS_NODEV | MS_NOEXEC);
	if (strcmp(kind, "readonly") == 0)
		return bind_on_itself(path, MS_RDONLY);
	if (strcmp(kind, "dir") == 0)
		return;
	bind_on_itself(path, 0);
	if (strcmp(kind, "shared") == 0 || strcmp(kind, "slave") == 0)
		must(mount(NULL, path, NULL, MS_SHARED, NULL), path);
	if (strcmp(kind, "slave") == 0)
		must(mount(NULL, path, NULL, MS_SLAVE, NULL), path);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void) st, (void) type, (void) ftw;
	return remove(path);
}

/* make_parents() - all directories above a path, or the path as a directory too if it ends in a slash */
static void make_parents(const char *path)
{
	char copy[PATH_LENGTH_MAX];

	(void) snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = strchr(copy + strlen(WORK "/rootfs/"), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (access(copy, F_OK) < 0)
			make_directory(copy);
		*slash = '/';
	}
}

/* make_link() - a link of the image, and the directory that it leads to */
static void make_link(const char *path, const char *to)
{
	char target[2 * PATH_LENGTH_MAX];

	(void) nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	make_parents(path);
	if (*to == '/')
		(void) snprintf(target, sizeof(target), WORK "/rootfs%s/", to);
	else
		(void) snprintf(target, sizeof(target), "%.*s/%s/",
				(int) (strrchr(path, '/') - path), path, to);
	make_parents(target);
	must(symlink(to, path), path);
}

static void change_image(const char *verb, const char *place, const char *rest)
{
	char path[PATH_LENGTH_MAX];

	(void) snprintf(path, sizeof(path), WORK "/rootfs%s%s", place,
			strcmp(verb, "image-dir") == 0 ? "/" : "");
	if (strcmp(verb, "image-link") == 0) {
		make_link(path, rest);
	} else if (strcmp(verb, "image-dir") == 0) {
		make_parents(path);
	} else if (strcmp(verb, "image-file") == 0) {
		make_parents(path);
		write_file(path, rest);
	} else if (strcmp(verb, "image-without") == 0) {
		(void) nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	}
}

/* read_description() - does what its lines say of image and sources */
static void read_description(const char *description)
{
	FILE *file = fopen(description, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die(description);
	for (size_t number = 1; getline(&line, &size, file) > 0; number++) {
		char *rest = line, *verb, *first;

		line[strcspn(line, "\n")] = '\0';
		verb = strsep(&rest, " ");
		first = strsep(&rest, " ");
		if (strcmp(verb, "bind") == 0 && rest)
			make_source(strsep(&rest, " "), number);
		else if (strncmp(verb, "image-", strlen("image-")) == 0 && first)
			change_image(verb, first, rest ?: "");
	}
	free(line);
	(void) fclose(file);
}

/* description_has() - whether a description has a line */
bool description_has(const char *description, const char *line)
{
	FILE *file = fopen(description, "re");
	char buffer[64];
	bool r = false;

	while (file && fgets(buffer, sizeof(buffer), file)) {
		buffer[strcspn(buffer, "\n")] = '\0';
		r |= strcmp(buffer, line) == 0;
	}
	if (file)
		(void) fclose(file);
	return r;
}

static void mount_root(const char *image)
{
	char options[512];

	(void) snprintf(options, sizeof(options),
			"lowerdir=" IMAGES "/%s,upperdir=" WORK "/upper,workdir=" WORK "/work",
			image);
	must(mount("overlay", WORK "/rootfs", "overlay", 0, options), image);
	must(mount(NULL, WORK "/rootfs", NULL, MS_PRIVATE, NULL), image);
}

/* bundle_make() - everything that the container needs, in this mount namespace */
void bundle_make(const char *description, const char *config)
{
	owner = description_has(description, "user private") ? OWNER_MAPPED : OWNER_HOST;
	must(mount("differential", WORK, "tmpfs", 0, "mode=755"), WORK);
	must(mount(NULL, WORK, NULL, MS_PRIVATE, NULL), WORK);
	make_directory(WORK "/upper");
	make_directory(WORK "/work");
	make_directory(WORK "/rootfs");
	make_directory(WORK "/source");
	if (description_has(description, "payload systemd"))
		mount_root("root-systemd");
	else
		mount_root(owner == OWNER_HOST ? "root-0" : "root-100000");
	read_description(description);
	copy_file(config, WORK "/config.json", 0644);
}
