/* SPDX-License-Identifier: Apache-2.0 */
/* A container's state: what the runtimes send is understood, all else is refused by name. */
#include "oci-state.h"

#include "input.h"
#include "tap.h"

#define POD_ID "68aba666de39c91a056234947480339a439c50d9216eeccc4e485daa9a09a31c"
#define POD_BUNDLE "/run/containers/storage/overlay-containers/" POD_ID "/userdata"
#define POD_ROOT                                                                                   \
	"/var/lib/containers/storage/overlay/"                                                     \
	"c24f0281d1d999515eb2ac5676556a2e1955690903eadebc40f3ca7e61c81f4b/merged"
#define WEB_ID "81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843"
#define WEB_BUNDLE "/var/lib/containers/storage/overlay-containers/" WEB_ID "/userdata"

static void test_states_of_runtimes(void)
{
	static const struct {
		const char *file, *id, *bundle, *root;
		OciStatus status;
		pid_t pid;
	} cases[] = {
		{"state-runc-create.json", WEB_ID, WEB_BUNDLE, NULL, OCI_STATUS_CREATING, 4711},
		{"state-runc-poststop-no-pid.json", "web", "/srv/web", NULL, OCI_STATUS_STOPPED, 0},
		{"state-crun-create-root.json", WEB_ID, WEB_BUNDLE, "/ctroot", OCI_STATUS_CREATED,
		 4711},
		{"state-crun-poststop-pid-0-relative-root.json", "web", "/srv/web", "rootfs",
		 OCI_STATUS_STOPPED, 0},
		{"state-crun-bundle-slash.json", WEB_ID, "/", "/ctroot", OCI_STATUS_CREATED, 4711},
		{"state-crio-create-pretty.json", POD_ID, POD_BUNDLE, POD_ROOT, OCI_STATUS_CREATED,
		 181},
		{"state-crio-poststop-pretty.json", POD_ID, POD_BUNDLE, POD_ROOT,
		 OCI_STATUS_STOPPED, 0},
		{"state-bundle-path-no-status.json", "web", "/srv/web", "/srv/web/rootfs",
		 OCI_STATUS_OTHER, 4711},
		{"state-nulls-unknown-keys.json", "web", "/srv/web", NULL, OCI_STATUS_OTHER, 4711},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_oci_state OciState state = {};
		cleanup_close int fd = input_data(cases[i].file);
		ParseError error = {};

		printf("# %s\n", cases[i].file);
		ASSERT_OK(oci_state_read(fd, &state, &error));
		ASSERT_STREQ(state.id, cases[i].id);
		ASSERT_STREQ(state.bundle, cases[i].bundle);
		ASSERT_STREQ(state.root, cases[i].root);
		ASSERT_EQ(state.status, cases[i].status);
		ASSERT_EQ(state.pid, cases[i].pid);
	}
}

static void test_status_words(void)
{
	static const struct {
		const char *word;
		OciStatus status;
	} cases[] = {
		{"creating", OCI_STATUS_CREATING}, {"created", OCI_STATUS_CREATED},
		{"running", OCI_STATUS_RUNNING},   {"stopped", OCI_STATUS_STOPPED},
		{"paused", OCI_STATUS_OTHER},	   {"", OCI_STATUS_OTHER},
		{"Stopped", OCI_STATUS_OTHER},	   {"stopped ", OCI_STATUS_OTHER},
		{"starting", OCI_STATUS_OTHER},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_oci_state OciState state = {};
		cleanup_close int fd = -1;
		ParseError error = {};
		char text[100];

		(void) snprintf(text, sizeof(text),
				"{\"id\":\"x\",\"bundle\":\"/\",\"status\":\"%s\"}", cases[i].word);
		fd = input_fd(text, strlen(text));
		ASSERT_OK(oci_state_read(fd, &state, &error));
		ASSERT_EQ(state.status, cases[i].status);
	}
}

#define GOOD "\"id\":\"web\",\"bundle\":\"/srv/web\""

static void test_refusals(void)
{
	static const struct {
		const char *text;
		int r;
		const char *place, *reason;
	} cases[] = {
		{"", -EINVAL, "/", "is empty"},
		{"[]", -EINVAL, "/", "is an array, expected an object"},
		{"{}", -EINVAL, "/id", "is missing"},
		{"{\"id\":", -EINVAL, "line 1, column 6", "unexpected token near end of file"},
		{"{\"bundle\":\"/srv/web\"}", -EINVAL, "/id", "is missing"},
		{"{\"id\":null,\"bundle\":\"/\"}", -EINVAL, "/id", "is null, expected a string"},
		{"{\"id\":17,\"bundle\":\"/\"}", -EINVAL, "/id",
		 "is an integer, expected a string"},
		{"{\"id\":\"\",\"bundle\":\"/\"}", -EINVAL, "/id", "is empty"},
		{"{\"id\":\"..\",\"bundle\":\"/\"}", -EINVAL, "/id", "is not a container id"},
		{"{\"id\":\".\",\"bundle\":\"/\"}", -EINVAL, "/id", "is not a container id"},
		{"{\"id\":\"../../etc\",\"bundle\":\"/\"}", -EINVAL, "/id",
		 "is not a container id"},
		{"{\"id\":\"a\\u0000b\",\"bundle\":\"/\"}", -EINVAL, "/id",
		 "holds a NUL character"},
		{"{\"id\":\"web\",\"bundle\":\"/\\u0000\"}", -EINVAL, "/bundle",
		 "holds a NUL character"},
		{"{" GOOD ",\"status\":\"\\u0000\"}", -EINVAL, "/status", "holds a NUL character"},
		{"{\"id\":\"web\"}", -EINVAL, "/bundle", "is missing"},
		{"{\"id\":\"web\",\"bundle\":null}", -EINVAL, "/bundle", "is missing"},
		{"{\"id\":\"web\",\"bundle\":[]}", -EINVAL, "/bundle",
		 "is an array, expected a string"},
		{"{\"id\":\"web\",\"bundle\":\"\"}", -EINVAL, "/bundle", "is not an absolute path"},
		{"{\"id\":\"web\",\"bundle\":\".\"}", -EINVAL, "/bundle",
		 "is not an absolute path"},
		{"{\"id\":\"web\",\"bundlePath\":true}", -EINVAL, "/bundlePath",
		 "is a boolean, expected a string"},
		{"{\"id\":\"web\",\"bundlePath\":\"x\"}", -EINVAL, "/bundlePath",
		 "is not an absolute path"},
		{"{" GOOD ",\"pid\":\"1\"}", -EINVAL, "/pid", "is a string, expected an integer"},
		{"{" GOOD ",\"pid\":-1}", -EINVAL, "/pid", "is out of range, 0 to 2147483647"},
		{"{" GOOD ",\"pid\":2147483648}", -EINVAL, "/pid",
		 "is out of range, 0 to 2147483647"},
		{"{" GOOD ",\"pid\":4294967297}", -EINVAL, "/pid",
		 "is out of range, 0 to 2147483647"},
		{"{" GOOD ",\"pid\":18446744073709551617}", -EINVAL, "/pid",
		 "is out of range, 0 to 2147483647"},
		{"{" GOOD ",\"pid\":1.5}", -EINVAL, "/pid", "is not a whole number"},
		{"{" GOOD ",\"pid\":[1]}", -EINVAL, "/pid", "is an array, expected an integer"},
		{"{" GOOD ",\"status\":3}", -EINVAL, "/status", "is an integer, expected a string"},
		{"{" GOOD ",\"root\":{}}", -EINVAL, "/root", "is an object, expected a string"},
		{"{" GOOD "}{" GOOD "}", -EINVAL, "line 1, column 33", "end of file expected"},
		{"{" GOOD ",\"id\":\"db\"}", -EINVAL, "line 1, column 36", "duplicate object key"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		OciState state = {.id = "before"};
		cleanup_close int fd = input_fd(cases[i].text, strlen(cases[i].text));
		ParseError error = {};

		printf("# %s\n", cases[i].text);
		ASSERT_EQ(oci_state_read(fd, &state, &error), cases[i].r);
		ASSERT_STREQ(error.source, "state");
		ASSERT_STREQ(error.place, cases[i].place);
		ASSERT_STREQ(error.reason, cases[i].reason);
		ASSERT_STREQ(state.id, "before");
	}
}

static int read_with(const char *head, size_t n, char c, const char *tail, ParseError *reterr)
{
	cleanup_oci_state OciState state = {};
	cleanup_close int fd = -1;
	size_t size = strlen(head) + n + strlen(tail);
	char *text;

	text = malloc(size + 1);
	ASSERT(text);
	memset(stpcpy(text, head), c, n);
	(void) strcpy(text + strlen(head) + n, tail);
	fd = input_fd(text, size);
	free(text);
	return oci_state_read(fd, &state, reterr);
}

static void test_limits(void)
{
	static const char head[] = "{" GOOD, tail[] = "}", id_head[] = "{\"id\":\"",
			  id_tail[] = "\",\"bundle\":\"/\"}";
	size_t around = strlen(head) + strlen(tail);
	ParseError error = {};

	ASSERT_OK(read_with(head, 1024 * 1024 - around, ' ', tail, &error));
	ASSERT_EQ(read_with(head, 1024 * 1024 - around + 1, ' ', tail, &error), -E2BIG);
	ASSERT_STREQ(error.place, "/");
	ASSERT_STREQ(error.reason, "is larger than the limit of 1048576 bytes");
	ASSERT_EQ(read_with("", 50 * 1024 * 1024, '[', "", &error), -E2BIG);
	ASSERT_STREQ(error.reason, "is larger than the limit of 1048576 bytes");
	ASSERT_EQ(read_with("", 100, '[', "", &error), -E2BIG);
	ASSERT_STREQ(error.reason, "nests deeper than the limit of 64 levels");

	ASSERT_OK(read_with(id_head, 1024, 'x', id_tail, &error));
	ASSERT_EQ(read_with(id_head, 1025, 'x', id_tail, &error), -E2BIG);
	ASSERT_STREQ(error.place, "/id");
	ASSERT_STREQ(error.reason, "is longer than the limit of 1024 bytes");
}

/* A runtime writes to a pipe, in pieces, and may be slow. */
static void test_from_a_pipe(void)
{
	static const char text[] = "{" GOOD ",\"pid\":4711}";
	cleanup_oci_state OciState state = {};
	ParseError error = {};
	int fds[2];
	pid_t pid;

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	pid = fork();
	ASSERT_SYS(pid);
	if (pid == 0) {
		for (size_t i = 0; i < strlen(text); i++) {
			(void) !write(fds[1], text + i, 1);
			(void) usleep(100);
		}
		_exit(EXIT_SUCCESS);
	}
	ASSERT_SYS(close(fds[1]));
	ASSERT_OK(oci_state_read(fds[0], &state, &error));
	ASSERT_EQ(state.pid, 4711);
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	ASSERT_SYS(close(fds[0]));
}

static void test_done(void)
{
	cleanup_oci_state OciState state = {};
	cleanup_close int fd = input_data("state-runc-create.json");
	ParseError error = {};

	oci_state_done(&state);
	ASSERT_OK(oci_state_read(fd, &state, &error));
	oci_state_done(&state);
	ASSERT(!state.json && !state.id && !state.bundle);
}

TAP_MAIN(TAP(test_states_of_runtimes), TAP(test_status_words), TAP(test_refusals), TAP(test_limits),
	 TAP(test_from_a_pipe), TAP(test_done))
