/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's share of a set-up: only the calls that make what the design asks for, with no look
 * at what is there, no undo and no library. Linked statically; what a set-up takes beyond this,
 * `floor` less `true` is the start and the JSON, and the rest is the hook's own care.
 *
 * Three tmpfs with /run/host, the own cgroup, the machine id and the journal directory.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define JOURNAL "/var/log/journal"

static int checked(int r, const char *what)
{
	if (r < 0)
		err(EXIT_FAILURE, "%s", what);
	return r;
}

static int new_tmpfs(const char *mode)
{
	int fs_fd = checked(fsopen("tmpfs", FSOPEN_CLOEXEC), "fsopen"), fd;

	(void) checked(fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", mode, 0), "mode");
	(void) checked(fsconfig(fs_fd, FSCONFIG_SET_STRING, "size", "5m", 0), "size");
	(void) checked(fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "create");
	fd = checked(fsmount(fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV),
		     "fsmount");
	(void) close(fs_fd);
	return fd;
}

static int clone_of(int dir_fd, const char *path, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes, .propagation = MS_PRIVATE};
	int fd = checked(
		open_tree(dir_fd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH),
		"open_tree");

	(void) checked(mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)), "mount_setattr");
	return fd;
}

static void put(int mount_fd, const char *path)
{
	(void) checked(move_mount(mount_fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH), path);
}

static void write_file(int dir_fd, const char *name)
{
	int fd = checked(openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0444), name);

	(void) checked((int) write(fd, "0123456789abcdef\n", 17), name);
	(void) close(fd);
}

/* make_journal() - as the hook: under another name, marked, cloned, and renamed */
static int make_journal(const char *id)
{
	int fd, mount_fd;

	(void) checked(chdir(JOURNAL), JOURNAL);
	(void) checked(mkdir("new", 0755), "new");
	fd = checked(open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "new");
	(void) checked(fsetxattr(fd, "trusted.oci-hooks-bench", id, strlen(id), 0), "xattr");
	mount_fd = clone_of(fd, "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	(void) checked(rename("new", id), id);
	return mount_fd;
}

static void set_up(int cgroup_fd, int journal_fd)
{
	int run_fd = new_tmpfs("0755"), lock_fd = new_tmpfs("0755"), tmp_fd = new_tmpfs("1777"),
	    host_fd = new_tmpfs("0755");

	put(run_fd, "run");
	(void) checked(mkdir("run/lock", 0755), "run/lock");
	put(lock_fd, "run/lock");
	put(tmp_fd, "tmp");
	put(cgroup_fd, "sys/fs/cgroup");
	write_file(host_fd, "container-manager");
	write_file(host_fd, "container-uuid");
	write_file(host_fd, "machine-id");
	write_file(host_fd, "os-release");
	(void) checked(mkdir("run/host", 0755), "run/host");
	put(host_fd, "run/host");
	put(clone_of(AT_FDCWD, "run/host/machine-id", MOUNT_ATTR_RDONLY), "etc/machine-id");
	(void) checked(mkdir("run/systemd", 0755), "run/systemd");
	(void) checked(mkdir("run/systemd/system", 0755), "run/systemd/system");
	write_file(AT_FDCWD, "run/systemd/system/x.service");
	(void) checked(mkdir("run/systemd/journald.conf.d", 0755), "journald.conf.d");
	write_file(AT_FDCWD, "run/systemd/journald.conf.d/x.conf");
	(void) checked(mkdir("var/log/journal", 0755), "var/log/journal");
	(void) checked(mkdir("var/log/journal/id", 0755), "var/log/journal/id");
	put(journal_fd, "var/log/journal/id");
}

int main(void)
{
	char state[1024] = {}, id[33] = {}, path[512] = {};
	int pid = 0, cgroup_fd, journal_fd, fd;

	if (read(STDIN_FILENO, state, sizeof(state) - 1) < 0 ||
	    sscanf(state,
		   "{\"ociVersion\":\"1.2.1\",\"id\":\"%32[0-9a-f]%*[0-9a-f]\",\"status\":"
		   "\"created\","
		   "\"pid\":%d,\"bundle\":\"%511[^\"]",
		   id, &pid, path) != 3)
		errx(EXIT_FAILURE, "not a state of bench: %s", state);
	/* the cgroup is named as the directory of bundles, see host.c */
	*strrchr(path, '/') = '\0';
	(void) snprintf(state, sizeof(state), "/sys/fs/cgroup/%s", strrchr(path, '/') + 1);
	cgroup_fd = clone_of(AT_FDCWD, state, MOUNT_ATTR_NOSUID);
	path[strlen(path)] = '/';
	journal_fd = make_journal(id);

	(void) strcat(path, "/rootfs");
	(void) snprintf(state, sizeof(state), "/proc/%d/ns/mnt", pid);
	fd = checked(open(state, O_RDONLY | O_CLOEXEC), state);
	(void) checked(setns(fd, CLONE_NEWNS), "setns");
	(void) checked(chdir(path), path);
	set_up(cgroup_fd, journal_fd);
	return EXIT_SUCCESS;
}
