/* SPDX-License-Identifier: Apache-2.0 */
/* The host's mount table, read by libmount: the only includer of libmount.h. */
#include "mount-table.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "dlopen-util.h"
#include "fs-util.h"
#include "macro.h"
#include "paths.h"
#include "statmount.h"

DLOPEN_NOTE("mounts", "Mount options of the host's cgroup file system", "recommended",
	    "libmount.so.1");

#define NSDELEGATE "nsdelegate"

static struct {
	__typeof__(&mnt_new_table) new_table;
	__typeof__(&mnt_table_set_parser_errcb) set_parser_errcb;
	__typeof__(&mnt_table_parse_file) parse_file;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_free_iter) free_iter;
	__typeof__(&mnt_table_next_fs) next;
	__typeof__(&mnt_fs_get_fstype) get_type;
	__typeof__(&mnt_fs_get_option) get_option;
	__typeof__(&mnt_reset_iter) reset_iter;
	__typeof__(&mnt_fs_get_root) get_root;
	__typeof__(&mnt_fs_get_fs_options) get_fs_options;
	__typeof__(&mnt_fs_get_target) get_target;
} mnt;

static int load_libmount(void)
{
	const DlopenSymbol symbols[] = {
		{"mnt_new_table", &mnt.new_table},
		{"mnt_table_set_parser_errcb", &mnt.set_parser_errcb},
		{"mnt_table_parse_file", &mnt.parse_file},
		{"mnt_unref_table", &mnt.unref_table},
		{"mnt_new_iter", &mnt.new_iter},
		{"mnt_free_iter", &mnt.free_iter},
		{"mnt_table_next_fs", &mnt.next},
		{"mnt_fs_get_fstype", &mnt.get_type},
		{"mnt_fs_get_option", &mnt.get_option},
		{"mnt_reset_iter", &mnt.reset_iter},
		{"mnt_fs_get_root", &mnt.get_root},
		{"mnt_fs_get_fs_options", &mnt.get_fs_options},
		{"mnt_fs_get_target", &mnt.get_target},
	};

	return dlopen_symbols("libmount.so.1", symbols, ELEMENTSOF(symbols));
}

/* refuse_line() - of a line that cannot be read: without memory it may be the one we look for */
static int refuse_line(struct libmnt_table *table, const char *file, int line)
{
	return errno == ENOMEM ? -ENOMEM : 1;
}

/* read_table() - the mounts in a file; NULL if not all of them can be read */
static struct libmnt_table *read_table(const char *path)
{
	struct libmnt_table *table;

	table = mnt.new_table();
	if (!table)
		return NULL;
	errno = 0;
	/* without memory for a new entry libmount ends there, and says nothing */
	if (mnt.set_parser_errcb(table, refuse_line) >= 0 && mnt.parse_file(table, path) == 0 &&
	    errno != ENOMEM)
		return table;
	mnt.unref_table(table);
	return NULL;
}

/* search_table() - the same by libmount, from the table of all mounts */
static int search_table(void)
{
	struct libmnt_table *table;
	struct libmnt_iter *iter;
	struct libmnt_fs *fs;
	int r, found = 0;

	r = load_libmount();
	if (r < 0)
		return r;

	table = read_table(MOUNT_TABLE_PATH);
	if (!table)
		return -EIO;
	iter = mnt.new_iter(MNT_ITER_FORWARD);
	while (iter && !found && mnt.next(table, iter, &fs) == 0) {
		const char *type = mnt.get_type(fs);
		char *value;
		size_t size;

		if (type && strcmp(type, "cgroup2") == 0)
			found = mnt.get_option(fs, NSDELEGATE, &value, &size) == 0;
	}
	mnt.free_iter(iter);
	mnt.unref_table(table);
	return found;
}

/**
 * mount_table_has_nsdelegate() - whether the kernel guards the limits at the root of a cgroup
 * namespace
 * @cgroup_fd: something on the host's cgroup2 file system
 *
 * nsdelegate is an option of the one cgroup2 file system of the machine, so any mount of it shows
 * it (cgroups(7)). A kernel that can be asked for one mount is not asked for all.
 *
 * Return: 1 or 0, -ELIBACC if libmount is needed and missing, or another negative errno.
 */
int mount_table_has_nsdelegate(int cgroup_fd)
{
	cleanup_free char *options = NULL;
	int r;

	r = statmount_read(cgroup_fd, NULL, &options);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return search_table();
	return hasmntopt(&(struct mntent){.mnt_opts = options}, NSDELEGATE) != NULL;
}

/**
 * cgroup_mount_table_load() - read the host's mount table
 * @path: MOUNT_TABLE_PATH, or another file of that form
 * @ret: the table; release with cgroup_mount_table_done()
 *
 * Return: 0, -ELIBACC if libmount is missing, or another negative errno.
 */
int cgroup_mount_table_load(const char *path, CgroupMountTable *ret)
{
	CgroupMountTable table;
	int r;

	r = load_libmount();
	if (r < 0)
		return r;
	table.table = read_table(path);
	if (!table.table)
		return -EIO;
	table.iter = mnt.new_iter(MNT_ITER_FORWARD);
	if (!table.iter) {
		mnt.unref_table(table.table);
		return -ENOMEM;
	}
	*ret = table;
	return 0;
}

/* has_controllers() - whether the options of a file system are those of a v1 hierarchy */
static bool has_controllers(const char *options, const char *controllers)
{
	/* the option of each of them stands there */
	char first[NAME_MAX];

	(void) snprintf(first, sizeof(first), "%.*s", (int) strcspn(controllers, ","), controllers);
	return hasmntopt(&(struct mntent){.mnt_opts = (char *) options}, first);
}

/** cgroup_mount_table_done() - release a table */
void cgroup_mount_table_done(CgroupMountTable *table)
{
	if (!table->table)
		return;
	mnt.free_iter(table->iter);
	mnt.unref_table(table->table);
}

/**
 * cgroup_mount_table_find() - where the host has a hierarchy, as a whole
 * @table: the table
 * @controllers: of a v1 hierarchy, as /proc/PID/cgroup names them; NULL for v2
 *
 * Return: the path, valid as long as the table, or NULL if it is not mounted.
 */
const char *cgroup_mount_table_find(const CgroupMountTable *table, const char *controllers)
{
	struct libmnt_fs *fs;

	mnt.reset_iter(table->iter, MNT_ITER_FORWARD);
	while (mnt.next(table->table, table->iter, &fs) == 0) {
		const char *type = mnt.get_type(fs), *root = mnt.get_root(fs);

		if (!type || strcmp(type, controllers ? "cgroup" : "cgroup2") != 0 || !root ||
		    strcmp(root, "/") != 0)
			continue;
		if (!controllers || has_controllers(mnt.get_fs_options(fs), controllers))
			return mnt.get_target(fs);
	}
	return NULL;
}

/*
 * is_mounted_at() - whether a hierarchy is mounted at a path, as a whole: 1, 0 if that is not known to
 * be so, or -ENOMEM
 */
static int is_mounted_at(const char *path, const char *controllers)
{
	cleanup_free char *root = NULL, *options = NULL;
	cleanup_close int fd = -1;
	bool is_root;
	int r;

	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 ||
	    fd_is_fs_type(fd, controllers ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC) <= 0 ||
	    fd_get_mount(fd, NULL, &is_root) < 0 || !is_root)
		return 0;
	r = statmount_read(fd, &root, &options);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return strcmp(root, "/") == 0 && (!controllers || has_controllers(options, controllers));
}

/**
 * cgroup_mount_find() - where the host has a hierarchy, as a whole
 * @table: read if it is needed; all zeros at first; release with cgroup_mount_table_done()
 * @controllers: of a v1 hierarchy, as /proc/PID/cgroup names them; NULL for v2
 * @ret: the path, to be freed; NULL if it is not mounted
 *
 * A kernel that can be asked for one mount is asked whether the hierarchy is where systemd mounts it;
 * if it is not, libmount looks at all mounts.
 *
 * Return: 0, -ENOMEM, or as cgroup_mount_table_load().
 */
int cgroup_mount_find(CgroupMountTable *table, const char *controllers, char **ret)
{
	cleanup_free char *path = NULL;
	const char *found;
	int r;

	if (asprintf(&path, PATH_CGROUP "/%s",
		     !controllers				? "unified"
		     : strcmp(controllers, "name=systemd") == 0 ? "systemd"
								: controllers) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = is_mounted_at(path, controllers);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret = steal_ptr(path);
		return 0;
	}

	if (!table->table) {
		r = cgroup_mount_table_load(MOUNT_TABLE_PATH, table);
		if (r < 0)
			return r;
	}
	found = cgroup_mount_table_find(table, controllers);
	*ret = found ? strdup(found) : NULL;
	return found && !*ret ? -ENOMEM : 0;
}
