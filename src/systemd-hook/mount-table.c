/* SPDX-License-Identifier: Apache-2.0 */
/* The host's mount table, read by libmount: the only includer of libmount.h. */
#include "mount-table.h"

#include <errno.h>
#include <libmount.h>
#include <mntent.h>
#include <string.h>

#include "cleanup.h"
#include "dlopen-util.h"
#include "macro.h"
#include "statmount.h"

DLOPEN_NOTE("mounts", "Mount options of the host's cgroup file system", "recommended",
	    "libmount.so.1");

#define NSDELEGATE "nsdelegate"
#define MOUNT_TABLE "/proc/self/mountinfo"

static struct {
	__typeof__(&mnt_new_table_from_file) new_table;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_free_iter) free_iter;
	__typeof__(&mnt_table_next_fs) next;
	__typeof__(&mnt_fs_get_fstype) get_type;
	__typeof__(&mnt_fs_get_option) get_option;
} mnt;

static int load_libmount(void)
{
	const DlopenSymbol symbols[] = {
		{"mnt_new_table_from_file", &mnt.new_table},
		{"mnt_unref_table", &mnt.unref_table},
		{"mnt_new_iter", &mnt.new_iter},
		{"mnt_free_iter", &mnt.free_iter},
		{"mnt_table_next_fs", &mnt.next},
		{"mnt_fs_get_fstype", &mnt.get_type},
		{"mnt_fs_get_option", &mnt.get_option},
	};

	return dlopen_symbols("libmount.so.1", symbols, ELEMENTSOF(symbols));
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

	table = mnt.new_table(MOUNT_TABLE);
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

	r = statmount_options(cgroup_fd, &options);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return search_table();
	return hasmntopt(&(struct mntent){.mnt_opts = options}, NSDELEGATE) != NULL;
}
