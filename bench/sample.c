/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a program, measured; and the line about it that bench/report reads. */
#include "sample.h"

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** sample_now() - the clock, in microseconds since the machine started; systemd's monotonic one */
double sample_now(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static double microseconds(struct timeval time)
{
	return (double) time.tv_sec * 1e6 + (double) time.tv_usec;
}

/**
 * sample_call() - call a program and wait for it
 * @argv: program and arguments; it gets no environment
 * @input: file for its stdin, or NULL for ours
 *
 * Ends this process if the program does not say 0.
 */
Sample sample_call(char *argv[], const char *input)
{
	posix_spawn_file_actions_t actions;
	char *envp[] = {NULL};
	struct rusage usage;
	double from, to;
	int status;
	pid_t pid;

	(void) posix_spawn_file_actions_init(&actions);
	if (input)
		(void) posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
	from = sample_now();
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, envp) != 0)
		errx(EXIT_FAILURE, "cannot run %s", argv[0]);
	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		errx(EXIT_FAILURE, "%s failed", argv[0]);
	to = sample_now();
	(void) posix_spawn_file_actions_destroy(&actions);

	return (Sample){.time = to - from,
			.cpu_time = microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
			.peak_kib = usage.ru_maxrss};
}

/** sample_print() - label, name, time, processor time, peak, with tabs between them */
void sample_print(const char *label, const char *name, const Sample *sample)
{
	(void) printf("%s\t%s\t%.1f\t%.0f\t%ld\n", label, name, sample->time, sample->cpu_time,
		      sample->peak_kib);
}
