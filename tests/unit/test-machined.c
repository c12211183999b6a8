/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of machined, in which order, and what its answers lead to: the policy. */
#include "register-machine-hook/machined.h"

#include "machined-book.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e137"
#define OTHER_ID "91f9f270b6608ffb6a500ac7ec36e137"
#define NAME "web"
#define OTHER_NAME "web-81f9f270b660"

static char root[] = "/var/lib/ctr";
static Machine machine = {
	.name = {NAME},
	.other_name = {OTHER_NAME},
	.id = {ID},
	.has_id = true,
	.service = "podman",
	.root_directory = root,
	.leader_pidfd = -1,
};

/* one that lives longer than the test, and is not its own */
static pid_t live_process(void)
{
	return getppid();
}

static pid_t dead_process(void)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0)
		_exit(0);
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	return pid;
}

static uint64_t limit_usec = 10 * 1000 * 1000;

static void expect_add(const MachinedTransport *transport, int wanted, const char *wanted_name,
		       const char *wanted_said)
{
	Machined machined = MACHINED_NULL;
	MachineName name = {};
	int r;

	machined.deadline = deadline_in(limit_usec);
	machine.leader = getpid();
	book_said[0] = '\0';
	r = machined_add(transport, &machined, &machine, &name);
	ASSERT_EQ(r, wanted);
	if (wanted_said)
		ASSERT_STREQ(book_said, wanted_said);
	if (wanted_name)
		ASSERT_STREQ(name.text, wanted_name);
	if (r == -EEXIST)
		ASSERT(machined.reason[0]);
}

static void test_first_time(void)
{
	expect_add(&book_transport, 0, NAME, "add " NAME);
	ASSERT_EQ(n_book, 1);
}

static void test_first_time_with_care(void)
{
	expect_add(&book_careful_transport, 0, NAME, "find leader, add " NAME);
	ASSERT_EQ(n_book, 1);
}

static void test_second_call(void)
{
	expect_add(&book_transport, 0, NAME, "add " NAME);
	expect_add(&book_transport, 0, NAME, "add " NAME ", find " NAME);
	/* never the same leader twice */
	expect_add(&book_careful_transport, 0, NAME, "find leader");
	ASSERT_EQ(n_book, 1);
}

static void test_name_taken(void)
{
	book_enter(NAME, OTHER_ID, live_process(), "/elsewhere");
	expect_add(&book_transport, 0, OTHER_NAME, "add " NAME ", find " NAME ", add " OTHER_NAME);
	ASSERT_EQ(n_book, 2);
	/* and once more */
	expect_add(&book_transport, 0, OTHER_NAME,
		   "add " NAME ", find " NAME ", add " OTHER_NAME ", find " OTHER_NAME);
	expect_add(&book_careful_transport, 0, OTHER_NAME, "find leader");
	ASSERT_EQ(n_book, 2);
}

static void test_both_names_taken(void)
{
	book_enter(NAME, OTHER_ID, live_process(), "/elsewhere");
	book_enter(OTHER_NAME, OTHER_ID, live_process(), "/elsewhere");
	expect_add(&book_transport, -EEXIST, NULL,
		   "add " NAME ", find " NAME ", add " OTHER_NAME ", find " OTHER_NAME);
	ASSERT_EQ(n_book, 2);
}

static void test_name_taken_by_one_of_the_same_id(void)
{
	/* two containers with one machine-id file mounted: the other one lives */
	book_enter(NAME, ID, live_process(), "/elsewhere");
	expect_add(&book_transport, 0, OTHER_NAME, "add " NAME ", find " NAME ", add " OTHER_NAME);
	ASSERT_EQ(n_book, 2);
}

static void test_another_ended_machine_is_left(void)
{
	book_enter(NAME, OTHER_ID, dead_process(), "/elsewhere");
	expect_add(&book_transport, 0, OTHER_NAME, "add " NAME ", find " NAME ", add " OTHER_NAME);
	ASSERT_EQ(n_book, 2);
}

static void test_own_earlier_life(void)
{
	book_enter(NAME, ID, dead_process(), root);
	expect_add(&book_transport, 0, NAME,
		   "add " NAME ", find " NAME ", remove " NAME ", find " NAME ", add " NAME);
	ASSERT_EQ(n_book, 1);
	ASSERT_EQ(book[0].leader, getpid());
}

/* ended, and its number still taken: nobody has waited for it */
static void test_own_earlier_life_is_a_zombie(void)
{
	siginfo_t info;
	pid_t pid;

	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	ASSERT_SYS(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));

	book_enter(NAME, ID, pid, root);
	expect_add(&book_transport, 0, NAME,
		   "add " NAME ", find " NAME ", remove " NAME ", find " NAME ", add " NAME);
	ASSERT_EQ(n_book, 1);
}

/* machined drops it a moment after it has said so */
static void test_own_earlier_life_lingers(void)
{
	book_enter(NAME, ID, dead_process(), root);
	book_looks_left = 2;
	expect_add(&book_transport, 0, NAME,
		   "add " NAME ", find " NAME ", remove " NAME ", find " NAME ", find " NAME
		   ", find " NAME ", add " NAME);
	ASSERT_EQ(n_book, 1);
	ASSERT_EQ(book[0].leader, getpid());
}

static void test_own_earlier_life_stays(void)
{
	book_enter(NAME, ID, dead_process(), root);
	book_looks_left = INT_MAX;
	limit_usec = 20 * 1000;
	expect_add(&book_transport, -ETIMEDOUT, NULL, NULL);
	ASSERT_EQ(n_book, 1);
}

/* in the meantime somebody else took the name */
static void test_name_taken_after_removal(void)
{
	book_enter(NAME, ID, dead_process(), root);
	book_enter(NAME, OTHER_ID, live_process(), "/elsewhere");
	expect_add(&book_transport, 0, OTHER_NAME,
		   "add " NAME ", find " NAME ", remove " NAME ", find " NAME ", add " NAME
		   ", add " OTHER_NAME);
	ASSERT_EQ(n_book, 2);
}

static void test_leader_known_as_another(void)
{
	book_enter("zzz", OTHER_ID, getpid(), "/elsewhere");
	expect_add(&book_transport, -EEXIST, NULL, "add " NAME ", find " NAME ", find leader");
	/* with care: no registration is even tried */
	expect_add(&book_careful_transport, -EEXIST, NULL, "find leader");
	ASSERT_EQ(n_book, 1);
}

static void test_leader_known_under_other_name_with_our_id(void)
{
	book_enter("zzz", ID, getpid(), root);
	expect_add(&book_transport, 0, "zzz", "add " NAME ", find " NAME ", find leader");
	expect_add(&book_careful_transport, 0, "zzz", "find leader");
	ASSERT_EQ(n_book, 1);
}

static pid_t unit_mate; /* of the machine that is asked for: up to 257 machined goes by units */

static int find_unit_mate(Machined *machined, pid_t leader, MachinedEntry *ret)
{
	return book_find_by_leader(machined, unit_mate, ret);
}

static void test_unit_has_a_machine(void)
{
	MachinedTransport by_unit = book_careful_transport;

	by_unit.find_by_leader = find_unit_mate;
	unit_mate = live_process();
	book_enter("zzz", OTHER_ID, unit_mate, "/elsewhere");
	expect_add(&by_unit, -EEXIST, NULL, "find leader");
	ASSERT_EQ(n_book, 1);

	/* an earlier life of ours in the same unit */
	book_clear();
	unit_mate = dead_process();
	book_enter(NAME, ID, unit_mate, root);
	expect_add(&by_unit, 0, NAME, "find leader, remove " NAME ", find " NAME ", add " NAME);
	ASSERT_EQ(n_book, 1);

	/* one of our id that lives is not ours to remove */
	book_clear();
	unit_mate = live_process();
	book_enter(NAME, ID, unit_mate, root);
	expect_add(&by_unit, -EEXIST, NULL, "find leader");
	ASSERT_EQ(n_book, 1);
}

static void test_errors_end_it(void)
{
	book_answer_to_add = -EREMOTEIO;
	expect_add(&book_transport, -EREMOTEIO, NULL, "add " NAME);
	book_answer_to_add = MACHINED_E_ABSENT;
	expect_add(&book_transport, MACHINED_E_ABSENT, NULL, "add " NAME);
	book_answer_to_add = MACHINED_E_EXISTS;
	book_answer_to_find = -ETIMEDOUT;
	expect_add(&book_transport, -ETIMEDOUT, NULL, "add " NAME ", find " NAME);
	/* 256 cannot tell who has it: the other transport can */
	book_answer_to_find = MACHINED_E_ABSENT;
	expect_add(&book_transport, MACHINED_E_ABSENT, NULL, "add " NAME ", find " NAME);
	/* with care: where the leader cannot be looked up nothing is registered */
	book_answer_to_find = -EREMOTEIO;
	expect_add(&book_careful_transport, -EREMOTEIO, NULL, "find leader");
	book_answer_to_find = MACHINED_E_ABSENT;
	expect_add(&book_careful_transport, -EOPNOTSUPP, NULL, "find leader");
	ASSERT_EQ(n_book, 0);
}

static void test_machined_that_contradicts_itself(void)
{
	/* the name is taken, but there is no such machine, and so on: an end all the same */
	book_answer_to_add = MACHINED_E_EXISTS;
	expect_add(&book_transport, -EEXIST, NULL,
		   "add " NAME ", find " NAME ", find leader, add " NAME ", add " OTHER_NAME
		   ", find " OTHER_NAME ", find leader, add " OTHER_NAME);
}

static void expect_remove(int wanted, const char *wanted_said)
{
	Machined machined = MACHINED_NULL;

	machine.leader = 0;
	book_said[0] = '\0';
	ASSERT_EQ(machined_remove(&book_transport, &machined, &machine, &machine.name), wanted);
	ASSERT_STREQ(book_said, wanted_said);
}

static void test_remove(void)
{
	expect_remove(0, "find " NAME);
	book_enter(NAME, ID, dead_process(), root);
	expect_remove(0, "find " NAME ", remove " NAME);
	ASSERT_EQ(n_book, 0);
	/* another container's, dead or alive */
	book_enter(NAME, OTHER_ID, dead_process(), root);
	expect_remove(0, "find " NAME);
	ASSERT_EQ(n_book, 1);
	book_answer_to_find = -ETIMEDOUT;
	expect_remove(-ETIMEDOUT, "find " NAME);
}

static void test_remove_with_shared_id(void)
{
	machine.id_is_shareable = true;
	book_enter(NAME, ID, live_process(), "/elsewhere");
	expect_remove(0, "find " NAME);
	ASSERT_EQ(n_book, 1);
	book_clear();
	book_enter(NAME, ID, dead_process(), "/elsewhere");
	expect_remove(0, "find " NAME ", remove " NAME);
	ASSERT_EQ(n_book, 0);
}

static void test_remove_without_id(void)
{
	machine.has_id = false;
	book_enter(NAME, ID, dead_process(), root);
	expect_remove(0, "find " NAME);
	book_clear();
	book_enter(NAME, "", dead_process(), "/elsewhere");
	expect_remove(0, "find " NAME);
	book_clear();
	book_enter(NAME, "", dead_process(), root);
	expect_remove(0, "find " NAME ", remove " NAME);
}

static void test_second_call_without_id(void)
{
	machine.has_id = false;
	expect_add(&book_transport, 0, NAME, "add " NAME);
	ASSERT_STREQ(book[0].id.text, "");
	expect_add(&book_transport, 0, NAME, "add " NAME ", find " NAME);
	ASSERT_EQ(n_book, 1);
}

TAP_MAIN(TAP(test_first_time), TAP(test_first_time_with_care), TAP(test_second_call),
	 TAP(test_name_taken), TAP(test_both_names_taken),
	 TAP(test_name_taken_by_one_of_the_same_id), TAP(test_another_ended_machine_is_left),
	 TAP(test_own_earlier_life), TAP(test_own_earlier_life_is_a_zombie),
	 TAP(test_own_earlier_life_lingers), TAP(test_own_earlier_life_stays),
	 TAP(test_name_taken_after_removal), TAP(test_leader_known_as_another),
	 TAP(test_leader_known_under_other_name_with_our_id), TAP(test_unit_has_a_machine),
	 TAP(test_errors_end_it), TAP(test_machined_that_contradicts_itself), TAP(test_remove),
	 TAP(test_remove_with_shared_id), TAP(test_remove_without_id),
	 TAP(test_second_call_without_id))
