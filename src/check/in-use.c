/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a container still runs, or its journal is still mounted, whatever became of its bundle:
 * from the cgroups of all processes, and the mounts of all mount namespaces that have a process.
 */
#include "in-use.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs-util.h"

#define CGROUP_SIZE_MAX (64 * 1024)
#define MOUNTINFO_SIZE_MAX (64 * 1024 * 1024)
#define ID_DIGITS 32

/** in_use_done() - release what it holds */
void in_use_done(InUse *use)
{
	json_decref(use->cgroups);
	json_decref(use->machines);
	*use = (InUse){};
}

static int add(json_t *set, const char *text, size_t length)
{
	cleanup_free char *key = strndup(text, length);

	if (!key)
		return -ENOMEM;
	/* what is not UTF-8 is no cgroup of a container */
	return json_object_set_new(set, key, json_null()) < 0 ? 0 : 1;
}

/* add_machines() - the parts of a mount's root that look like a machine id */
static int add_machines(InUse *use, const char *path, size_t length)
{
	size_t digits = 0;
	int r = 0;

	for (size_t i = 0; i <= length && r >= 0; i++) {
		if (i < length && path[i] != '/') {
			digits = isxdigit((unsigned char) path[i]) && digits <= ID_DIGITS
					 ? digits + 1
					 : ID_DIGITS + 1;
			continue;
		}
		if (digits == ID_DIGITS)
			r = add(use->machines, path + i - ID_DIGITS, ID_DIGITS);
		digits = 0;
	}
	return r;
}

/* add_mounts() - of a mountinfo, proc(5): the fourth field is what is mounted */
static int add_mounts(InUse *use, const char *text)
{
	int r = 0;

	for (; *text && r >= 0; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *root = text;

		for (int field = 0; field < 3; field++) {
			root += strcspn(root, " \n");
			root += *root == ' ';
		}
		r = add_machines(use, root, strcspn(root, " \n"));
	}
	return r;
}

static int add_cgroups(InUse *use, const char *text)
{
	int r = 0;

	for (; *text && r >= 0; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *path = memchr(text, '/', strcspn(text, "\n"));

		if (path)
			r = add(use->cgroups, path, strcspn(path, "\n"));
	}
	return r;
}

/* note_failure() - a process that has ended in the meantime does not count */
static int note_failure(InUse *use, int r)
{
	if (r == -ENOMEM)
		return r;
	if (r != -ENOENT && r != -ESRCH)
		use->is_partial = true;
	return 0;
}

static int add_process(InUse *use, int proc_fd, const char *pid, json_t *seen)
{
	cleanup_free char *cgroup = NULL, *mountinfo = NULL;
	char path[64], namespace[64];
	ssize_t n;
	int r;

	(void) snprintf(path, sizeof(path), "%.16s/cgroup", pid);
	r = read_file_at(proc_fd, path, CGROUP_SIZE_MAX, &cgroup, NULL);
	r = r < 0 ? note_failure(use, r) : add_cgroups(use, cgroup);
	if (r < 0)
		return r;

	(void) snprintf(path, sizeof(path), "%.16s/ns/mnt", pid);
	/* a process with more privileges than we have does not show it, but shows its mounts */
	n = readlinkat(proc_fd, path, namespace, sizeof(namespace) - 1);
	if (n < 0 && errno != EACCES)
		return note_failure(use, -errno);
	namespace[MAX(n, 0)] = '\0';
	if (n > 0 && json_object_get(seen, namespace))
		return 0;
	(void) snprintf(path, sizeof(path), "%.16s/mountinfo", pid);
	r = read_file_at(proc_fd, path, MOUNTINFO_SIZE_MAX, &mountinfo, NULL);
	/* EINVAL: a process that is ending has none, and another of its namespace may */
	if (r < 0)
		return r == -EINVAL ? 0 : note_failure(use, r);
	r = add_mounts(use, mountinfo);
	return r < 0 || n <= 0 ? r : add(seen, namespace, (size_t) n);
}

/**
 * in_use_load() - look at all processes
 * @ret: what they use; release with in_use_done()
 *
 * Return: 0, or a negative errno.
 */
int in_use_load(InUse *ret)
{
	cleanup_in_use InUse use = {.cgroups = json_object(), .machines = json_object()};
	json_auto_t *seen = json_object();
	cleanup_close int proc_fd = -1;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int r;

	if (!use.cgroups || !use.machines || !seen)
		return -ENOMEM;
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return -errno;
	r = fd_open_dir(proc_fd, &dir);
	if (r < 0)
		return r;
	while ((r = dir_next(dir, &entry)) > 0) {
		if (!isdigit((unsigned char) entry->d_name[0]))
			continue;
		r = add_process(&use, proc_fd, entry->d_name, seen);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	*ret = use;
	use = (InUse){};
	return 0;
}

/* names() - whether a cgroup has the container's id in it, as a name or the end of one */
static bool names(const char *cgroup, const char *id)
{
	size_t length = strlen(id);

	for (const char *found = cgroup; (found = strstr(found, id)); found++)
		if (found > cgroup && strchr("/-", found[-1]) && strchr("/.", found[length]))
			return true;
	return false;
}

/**
 * in_use_has() - whether a container seems to run, or its journal to be mounted
 * @container_id: its id
 * @machine_id: the name of its journal directory
 */
bool in_use_has(const InUse *use, const char *container_id, const char *machine_id)
{
	const char *cgroup;
	json_t *value;

	if (json_object_get(use->machines, machine_id))
		return true;
	json_object_foreach (use->cgroups, cgroup, value)
		if (names(cgroup, container_id))
			return true;
	return false;
}
