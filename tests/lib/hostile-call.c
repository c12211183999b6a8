/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of a hook for a container of an image that somebody else wrote, and what it changed.
 *
 *	hostile-call ID BUNDLE CGROUP private|host|stopped PREPARE HOOK [OPTION...]
 *
 * The container is a process in that cgroup, with a mount and (private) a cgroup namespace, its root
 * file system bound on itself and /proc mounted in it, as runtimes leave it; the shell command PREPARE
 * makes what else is mounted. All around it is the host, one small file system. `stopped` is poststop.
 *
 * Says, a line each: `exit N`, `signal N` or `hangs`; `mounts N`, how many there are more in the
 * container; `journal same` or `changed`; `says TEXT` for each line of the hook; `fault TEXT` for each that is not as it was:
 * of the host whatever the hook did, of the container and its journal directory if it failed.
 */
#include <err.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "macro.h"

#define TIME_LIMIT_MS 10000
#define JOURNAL "/var/log/journal"

static const char *id, *bundle, *cgroup, *prepare;
/* the container's journal directory, and its name on the way out */
static char own_journal[sizeof(JOURNAL "/") + 32];
static char old_journal[sizeof(JOURNAL "/..oci-systemd-hook.old") + 32];

static _Noreturn void fail(const char *what)
{
	err(125, "%s", what);
}

static int check(int r, const char *what)
{
	if (r < 0)
		fail(what);
	return r;
}

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
	       (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* is_apart() - whether a path of the host is the container's, and compared as such */
static bool is_apart(const char *path)
{
	return strcmp(path, bundle) == 0 || strcmp(path, own_journal) == 0 ||
	       strcmp(path, old_journal) == 0;
}

/* write_tree() - a line for each entry below a directory, if it is there */
static void write_tree(FILE *file, const char *root, View view)
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
		if (view == VIEW_ALL && is_apart(name)) {
			(void) fts_set(fts, entry, FTS_SKIP);
			continue;
		}
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

/*
 * write_mounts() - the mount table; the options of cgroup2 belong to the whole machine, and so are the
 * mounts that guard single files of the cgroup where nsdelegate does not: they are not counted
 */
static size_t write_mounts(FILE *file, const char *path)
{
	FILE *table = fopen(path, "re");
	char line[4096], *options;
	size_t n = 0;

	if (!table)
		fail(path);
	while (fgets(line, sizeof(line), table)) {
		n += !strstr(line, "/rootfs/sys/fs/cgroup/");
		options = strstr(line, " - cgroup2 ") ?: line + strcspn(line, "\n");
		(void) fprintf(file, "mount %.*s\n", (int) (options - line), line);
	}
	(void) fclose(table);
	return n;
}

/* What there is before a call, and after it. */
typedef struct State {
	char *host, *journal, *container;
	size_t n_mounts;
} State;

static void look(pid_t pid, State *ret)
{
	char path[4096];
	size_t size;
	FILE *file;

	file = open_memstream(&ret->host, &size);
	write_tree(file, "/", VIEW_ALL);
	(void) write_mounts(file, "/proc/self/mountinfo");
	(void) fclose(file);

	file = open_memstream(&ret->journal, &size);
	write_tree(file, own_journal, VIEW_CONTENT);
	write_tree(file, old_journal, VIEW_CONTENT);
	(void) fclose(file);

	file = open_memstream(&ret->container, &size);
	if (pid > 0) {
		write_tree(file, cgroup, VIEW_OWNER);
		(void) snprintf(path, sizeof(path), "/proc/%d/root%s/rootfs", pid, bundle);
		write_tree(file, path, VIEW_CONTENT);
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

static void compare(const char *before, const char *after, const char *of)
{
	char text[64];

	if (strcmp(before, after) == 0)
		return;
	(void) snprintf(text, sizeof(text), "%s had: ", of);
	report_lacking(before, after, text);
	(void) snprintf(text, sizeof(text), "%s has: ", of);
	report_lacking(after, before, text);
}

/* report_strays() - mounts of the container that are new, and not in its root file system */
static void report_strays(const char *before, const char *after)
{
	for (const char *line = after; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strlen(bundle);
		char where[4096];

		if (sscanf(line, "mount %*s %*s %*s %*s %4095s", where) != 1 ||
		    has_line(before, line, strcspn(line, "\n") + 1))
			continue;
		if (strncmp(where, bundle, length) != 0 || strncmp(where + length, "/rootfs/", 8))
			(void) printf("fault mounted outside: %s\n", where);
	}
}

static _Noreturn void be_container(int ready_fd, int flags)
{
	char path[4096], place[2048];
	struct stat st;

	check(unshare(CLONE_NEWNS | flags), "unshare");
	(void) snprintf(place, sizeof(place), "%s/rootfs", bundle);
	check(mount(place, place, NULL, MS_BIND, NULL), place);
	check(mount(NULL, place, NULL, MS_PRIVATE, NULL), place);
	(void) snprintf(path, sizeof(path), "%s/proc", place);
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777))
		check(mount("proc", path, "proc", 0, NULL), path);
	if (*prepare && (chdir(place) < 0 || system(prepare) != 0))
		fail(prepare);
	if (write(ready_fd, "", 1) != 1)
		fail("pipe");
	for (;;)
		(void) pause();
}

static pid_t start_container(int flags)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int fds[2];
	pid_t pid;
	char c;

	check(pipe2(fds, O_CLOEXEC), "pipe2");
	args.cgroup = (uint64_t) check(open(cgroup, O_PATH | O_CLOEXEC), cgroup);
	pid = check((pid_t) syscall(SYS_clone3, &args, sizeof(args)), "clone3");
	if (pid == 0)
		be_container(fds[1], flags);
	(void) close(fds[1]);
	if (read(fds[0], &c, 1) != 1)
		exit(125);
	(void) close(fds[0]);
	return pid;
}

static _Noreturn void be_hook(pid_t pid, int output_fd, char *argv[])
{
	int fd = check(memfd_create("state", MFD_CLOEXEC), "memfd_create");
	char process[32] = "";

	if (pid > 0)
		(void) snprintf(process, sizeof(process), ",\"pid\":%d", pid);
	(void) dprintf(
		fd,
		"{\"ociVersion\":\"1.0.2\",\"id\":\"%s\",\"status\":\"%s\",\"bundle\":\"%s\"%s}",
		id, pid > 0 ? "creating" : "stopped", bundle, process);
	(void) lseek(fd, 0, SEEK_SET);
	check(dup2(fd, STDIN_FILENO), "dup2");
	check(dup2(output_fd, STDOUT_FILENO), "dup2");
	check(dup2(output_fd, STDERR_FILENO), "dup2");
	(void) execv(argv[0], argv);
	fail(argv[0]);
}

/* run_hook() - call it, and say how it ended; returns whether all is to be as before */
static bool run_hook(pid_t pid, int output_fd, char *argv[])
{
	pid_t hook = check(fork(), "fork");
	struct pollfd poll_fd = {.events = POLLIN};
	bool hangs;
	int wait;

	if (hook == 0)
		be_hook(pid, output_fd, argv);
	poll_fd.fd = check((int) syscall(SYS_pidfd_open, hook, 0), "pidfd_open");
	hangs = poll(&poll_fd, 1, TIME_LIMIT_MS) == 0;
	if (hangs)
		(void) kill(hook, SIGKILL);
	check(waitpid(hook, &wait, 0), "waitpid");
	if (hangs)
		(void) puts("hangs");
	else if (WIFSIGNALED(wait))
		(void) printf("signal %d\n", WTERMSIG(wait));
	else
		(void) printf("exit %d\n", WEXITSTATUS(wait));
	return !hangs && WIFEXITED(wait) && WEXITSTATUS(wait) != 0;
}

static void report_output(int fd)
{
	FILE *file = fdopen(fd, "r");
	char line[4096];

	rewind(file);
	while (fgets(line, sizeof(line), file))
		(void) printf("says %.*s\n", (int) strcspn(line, "\n"), line);
}

int main(int argc, char *argv[])
{
	State before = {}, after = {};
	pid_t pid = 0;
	bool has_failed;
	int output_fd;

	if (argc < 7)
		return 125;
	id = argv[1];
	bundle = argv[2];
	cgroup = argv[3];
	prepare = argv[5];
	(void) snprintf(own_journal, sizeof(own_journal), JOURNAL "/%.32s", id);
	(void) snprintf(old_journal, sizeof(old_journal), JOURNAL "/.%.32s.oci-systemd-hook.old",
			id);
	output_fd = check(memfd_create("output", MFD_CLOEXEC), "memfd_create");
	if (strcmp(argv[4], "stopped") != 0)
		pid = start_container(strcmp(argv[4], "private") == 0 ? CLONE_NEWCGROUP : 0);

	look(pid, &before);
	has_failed = run_hook(pid, output_fd, argv + 6);
	look(pid, &after);
	(void) printf("mounts %zd\n", (ssize_t) (after.n_mounts - before.n_mounts));
	(void) puts(strcmp(before.journal, after.journal) == 0 ? "journal same"
							       : "journal changed");
	report_output(output_fd);
	compare(before.host, after.host, "the host");
	report_strays(before.container, after.container);
	if (pid > 0) {
		if (has_failed) {
			compare(before.container, after.container, "the container");
			compare(before.journal, after.journal, "the journal");
		}
		(void) kill(pid, SIGKILL);
		(void) waitpid(pid, NULL, 0);
	}
	return 0;
}
