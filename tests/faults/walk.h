/* SPDX-License-Identifier: Apache-2.0 */
/* Each system call and each allocation of a program in turn. Include it after tap.h. */
#pragma once

#include <err.h>
#include <fnmatch.h>

#include "fault.h"
#include "macro.h"
#include "tap.h"

/* What became of the runs of one way to call a program. */
typedef struct Tally {
	unsigned int calls;	  /* system calls that it makes */
	unsigned int faults;	  /* that they were made to give, each errno counted */
	unsigned int allocations; /* that failed */
	unsigned int refused;	  /* 1, with a message, and nothing changed */
	unsigned int loader;	  /* 127, by the loader, and nothing changed */
	unsigned int warned;	  /* 0, with a message */
	unsigned int whole;	  /* 0, silent */
	unsigned int believed;	  /* 0, silent, as what the fault said might be true */
	unsigned int kills;
	unsigned int left; /* something on the host afterwards, for the next run to remove */
} Tally;

/* One case: what is done, to be told where it goes wrong. */
typedef struct Case {
	Fault fault;
	bool is_strict;
	Outcome outcome;
} Case;

/*
 * A fault that the program may believe, and leave something undone without a word: as the call says
 * something that might be true, and is no failure. Why it is none stands at each.
 */
typedef struct Believed {
	const char *call, *subject; /* the latter as fnmatch(3) has it */
	int errors[4];
	bool is_strict; /* with --strict, too */
} Believed;

typedef struct Walk Walk;
struct Walk {
	const char *name;
	void *subject;
	void (*begin)(Walk *walk);		  /* before each run */
	void (*run)(Walk *walk, Case *c);	  /* the program, with the fault of the case */
	void (*check)(Walk *walk, const Case *c); /* after a fault */
	void (*killed)(Walk *walk,
		       const Case *c); /* after a kill; leaves all as begin() wants it */
	const char *message; /* what the program warns of without a fault; NULL for nothing */
	Tally tally;
	unsigned int n_complaints;
};

enum { WALK_COMPLAINTS_MAX = 40 };

static bool walk_is_full(void)
{
	const char *size = getenv("OCI_HOOKS_TEST_SIZE");

	return size && strcmp(size, "full") == 0;
}

/* walk_stride() - in the small size every third call and allocation, in the full size all */
static unsigned int walk_stride(void)
{
	return walk_is_full() ? 1 : 3;
}

/* walk_complain() - say what is wrong, and go on: the next fault may tell more */
__attribute__((format(printf, 3, 4))) static void walk_complain(Walk *walk, const Case *c,
								const char *format, ...)
{
	static const char *const kinds[] = {"none", "fails", "killed at", "fails",
					    "fails with all behind it"};
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	(void) vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (char *end = text; (end = strchr(end, '\n'));)
		*end = '|';
	printf("# %s: %s %s %u %s%s%s%s: %s; %s\n", walk->name, kinds[c->fault.kind],
	       c->outcome.call, c->fault.number, c->outcome.subject, c->outcome.error ? " " : "",
	       c->outcome.error ? strerrorname_np(c->outcome.error) : "",
	       c->is_strict ? " strict" : "", text, c->outcome.messages);
	if (++walk->n_complaints == WALK_COMPLAINTS_MAX)
		tap_fail(__FILE__, __LINE__, "enough");
}

/*
 * walk_run_program() - run a program of the build, --strict if the case says so, on a kernel without
 * some system calls if there is a list of them
 */
static void walk_run_program(const char *name, const char *const *denied, int state_fd, Case *c)
{
	const char *build = getenv("TOP_BUILDDIR"), *argv[16];
	char program[PATH_MAX], deny[PATH_MAX];
	size_t n = 0;

	(void) snprintf(program, sizeof(program), "%s/%s", build ?: ".", name);
	(void) snprintf(deny, sizeof(deny), "%s/tests/lib/deny-syscall", build ?: ".");
	if (denied) {
		argv[n++] = deny;
		while (*denied)
			argv[n++] = *denied++;
		argv[n++] = "--";
	}
	argv[n++] = program;
	if (c->is_strict)
		argv[n++] = "--strict";
	argv[n] = NULL;
	fault_run(argv, state_fd, &c->fault, &c->outcome);
}

/*
 * walk_is_mute() - whether the fault is one of stderr itself: it cannot be written to, or not be told
 * to be a pipe, and so gets nothing. The journal has the message.
 */
static bool walk_is_mute(const Case *c)
{
	return strcmp(c->outcome.call, "writev") == 0 ||
	       (fnmatch("fstat*", c->outcome.call, 0) == 0 &&
		fnmatch("pipe:*", c->outcome.subject, 0) == 0);
}

/*
 * walk_check_end() - how the program ended: its exit code, 127 if it did not come to its main(), or -1
 * after a complaint
 */
static int walk_check_end(Walk *walk, const Case *c)
{
	const Outcome *outcome = &c->outcome;
	int code = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;

	if (outcome->is_hung)
		walk_complain(walk, c, "it hung");
	else if (!outcome->in_main && (code < 0 || code == 127)) {
		walk->tally.loader++;
		return 127;
	} else if (code < 0)
		walk_complain(walk, c, "ended by signal %d", WTERMSIG(outcome->status));
	else if (code == 0 || (code == 1 && (outcome->messages[0] || walk_is_mute(c)))) {
		walk->tally.refused += code == 1;
		return code;
	} else
		walk_complain(walk, c, "ended with %d", code);
	return -1;
}

static bool walk_run(Walk *walk, Case *c)
{
	walk->begin(walk);
	walk->run(walk, c);
	return c->outcome.is_hit;
}

static void walk_calls(Walk *walk, bool is_strict)
{
	Case c = {.fault.kind = FAULT_ERROR, .is_strict = is_strict};

	/* in the small size once: with one of its errnos, strict or not */
	for (c.fault.number = 1;; c.fault.number += walk_stride()) {
		unsigned int first = walk_is_full() ? 0 : c.fault.number / 2, last = first;

		if (!walk_is_full() && c.fault.number % 2 == is_strict)
			continue;

		for (c.fault.which = first; c.fault.which <= last; c.fault.which++) {
			if (!walk_run(walk, &c)) {
				walk->tally.calls = c.fault.number - 1;
				return;
			}
			if (walk_is_full() && c.outcome.n_errors > 0)
				last = c.outcome.n_errors - 1;
			walk->tally.faults += c.outcome.error != 0;
			walk->check(walk, &c);
		}
	}
}

static void walk_kills(Walk *walk)
{
	Case c = {.fault.kind = FAULT_KILL};

	for (c.fault.number = 1; walk_run(walk, &c); c.fault.number += walk_stride()) {
		walk->tally.kills++;
		if (!WIFSIGNALED(c.outcome.status) || WTERMSIG(c.outcome.status) != SIGKILL)
			walk_complain(walk, &c, "it was not killed");
		walk->killed(walk, &c);
	}
}

#ifndef __SANITIZE_ADDRESS__ /* which has an allocator of its own */
static void walk_allocations(Walk *walk, FaultKind kind, bool is_strict)
{
	Case c = {.fault.kind = kind, .is_strict = is_strict};

	for (c.fault.number = 1; walk_run(walk, &c); c.fault.number += walk_stride()) {
		walk->tally.allocations++;
		walk->check(walk, &c);
	}
	ASSERT(c.fault.number > 10);
}
#endif

/* walk_report_head() - a table for each program: to be called by its first test */
static void walk_report_head(void)
{
	puts("# report:\n"
	     "# report: | way | calls | faults | allocations | refused | loader | warned | whole "
	     "| believed | kills | left |\n"
	     "# report: |---|---|---|---|---|---|---|---|---|---|---|");
}

/* walk_report() - a line of the table in docs/SECURITY-TESTS.md */
static void walk_report(const Walk *walk)
{
	const Tally *tally = &walk->tally;

	printf("# report: | %s | %u | %u | %u | %u | %u | %u | %u | %u | %u | %u |\n", walk->name,
	       tally->calls, tally->faults, tally->allocations, tally->refused, tally->loader,
	       tally->warned, tally->whole, tally->believed, tally->kills, tally->left);
}

/* walk_is_believed() - whether there is a row for a fault */
static bool walk_is_believed(const Case *c, const Believed *rows, size_t n)
{
	const Outcome *outcome = &c->outcome;

	for (const Believed *row = rows; row < rows + n; row++) {
		if (strcmp(row->call, outcome->call) != 0 || (c->is_strict && !row->is_strict) ||
		    fnmatch(row->subject, outcome->subject, 0) != 0)
			continue;
		for (size_t i = 0; i < ELEMENTSOF(row->errors) && row->errors[i]; i++)
			if (row->errors[i] == outcome->error)
				return true;
	}
	return false;
}

/* walk_is_usual() - whether a run ended as one without a fault */
static bool walk_is_usual(const Walk *walk, const Case *c)
{
	const char *messages = c->outcome.messages;

	if (!walk->message)
		return c->outcome.status == 0 && !messages[0];
	return strstr(messages, walk->message) && WIFEXITED(c->outcome.status) &&
	       WEXITSTATUS(c->outcome.status) == c->is_strict;
}

/* walk_all() - all faults of one way; n_complaints tells what came of it */
static void walk_all(Walk *walk)
{
	Case none = {.fault.kind = FAULT_NONE};

	if (!fault_is_possible())
		tap_skip("hardware: system calls are made to fail on x86-64 only");
	for (int is_strict = 0; is_strict < 2; is_strict++) {
		none.is_strict = is_strict;
		(void) walk_run(walk, &none);
		if (!walk_is_usual(walk, &none))
			tap_fail(__FILE__, __LINE__, "without a fault: %s", none.outcome.messages);
		walk->check(walk, &none);
	}
	walk->tally = (Tally){};
	for (int is_strict = 0; is_strict < 2; is_strict++) {
		walk_calls(walk, is_strict);
#ifndef __SANITIZE_ADDRESS__
		walk_allocations(walk, FAULT_ALLOCATION, is_strict);
		if (walk_is_full())
			walk_allocations(walk, FAULT_ALLOCATIONS, is_strict);
#endif
	}
	walk_kills(walk);
	walk_report(walk);
}
