/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at every single allocation in turn: the answer is -ENOMEM, nothing stays
 * allocated, and nothing is read or written that was not given. The linker puts the allocator below
 * in the place of the C library's (--wrap, tests/module.am).
 */
#include <stdarg.h>

#include "command.h"
#include "fs-util.h"
#include "hook.h"
#include "identity.h"
#include "input.h"
#include "log.h"
#include "macro.h"
#include "namespace.h"
#include "policy.h"
#include "systemd-hook/options.h"
#include "tap.h"

void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
int __wrap_asprintf(char **ret, const char *format, ...) printf_like(2, 3);
int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...) printf_like(3, 4);

static size_t n_calls, n_live;
static size_t fail_at;	     /* this call and, */
static bool fail_ever_after; /* if set, all behind it */

static bool is_refused(void)
{
	n_calls++;
	return fail_at > 0 && (fail_ever_after ? n_calls >= fail_at : n_calls == fail_at);
}

void *__wrap_malloc(size_t size)
{
	void *memory = is_refused() ? NULL : __real_malloc(size);

	if (!memory) {
		errno = ENOMEM;
		return NULL;
	}
	n_live++;
	/* what nobody has written */
	return memset(memory, 0xa5, size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *memory = __wrap_malloc(MAX(n * size, (size_t) 1));

	return memory ? memset(memory, 0, n * size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
	void *bigger = is_refused() ? NULL : __real_realloc(memory, size);

	n_live += !memory && bigger;
	return bigger;
}

void __wrap_free(void *memory)
{
	n_live -= !!memory;
	__real_free(memory);
}

char *__wrap_strndup(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	char *copy = __wrap_malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, strlen(text));
}

printf_like(2, 0) static int print(char **ret, const char *format, va_list arguments)
{
	char text[PATH_MAX];
	int n;

	n = vsnprintf(text, sizeof(text), format, arguments);
	ASSERT(n >= 0 && (size_t) n < sizeof(text));
	/* the C library leaves rubbish there when it fails */
	*ret = __wrap_strdup(text);
	if (*ret)
		return n;
	*ret = (char *) 1;
	return -1;
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = print(ret, format, arguments);
	va_end(arguments);
	return r;
}

int __wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = print(ret, format, arguments);
	va_end(arguments);
	return r;
}

/*
 * Run a scenario, failing its first allocation, then its second, and so on until it succeeds. Each
 * refusal must come out as -ENOMEM.
 */
static void walk(int (*scenario)(void))
{
	int r;

	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	fail_at = 0;
	ASSERT_OK(scenario()); /* what is allocated once a process: hash seed, libuuid */
	for (int ever_after = 0; ever_after < 2; ever_after++) {
		fail_ever_after = ever_after;
		for (fail_at = 1;; fail_at++) {
			size_t live = n_live;

			n_calls = 0;
			r = scenario();
			ASSERT_EQ(n_live, live);
			if (n_calls < fail_at)
				break;
			if (r != -ENOMEM)
				tap_fail(__FILE__, __LINE__, "allocation %zu refused: %s", fail_at,
					 strerror(-r));
		}
		ASSERT_OK(r);
		ASSERT(fail_at > 3);
		printf("# %zu allocations\n", fail_at - 1);
	}
	fail_at = 0;
}

static int read_state(const char *name)
{
	cleanup_oci_state OciState state = {};
	cleanup_close int fd = input_data(name);
	ParseError error = {};
	int r;

	r = oci_state_read(fd, &state, &error);
	ASSERT_STREQ(error.reason, "");
	return r;
}

static int pretty_state(void)
{
	return read_state("state-crio-create-pretty.json");
}

static int short_state(void)
{
	return read_state("state-runc-poststop-no-pid.json");
}

static void test_state(void)
{
	walk(pretty_state);
	walk(short_state);
}

static const char *config_name;

static int load_config(void)
{
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_oci_config OciConfig config = {};
	ParseError error = {};
	IdentitySource source;
	MachineId id;
	int r;

	r = oci_config_load(&state, &config, &error);
	ASSERT_STREQ(error.reason, "");
	return r < 0 ? r : identity_find(&state, &config, /* from_env= */ true, &id, &source);
}

static void test_config(void)
{
	static const char *const names[] = {
		"config-crio.json", "config-podman.json", "config-odd-mounts.json",
		"config-unlimited-rlimit.json", "config-minimal-relative-root.json"};
	cleanup_close int directory_fd = input_directory();
	char path[PATH_MAX];

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		cleanup_close int fd = input_data(names[i]);

		config_name = names[i];
		(void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		(void) unlinkat(directory_fd, "config.json", 0);
		ASSERT_SYS(symlinkat(path, directory_fd, "config.json"));
		printf("# %s\n", names[i]);
		walk(load_config);
	}
}

/* Strings of every length: a buffer of jansson that cannot grow loses bytes of them. */
static int load_tokens(void)
{
	static const char quotes[] = "\\\"\\\\\\u00e4\\ud83d\\ude00";
	json_auto_t *json = NULL;
	ParseError error = {};
	char text[2048], *end = text;
	int r;

	*end++ = '[';
	for (int length = 1; length < 40; length++)
		end += sprintf(end, "\"%.*s\",", length,
			       "0123456789abcdefghijklmnopqrstuvwxyzABCDEF");
	end += sprintf(end, "\"%s%s%s\",1234567890123456789,-123456789012345678,", quotes, quotes,
		       quotes);
	end += sprintf(end, "true,false,null,{\"0123456789abcdefghijklmnop\":{\"a\":[]}}]");

	r = json_load_text(text, (size_t) (end - text), &json, &error);
	ASSERT_STREQ(error.reason, "");
	if (r < 0)
		return r;
	for (size_t i = 0; i < 39; i++)
		ASSERT_EQ(json_string_length(json_array_get(json, i)), i + 1);
	ASSERT_EQ(json_integer_value(json_array_get(json, 40)), 1234567890123456789);
	return 0;
}

static void test_tokens(void)
{
	walk(load_tokens);
}

/* With its one line on stderr, for which no memory is needed. */
static int read_hook_input(void)
{
	cleanup_hook_input HookInput input = {};

	ASSERT_SYS(lseek(STDIN_FILENO, 0, SEEK_SET));
	return hook_input_read(NULL, &input);
}

static void test_hook_input(void)
{
	cleanup_close int directory_fd = input_directory(), fd = -1, messages_fd = -1;
	char text[PATH_MAX + 100];
	struct stat st;

	namespace_hide_journal();
	input_write_file(directory_fd, "config.json", "{\"root\":{\"path\":\"rootfs\"}}", 0600);
	(void) snprintf(text, sizeof(text), "{\"id\":\"web\",\"pid\":4711,\"bundle\":\"%s\"}",
			input_directory_path);
	fd = input_fd(text, strlen(text));
	ASSERT_SYS(dup2(fd, STDIN_FILENO));
	messages_fd = input_fd("", 0);
	ASSERT_SYS(dup2(messages_fd, STDERR_FILENO));
	walk(read_hook_input);
	ASSERT_SYS(fstat(messages_fd, &st));
	ASSERT(st.st_size > 100);
}

static int resolve_command(void)
{
	OciConfig config = {.arg0 = "init"};
	cleanup_free char *path = NULL;
	int root_fd, r;

	root_fd = open(input_directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(root_fd);
	r = command_resolve(&config, root_fd, &path);
	ASSERT_SYS(close(root_fd));
	return r;
}

static void test_command(void)
{
	cleanup_close int directory_fd = input_directory();

	input_need_openat2();
	ASSERT_SYS(mkdirat(directory_fd, "bin", 0755));
	input_write_file(directory_fd, "bin/init", "", 0755);
	walk(resolve_command);
}

static int collect_policy(void)
{
	static const char *const names[2] = {"vendor", "admin"};
	cleanup_close int fd = open(input_directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	json_auto_t *json = NULL;
	cleanup_policy Policy policy = {};
	Options options = OPTIONS_DEFAULT;
	ParseError error = {};
	static const char config[] =
		"{\"hooks\": {\"createRuntime\": [{\"path\": \"/x/oci-systemd-hook\","
		"\"args\": [\"x\", \"--strict\"]}]}}";
	int r;

	r = json_load_text(config, strlen(config), &json, &error);
	if (r >= 0)
		r = policy_collect("oci-systemd-hook", json, &policy);
	if (r >= 0)
		r = policy_add_directories(&policy, "oci-systemd-hook", names, (int[2]){fd, fd});
	if (r >= 0)
		r = options_take_policy(&options, &policy, NULL);
	ASSERT(r < 0 || (options.strict && options.journal == JOURNAL_NO));
	return r;
}

static void test_policy(void)
{
	cleanup_close int directory_fd = input_directory();

	input_write_file(directory_fd, "a.json",
			 "{\"hook\": {\"path\": \"/x/oci-systemd-hook\", \"args\": "
			 "[\"x\", \"--journal=no\"]}}",
			 0644);
	input_write_file(directory_fd, "b.json", "{\"oci-systemd-hook\": --", 0644);
	walk(collect_policy);
}

TAP_MAIN(TAP(test_policy), TAP(test_state), TAP(test_config), TAP(test_tokens),
	 TAP(test_hook_input), TAP(test_command))
