/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over the wire to machined by Varlink, and what its answers are taken for. */
#include "register-machine-hook/machined-varlink.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "json.h"
#include "macro.h"
#include "tap.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e137"
#define LIMIT_USEC 20000000

static char root[] = "/var/lib/ctr";
static const Machine machine = {
	.name = {"web"},
	.id = {ID},
	.has_id = true,
	.service = "podman",
	.root_directory = root,
	.leader = 4711,
	.leader_pidfd = -1,
};

/* A conversation whose other end has the answer ready; @size counts its NUL. */
static int open_with(Machined *machined, const char *answer, size_t size)
{
	int fds[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
	*machined = (Machined) MACHINED_NULL;
	machined->deadline = deadline_in(LIMIT_USEC);
	machined->fd = fds[0];
	ASSERT_EQ(write(fds[1], answer, size), size);
	return fds[1];
}

/* The request that was sent, and that there is just one, ending in a NUL. */
static json_t *request_of(int fd)
{
	char text[4096];
	json_t *json;
	ssize_t n;

	n = read(fd, text, sizeof(text));
	ASSERT(n > 1);
	ASSERT_EQ(strlen(text) + 1, n);
	json = json_loads(text, 0, NULL);
	ASSERT(json);
	return json;
}

static void expect_request(int fd, const char *wanted)
{
	json_t *json = request_of(fd), *wanted_json = json_loads(wanted, 0, NULL);

	ASSERT(wanted_json);
	if (!json_equal(json, wanted_json))
		tap_fail(__FILE__, __LINE__, "%s", json_dumps(json, JSON_COMPACT));
	json_decref(json);
	json_decref(wanted_json);
}

#define OK_ANSWER "{\"parameters\":{}}"

static void test_register(void)
{
	Machined machined;
	int fd = open_with(&machined, OK_ANSWER, sizeof(OK_ANSWER));

	ASSERT_EQ(machined_varlink.add(&machined, &machine, "web"), 0);
	/* these fields and no other: systemd before 262 refuses what it does not know */
	expect_request(fd, "{\"method\": \"io.systemd.Machine.Register\", \"parameters\": {"
			   "\"name\": \"web\", \"class\": \"container\", \"service\": \"podman\","
			   "\"leader\": 4711, \"id\": \"" ID "\","
			   "\"rootDirectory\": \"/var/lib/ctr\"}}");
	machined_varlink.close(&machined);
	ASSERT_EQ(machined.fd, -1);
}

static void test_register_without_id_and_root(void)
{
	Machine bare = machine;
	Machined machined;
	char nothing[] = "";
	int fd = open_with(&machined, OK_ANSWER, sizeof(OK_ANSWER));

	bare.has_id = false;
	bare.root_directory = nothing;
	ASSERT_EQ(machined_varlink.add(&machined, &bare, "web"), 0);
	expect_request(fd, "{\"method\": \"io.systemd.Machine.Register\", \"parameters\": {"
			   "\"name\": \"web\", \"class\": \"container\", \"service\": \"podman\","
			   "\"leader\": 4711}}");
}

static void test_odd_root_directory_is_escaped(void)
{
	char odd[] = "/a\"b\\c\n/\303\244";
	Machine other = machine;
	json_t *request;
	Machined machined;
	int fd = open_with(&machined, OK_ANSWER, sizeof(OK_ANSWER));

	other.root_directory = odd;
	ASSERT_EQ(machined_varlink.add(&machined, &other, "web"), 0);
	request = request_of(fd);
	ASSERT_STREQ(json_string_value(json_object_get(json_object_get(request, "parameters"),
						       "rootDirectory")),
		     odd);
	json_decref(request);
}

static void test_unregister(void)
{
	Machined machined;
	int fd = open_with(&machined, OK_ANSWER, sizeof(OK_ANSWER));

	ASSERT_EQ(machined_varlink.remove(&machined, "web"), 0);
	expect_request(fd, "{\"method\": \"io.systemd.Machine.Unregister\","
			   "\"parameters\": {\"name\": \"web\"}}");
}

static int register_with(const char *answer, size_t size, Machined *machined)
{
	int fd = open_with(machined, answer, size), r;

	ASSERT_SYS(shutdown(fd, SHUT_WR));
	r = machined_varlink.add(machined, &machine, "web");
	ASSERT_SYS(close(fd));
	machined_varlink.close(machined);
	return r;
}

#define ERROR(name, parameters) "{\"error\":\"" name "\",\"parameters\":" parameters "}"
#define ERRNO(number)                                                                              \
	ERROR("io.systemd.System", "{\"origin\":\"linux\",\"errno\":" #number ",\"errnoName\":"    \
				   "\"E\"}")

static void test_errors(void)
{
	static const struct {
		const char *answer;
		int result;
		const char *reason;
	} cases[] = {
		{ERROR("io.systemd.Machine.MachineExists", "{}"), MACHINED_E_EXISTS, ""},
		{ERROR("io.systemd.Machine.NoSuchMachine", "{}"), MACHINED_E_NO_MACHINE, ""},
		{ERROR("org.varlink.service.MethodNotFound", "{\"method\":\"x\"}"),
		 MACHINED_E_ABSENT, ""},
		{ERRNO(17), MACHINED_E_EXISTS, ""},
		{ERRNO(3), -EREMOTEIO, "io.systemd.System (No such process)"},
		{ERRNO(-3), -EREMOTEIO, "io.systemd.System"},
		{ERRNO(99999999999), -EREMOTEIO, "io.systemd.System"},
		{ERROR("org.varlink.service.PermissionDenied", "{}"), -EREMOTEIO,
		 "org.varlink.service.PermissionDenied"},
		{ERROR("org.varlink.service.InvalidParameter", "{\"parameter\":\"class\"}"),
		 -EREMOTEIO, "org.varlink.service.InvalidParameter (class)"},
		{"{\"error\":\"x.y\"}", -EREMOTEIO, "x.y"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		Machined machined;

		printf("# %s\n", cases[i].answer);
		ASSERT_EQ(register_with(cases[i].answer, strlen(cases[i].answer) + 1, &machined),
			  cases[i].result);
		ASSERT_STREQ(machined.reason, cases[i].reason);
	}
}

static void test_garbage(void)
{
	static const char *const answers[] = {
		"garbage",
		"[]",
		"\"x\"",
		"{",
		"{\"error\":17}",
		"{\"error\":null}",
		"{\"parameters\":[]}",
		"{\"parameters\":{},\"parameters\":{}}",
		"{\"parameters\":{\"a\":\"\xff\"}}",
		"",
	};

	for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
		Machined machined;

		printf("# %s\n", answers[i]);
		ASSERT_EQ(register_with(answers[i], strlen(answers[i]) + 1, &machined), -EPROTO);
		ASSERT_CONTAINS(machined.reason, "its answer is not Varlink");
	}
}

static void test_deep_answer(void)
{
	Machined machined;
	char text[1001];

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ASSERT_EQ(register_with(text, sizeof(text), &machined), -EPROTO);
}

static void test_hang_up(void)
{
	Machined machined;

	/* without a word: the other transport may know better */
	ASSERT_EQ(register_with("", 0, &machined), MACHINED_E_ABSENT);
	/* in the middle of a word */
	ASSERT_EQ(register_with("{\"parameters\":{}}", 10, &machined), -EPROTO);
	ASSERT_STREQ(machined.reason, "it hung up in the middle of its answer");
}

static void test_no_answer(void)
{
	Machined machined;

	ASSERT_SYS(open_with(&machined, "{\"para", 6));
	machined.deadline = deadline_in(100000);
	ASSERT_EQ(machined_varlink.add(&machined, &machine, "web"), -ETIMEDOUT);
}

static void test_answer_without_end(void)
{
	char chunk[4096];
	Machined machined;
	int fd = open_with(&machined, "", 0);
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		memset(chunk, ' ', sizeof(chunk));
		ASSERT_SYS(fcntl(fd, F_SETFL, 0));
		for (;;)
			(void) !write(fd, chunk, sizeof(chunk));
	}
	ASSERT_EQ(machined_varlink.add(&machined, &machine, "web"), -E2BIG);
	ASSERT_CONTAINS(machined.reason, "limit of 65536 bytes");
	ASSERT_SYS(kill(pid, SIGKILL));
}

static void test_answer_in_pieces(void)
{
	static const char answer[] = OK_ANSWER;
	Machined machined;
	int fd = open_with(&machined, "", 0);
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		for (size_t i = 0; i < sizeof(answer); i++) {
			ASSERT_EQ(write(fd, &answer[i], 1), 1);
			(void) usleep(1000);
		}
		_exit(0);
	}
	ASSERT_EQ(machined_varlink.add(&machined, &machine, "web"), 0);
}

static void expect_entry(const char *answer, const char *name, const char *id, pid_t leader,
			 const char *entry_root)
{
	cleanup_machined_entry MachinedEntry entry = {};
	Machined machined;

	ASSERT_SYS(open_with(&machined, answer, strlen(answer) + 1));
	ASSERT_EQ(machined_varlink.find_by_name(&machined, "web", &entry), 0);
	ASSERT_STREQ(entry.name, name);
	ASSERT_STREQ(entry.id.text, id);
	ASSERT_EQ(entry.leader, leader);
	ASSERT_STREQ(entry.root_directory, entry_root);
}

static void test_list(void)
{
	/* as 257.0 and as 262 answer */
	expect_entry("{\"parameters\":{\"name\":\"web\",\"id\":\"" ID "\",\"class\":\"container\","
		     "\"leader\":4711,\"rootDirectory\":\"/r\",\"unit\":\"x.scope\"}}",
		     "web", ID, 4711, "/r");
	expect_entry("{\"parameters\":{\"name\":\"web\",\"id\":\"" ID "\",\"class\":\"container\","
		     "\"leader\":{\"pid\":4711,\"pidfdId\":18446744073709551615,\"bootId\":\"" ID
		     "\"},\"timestamp\":{\"realtime\":1,\"monotonic\":2}}}",
		     "web", ID, 4711, "");
	expect_entry("{\"parameters\":{\"name\":\"web\",\"class\":\"vm\"}}", "web", "", 0, "");
	expect_entry("{\"parameters\":{\"name\":\"web\",\"leader\":-1}}", "web", "", 0, "");
}

static void test_list_of_nothing(void)
{
	static const char *const answers[] = {
		OK_ANSWER,
		"{}",
		"{\"parameters\":{\"name\":17}}",
		"{\"parameters\":{\"name\":\"web\",\"id\":\"../../etc\"}}",
		("{\"parameters\":{\"name\":\"0123456789012345678901234567890123456789012345678901"
		 "2345678901234\"}}"),
	};

	for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
		cleanup_machined_entry MachinedEntry entry = {};
		Machined machined;

		ASSERT_SYS(open_with(&machined, answers[i], strlen(answers[i]) + 1));
		ASSERT_EQ(machined_varlink.find_by_name(&machined, "web", &entry), -EPROTO);
		ASSERT(machined.reason[0]);
	}
}

static void test_list_requests(void)
{
	cleanup_machined_entry MachinedEntry entry = {};
	static const char none[] = ERROR("io.systemd.Machine.NoSuchMachine", "{}");
	Machined machined;
	int fd;

	fd = open_with(&machined, none, sizeof(none));
	ASSERT_EQ(machined_varlink.find_by_name(&machined, "web", &entry), MACHINED_E_NO_MACHINE);
	expect_request(fd, "{\"method\": \"io.systemd.Machine.List\","
			   "\"parameters\": {\"name\": \"web\"}}");
	/* 257 takes no plain number */
	fd = open_with(&machined, none, sizeof(none));
	ASSERT_EQ(machined_varlink.find_by_leader(&machined, 4711, &entry), MACHINED_E_NO_MACHINE);
	expect_request(fd, "{\"method\": \"io.systemd.Machine.List\","
			   "\"parameters\": {\"pid\": {\"pid\": 4711}}}");
}

TAP_MAIN(TAP(test_register), TAP(test_register_without_id_and_root),
	 TAP(test_odd_root_directory_is_escaped), TAP(test_unregister), TAP(test_errors),
	 TAP(test_garbage), TAP(test_deep_answer), TAP(test_hang_up), TAP(test_no_answer),
	 TAP(test_answer_without_end), TAP(test_answer_in_pieces), TAP(test_list),
	 TAP(test_list_of_nothing), TAP(test_list_requests))
