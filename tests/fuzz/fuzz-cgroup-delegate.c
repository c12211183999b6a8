/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text in the form of /sys/kernel/cgroup/delegate: the container's root gets the cgroup and the files that stand
 * there, one a line, and no other. The linker puts what is below in the place of the calls (tests/module.am).
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "systemd-hook/cgroup.h"

#define ROOT 100000
#define SIZE_MAX_HERE 512 /* each file that is given away costs a descriptor, for the way back */

int __wrap_fstatat(int dir_fd, const char *path, struct stat *st, int flags);
int __wrap_fchownat(int dir_fd, const char *path, uid_t uid, gid_t gid, int flags);

static int own_fd;
static const char *list; /* what is not given away yet */
static size_t n_given;

int __wrap_fstatat(int dir_fd, const char *path, struct stat *st, int flags)
{
	assert(dir_fd == own_fd && flags == AT_SYMLINK_NOFOLLOW);
	*st = (struct stat){};
	return 0;
}

int __wrap_fchownat(int dir_fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	assert(dir_fd == own_fd && flags == AT_SYMLINK_NOFOLLOW && uid == ROOT && gid == ROOT);
	if (n_given++ == 0) {
		assert(strcmp(path, ".") == 0);
		return 0;
	}
	list += strspn(list, "\n");
	assert(*list && strlen(path) == strcspn(list, "\n") &&
	       strncmp(list, path, strlen(path)) == 0);
	list += strlen(path);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, MIN(size, (size_t) SIZE_MAX_HERE));
	Observation seen = {.root = {.is_other = true, .uid = ROOT, .gid = ROOT}};
	Apply apply = {.observation = &seen, .undo = UNDO_NULL};

	own_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	list = text;
	n_given = 0;
	assert(cgroup_give_files(&apply, own_fd, text) == 0);
	assert(!list[strspn(list, "\n")] && apply.undo.n_entries == n_given);
	undo_done(&apply.undo);
	(void) close(own_fd);
	return 0;
}
