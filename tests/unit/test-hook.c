/* SPDX-License-Identifier: Apache-2.0 */
/* What every hook begins with: known surroundings, the stage, and one line about bad input. */
#include "hook.h"

#include <signal.h>
#include <sys/stat.h>

#include "input.h"
#include "log.h"
#include "macro.h"
#include "namespace.h"
#include "tap.h"

static void test_stage(void)
{
	static const struct {
		const char *word;
		OciStatus status;
		int r;
		HookStage stage;
	} cases[] = {
		{"createRuntime", OCI_STATUS_CREATING, 0, HOOK_STAGE_CREATE_RUNTIME},
		{"prestart", OCI_STATUS_CREATED, 0, HOOK_STAGE_CREATE_RUNTIME},
		{"poststop", OCI_STATUS_STOPPED, 0, HOOK_STAGE_POSTSTOP},
		/* the word is stronger than the status */
		{"createRuntime", OCI_STATUS_STOPPED, 0, HOOK_STAGE_CREATE_RUNTIME},
		{"poststop", OCI_STATUS_OTHER, 0, HOOK_STAGE_POSTSTOP},
		{NULL, OCI_STATUS_STOPPED, 0, HOOK_STAGE_POSTSTOP},
		{NULL, OCI_STATUS_CREATING, 0, HOOK_STAGE_CREATE_RUNTIME},
		{NULL, OCI_STATUS_CREATED, 0, HOOK_STAGE_CREATE_RUNTIME},
		{NULL, OCI_STATUS_RUNNING, 0, HOOK_STAGE_CREATE_RUNTIME},
		{NULL, OCI_STATUS_OTHER, 0, HOOK_STAGE_CREATE_RUNTIME},
		{"createContainer", OCI_STATUS_CREATED, -EINVAL, 0},
		{"startContainer", OCI_STATUS_CREATED, -EINVAL, 0},
		{"poststart", OCI_STATUS_RUNNING, -EINVAL, 0},
		{"precreate", OCI_STATUS_CREATING, -EINVAL, 0},
		{"CreateRuntime", OCI_STATUS_CREATING, -EINVAL, 0},
		{"createRuntime ", OCI_STATUS_CREATING, -EINVAL, 0},
		{"", OCI_STATUS_CREATING, -EINVAL, 0},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const OciState state = {.status = cases[i].status};
		HookStage stage = (HookStage) 17;

		ASSERT_EQ(hook_stage_from_string(cases[i].word, &state, &stage), cases[i].r);
		ASSERT_EQ(stage, cases[i].r < 0 ? 17 : cases[i].stage);
	}
}

/* In a child of its own: all descriptors but the three are closed. */
static void check_process_init(int missing_fd)
{
	int status;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		int bad = 0, extra_fd = dup2(STDOUT_FILENO, 77);
		struct stat st, null_st;

		(void) stat("/dev/null", &null_st);
		(void) setenv("LD_PRELOAD", "evil", /* overwrite= */ 1);
		(void) umask(077);
		(void) signal(SIGPIPE, SIG_DFL);
		(void) signal(SIGXFSZ, SIG_DFL);
		(void) signal(SIGCHLD, SIG_IGN);
		if (missing_fd >= 0)
			(void) close(missing_fd);
		hook_process_init("oci-test");

		bad |= (getenv("LD_PRELOAD") || getenv("PATH")) << 0;
		bad |= (umask(0) != 0) << 1;
		bad |= (signal(SIGPIPE, SIG_DFL) != SIG_IGN) << 2;
		bad |= (fcntl(extra_fd, F_GETFD) >= 0) << 3;
		for (int fd = 0; fd <= STDERR_FILENO; fd++) {
			bad |= (fstat(fd, &st) < 0) << 4;
			bad |= (fd == missing_fd && st.st_rdev != null_st.st_rdev) << 5;
		}
		bad |= (fcntl(STDERR_FILENO + 1, F_GETFD) >= 0) << 6;
		bad |= (signal(SIGXFSZ, SIG_DFL) != SIG_IGN || signal(SIGCHLD, SIG_DFL) != SIG_DFL)
		       << 7;
		_exit(bad);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT(WIFEXITED(status));
	ASSERT_EQ(WEXITSTATUS(status), 0);
}

static void test_process_init(void)
{
	for (int missing_fd = -1; missing_fd <= STDERR_FILENO; missing_fd++)
		check_process_init(missing_fd);
}

/* Text with the bundle in place of its @; to be freed. */
static char *with_bundle(const char *text)
{
	const char *at = strchr(text, '@');
	char *result;
	int r;

	r = asprintf(&result, "%.*s%s%s", at ? (int) (at - text) : (int) strlen(text), text,
		     at ? input_directory_path : "", at ? at + 1 : "");
	ASSERT(r >= 0);
	return result;
}

/* What a hook says and returns to such input. */
static int read_input(const char *stage, const char *state, const char *config, char *ret_line,
		      size_t size)
{
	cleanup_hook_input HookInput input = {};
	cleanup_close int directory_fd = -1, captured = -1, saved = dup(STDERR_FILENO),
			  state_fd = -1;
	cleanup_free char *text = NULL;
	int r;

	directory_fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void) unlinkat(directory_fd, "config.json", 0);
	if (config)
		input_write_file(directory_fd, "config.json", config, 0600);

	text = with_bundle(state);
	state_fd = input_fd(text, strlen(text));
	ASSERT_SYS(dup2(state_fd, STDIN_FILENO));
	captured = input_pipe(STDERR_FILENO);
	log_set_container("");
	r = hook_input_read(stage, &input);
	ASSERT_SYS(dup2(saved, STDERR_FILENO));

	input_read_pipe(captured, ret_line, size);
	ASSERT(r != 0 ? !input.state.json && !input.config.json
		      : input.state.json && input.config.json);
	return r;
}

#define STATE "{\"id\":\"web\",\"bundle\":\"@\",\"pid\":4711}"
#define STATE_GONE "{\"id\":\"web\",\"bundle\":\"@/gone\",\"pid\":4711}"
#define CONFIG "{\"root\":{\"path\":\"r\"}}"

static void test_input(void)
{
	static const struct {
		const char *stage, *state, *config;
		int r;
		const char *line; /* @: the bundle */
	} cases[] = {
		{NULL, STATE, CONFIG, 0, ""},
		{"poststop", STATE, CONFIG, 0, ""},
		{NULL, "", CONFIG, -EINVAL, "oci-hook: state: /: is empty\n"},
		{NULL, "{\"id\":\"web\"}", CONFIG, -EINVAL,
		 "oci-hook: state: /bundle: is missing\n"},
		{NULL, "{", CONFIG, -EINVAL,
		 "oci-hook: state: line 1, column 1: string or '}' expected near end of file\n"},
		{"start", STATE, CONFIG, -EINVAL,
		 "oci-hook: web: Unknown stage 'start': this hook is for createRuntime (prestart) "
		 "and poststop\n"},
		{NULL, STATE, NULL, -ENOENT,
		 "oci-hook: web: Failed to read config.json of @: No such file or directory\n"},
		{"poststop", STATE, NULL, -ENOENT,
		 "oci-hook: web: Failed to read config.json of @: No such file or directory\n"},
		{"poststop", STATE_GONE, NULL, HOOK_E_GONE, ""},
		{NULL, STATE_GONE, NULL, -ENOENT,
		 "oci-hook: web: Failed to read config.json of @/gone: No such file or "
		 "directory\n"},
		{NULL, STATE, "", -EINVAL, "oci-hook: web: config.json of @: /: is empty\n"},
		{NULL, STATE,
		 "{\"root\":{\"path\":\"r\"},\"mounts\":[{\"destination\":\"/run\",\"type\":7}]}",
		 -EINVAL,
		 "oci-hook: web: config.json of @: /mounts/0/type: is an integer, expected a "
		 "string\n"},
		{NULL, STATE,
		 "{\"root\":{\"path\":\"r\"},\"annotations\":{\"a\":1,\"io.container.manager\":1}}",
		 -EINVAL,
		 "oci-hook: web: config.json of @: /annotations/io.container.manager: is an "
		 "integer, expected a string\n"},
	};
	cleanup_close int directory_fd = input_directory();

	namespace_hide_journal();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_free char *wanted = with_bundle(cases[i].line);
		char line[2000];

		ASSERT_EQ(read_input(cases[i].stage, cases[i].state, cases[i].config, line,
				     sizeof(line)),
			  cases[i].r);
		ASSERT_STREQ(line, wanted);
	}
}

TAP_MAIN(TAP(test_stage), TAP(test_process_init), TAP(test_input))
