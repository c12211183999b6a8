/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which container has a chosen id now. The user chose it, so containers hold it one after the other:
 * the next one may have the journal directory as soon as the former one's process has ended.
 */
#include "journal-holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fs-util.h"

#define STAT_SIZE_MAX 4096

/* The state of a process, and its start time in clock ticks since boot: proc_pid_stat(5). */
typedef struct ProcessStat {
	char state;
	uint64_t start_time;
} ProcessStat;

static int parse_stat(const char *text, ProcessStat *ret)
{
	/* the name in parentheses is the process's own choice */
	const char *end = strrchr(text, ')');
	unsigned long long start;
	char state;

	if (!end ||
	    sscanf(end,
		   ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %llu",
		   &state, &start) != 2)
		return -EINVAL;
	*ret = (ProcessStat){.state = state, .start_time = start};
	return 0;
}

static int read_stat(pid_t pid, ProcessStat *ret)
{
	char path[sizeof("/proc/-2147483648/stat")];
	cleanup_free char *text = NULL;
	int r;

	(void) snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = read_file_at(AT_FDCWD, path, STAT_SIZE_MAX, &text, NULL);
	return r < 0 ? r : parse_stat(text, ret);
}

/**
 * journal_holder_identify() - note by which process a container lives
 * @pid: its first process
 * @owner: gets it
 *
 * Return: 0, or a negative errno.
 */
int journal_holder_identify(pid_t pid, JournalOwner *owner)
{
	ProcessStat stat;
	int r;

	r = read_stat(pid, &stat);
	if (r < 0)
		return r;
	owner->leader = pid;
	owner->start_time = stat.start_time;
	return 0;
}

/** journal_holder_is_alive() - whether a container's first process is still there, or may be */
bool journal_holder_is_alive(const JournalOwner *owner)
{
	ProcessStat stat;
	int r;

	if (owner->leader <= 0)
		return false;
	r = read_stat(owner->leader, &stat);
	if (r == -ENOENT || r == -ESRCH)
		return false;
	return r < 0 ||
	       (stat.state != 'Z' && stat.state != 'X' && stat.start_time == owner->start_time);
}
