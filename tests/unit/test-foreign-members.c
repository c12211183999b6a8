/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary valid JSON in the parts of a config.json and of a state that are none of our business leaves
 * what the hooks read of them as it is. From recorded files: all members that no hook uses are replaced,
 * and others put between them. OCI_HOOKS_TEST_SIZE=full takes more and larger ones. The file that failed
 * stays in the directory of the test; OCI_HOOKS_TEST_SEED repeats one.
 */
#include "oci-config.h"

#include "input.h"
#include "macro.h"
#include "odd-json.h"
#include "systemd-hook/plan.h"
#include "tap.h"

static size_t n_keys; /* written so far, to make each another one; 0: some stand twice */

/* What hooks/README.md says that the hooks read; `*` is an element of an array. */
static const char *const used[] = {
	"/root", "/root/path", "/process", "/process/args", "/process/cwd", "/process/env",
	"/process/capabilities", "/process/capabilities/effective", "/mounts", "/mounts/*",
	"/mounts/*/destination", "/mounts/*/type", "/mounts/*/source", "/mounts/*/options",
	"/hostname", "/linux", "/linux/mountLabel", "/annotations",
	"/annotations/io.containers.systemd-hook",
	"/annotations/io.containers.systemd-hook.journal",
	"/annotations/io.containers.register-machine", "/annotations/io.containers.machine-name",
	"/annotations/io.container.manager", "/annotations/io.podman.annotations.autoremove",
	"/annotations/org.opencontainers.image.stopSignal", "/hooks", "/hooks/createRuntime",
	"/hooks/createRuntime/*", "/hooks/createRuntime/*/path", "/hooks/createRuntime/*/args",
	"/hooks/prestart", "/hooks/prestart/*", "/hooks/prestart/*/path", "/hooks/prestart/*/args",
	"/hooks/poststop", "/hooks/poststop/*", "/hooks/poststop/*/path", "/hooks/poststop/*/args",
	/* of oci-hooks-check alone */
	"/linux/namespaces",
	/* of the state */
	"/id", "/pid", "/status", "/bundle", "/bundlePath"};

static bool is_used(const char *path)
{
	/* that they are there is used, so the test adds none */
	if (strncmp(path, "/annotations/io.kubernetes.", 27) == 0)
		return true;
	for (size_t i = 0; i < ELEMENTSOF(used); i++)
		if (strcmp(path, used[i]) == 0)
			return true;
	return false;
}

/* may_be_used() - whether a key, as it stands in JSON, is one that a hook uses */
static bool may_be_used(const char *path, const char *key)
{
	char full[4096 + 300];

	if (strlen(key) > 4000)
		return false;
	if (strstr(key, "\\u0069o.kubernetes.po"))
		return true;
	(void) snprintf(full, sizeof(full), "%s/%s", path, key);
	return is_used(full);
}

/* write_foreign() - members that nobody uses, each with a comma behind it */
static void write_foreign(FILE *out, const char *path, size_t depth)
{
	size_t n = choose(3);

	while (n-- > 0) {
		char *key;
		size_t size;
		FILE *file = open_memstream(&key, &size);

		ASSERT(file);
		write_text(file);
		if (n_keys > 0)
			fprintf(file, "#%zu", n_keys++);
		ASSERT_EQ(fclose(file), 0);
		if (!may_be_used(path, key)) {
			write_space(out);
			fprintf(out, "\"%s\"", key);
			write_space(out);
			fputc(':', out);
			write_space(out);
			write_value(out, depth + 1);
			write_space(out);
			fputc(',', out);
		}
		free(key);
	}
}

static void write_json(FILE *out, json_t *json)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);

	ASSERT(text);
	fputs(text, out);
	free(text);
}

static void write_changed(FILE *out, json_t *json, const char *path, size_t depth);

static void write_object(FILE *out, json_t *object, const char *path, size_t depth)
{
	const char *key;
	json_t *value;

	fputc('{', out);
	write_foreign(out, path, depth);
	json_object_foreach (object, key, value) {
		char full[300];

		(void) snprintf(full, sizeof(full), "%s/%s", path, key);
		fprintf(out, "\"%s\":", key);
		if (is_used(full))
			write_changed(out, value, full, depth + 1);
		else if (choose(3) == 0)
			write_json(out, value);
		else
			write_value(out, depth + 1);
		fputc(',', out);
		write_foreign(out, path, depth);
	}
	fprintf(out, "\"%zu\":", n_keys);
	write_value(out, depth + 1);
	fputc('}', out);
}

/* write_changed() - a value that is used, with other things in the places that are not */
static void write_changed(FILE *out, json_t *json, const char *path, size_t depth)
{
	json_t *value;
	size_t i;

	if (json_is_object(json)) {
		write_object(out, json, path, depth);
	} else if (strcmp(path, "/mounts") == 0) {
		fputc('[', out);
		json_array_foreach (json, i, value) {
			fputs(i ? "," : "", out);
			write_changed(out, value, "/mounts/*", depth + 1);
		}
		fputc(']', out);
	} else {
		write_json(out, json);
	}
}

/* changed() - a file with other things in the places that nobody uses */
static char *changed(json_t *json)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	ASSERT(out);
	write_changed(out, json, "", 0);
	write_space(out);
	ASSERT_EQ(fclose(out), 0);
	ASSERT(size < 16 * 1024 * 1024);
	return text;
}

static void write_plan(FILE *out, const OciConfig *config)
{
	const Options options = {.run_size = "20%", .tmp_size = "10%"};
	const Observation seen = {.run.kind = PATH_DIRECTORY,
				  .tmp.kind = PATH_DIRECTORY,
				  .cgroup = {.kind = PATH_DIRECTORY, .is_mount = true},
				  .cgroup_is_private = true,
				  .cgroup_path = (char *) "/x.scope"};
	cleanup_plan Plan plan = {};

	ASSERT_OK(plan_make(&(PlanInput){.config = config,
					 .observation = &seen,
					 .options = &options,
					 .id = &(MachineId){"81f9f270b6608ffb6a500ac7ec36e137"},
					 .id_is_usable = true,
					 .journal = JOURNAL_TRY_HOST},
			    &plan));
	plan_print(&plan, out);
}

static void write_mounts(FILE *out, const OciConfig *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const OciMount *mount = &config->mounts[i];

		fprintf(out, "%s %s %s ", mount->path, mount->type ?: "-", mount->source ?: "-");
		if (mount->options)
			json_dumpf(mount->options, out, 0);
		fputc('\n', out);
	}
}

/* described() - all that a hook can learn of a config.json, as text */
static char *described(const char *text, bool to_explain)
{
	static const char *const variables[] = {"PATH", "container_uuid", "oci-systemd-hook"};
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_close int fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_oci_config OciConfig config = {};
	ParseError error = {};
	size_t size;
	char *said;
	FILE *out;
	int r;

	input_write_file(fd, "config.json", text, 0644);
	r = (to_explain ? oci_config_load_to_explain : oci_config_load)(&state, &config, &error);
	if (r < 0)
		tap_fail(__FILE__, __LINE__, "refused: %s: %s", error.place, error.reason);
	out = open_memstream(&said, &size);
	ASSERT(out);
	fprintf(out, "%s %s %s %s %s %d %d\n", config.root_path, config.arg0 ?: "-",
		config.cwd ?: "-", config.hostname ?: "-", config.mount_label ?: "-",
		config.has_sys_admin, oci_config_is_kubernetes(&config));
	for (size_t i = 0; i < ELEMENTSOF(variables); i++)
		fprintf(out, "%s=%s\n", variables[i], oci_config_env(&config, variables[i]) ?: "-");
	for (size_t i = 0; i < ELEMENTSOF(used); i++)
		if (strncmp(used[i], "/annotations/", 13) == 0)
			fprintf(out, "%s=%s\n", used[i],
				oci_config_annotation(&config, used[i] + 13) ?: "-");
	write_mounts(out, &config);
	write_plan(out, &config);
	ASSERT_EQ(fclose(out), 0);
	return said;
}

static json_t *read_data(const char *name)
{
	cleanup_close int fd = input_data(name);
	json_t *json = json_loadfd(fd, JSON_DECODE_INT_AS_REAL, NULL);

	ASSERT(json);
	return json;
}

/* for_each_change() - call it for a file with many changes; the seed of each is in the test's output */
static void for_each_change(const char *name, void (*check)(json_t *json, const char *text))
{
	const char *seed = getenv("OCI_HOOKS_TEST_SEED");
	json_auto_t *json = read_data(name);
	size_t first = seed ? strtoul(seed, NULL, 10) : 1;
	size_t n = seed ? 1 : is_full() ? 1000 : 40;

	for (size_t i = first; i < first + n; i++) {
		char *text;

		odd_seed = 0x9e3779b97f4a7c15 * i;
		n_keys = i % 2;
		text = changed(json);
		printf("# %s, seed %zu\n", name, i);
		check(json, text);
		free(text);
	}
}

static void check_config(json_t *json, const char *text)
{
	cleanup_free char *plain = json_dumps(json, 0), *before = NULL, *after = NULL;
	cleanup_free char *explained = NULL;

	before = described(plain, /* to_explain= */ false);
	after = described(text, /* to_explain= */ false);
	ASSERT_STREQ(after, before);
	/* which uses all annotations, so that none may stand twice */
	if (n_keys == 0)
		return;
	explained = described(text, /* to_explain= */ true);
	ASSERT_STREQ(explained, before);
}

static void test_config(void)
{
	static const char *const names[] = {
		"config-podman.json",
		"config-crio.json",
		"config-minimal-relative-root.json",
		"config-no-process-no-linux.json",
		"config-odd-mounts.json",
		"config-user-namespace.json",
		"recorded/podman-5.8-crun/config.json",
	};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		for_each_change(names[i], check_config);
}

static void check_state(json_t *json, const char *text)
{
	size_t size = MIN(strlen(text), (size_t) 1024 * 1024);
	cleanup_close int fd = input_fd(text, size);
	const char *bundle = json_string_value(json_object_get(json, "bundle"));
	cleanup_oci_state OciState state = {};
	ParseError error = {};

	/* larger ones are refused */
	if (text[size])
		return;
	if (oci_state_read(fd, &state, &error) < 0)
		tap_fail(__FILE__, __LINE__, "refused: %s: %s", error.place, error.reason);
	ASSERT_STREQ(state.id, json_string_value(json_object_get(json, "id")));
	ASSERT_STREQ(state.bundle,
		     bundle ?: json_string_value(json_object_get(json, "bundlePath")));
	ASSERT_EQ(state.pid, (pid_t) json_number_value(json_object_get(json, "pid")));
	ASSERT(!json_object_get(json, "status") || state.status != OCI_STATUS_OTHER);
}

static void test_state(void)
{
	static const char *const names[] = {
		"state-runc-create.json",
		"state-crio-create-pretty.json",
		"state-bundle-path-no-status.json",
		"state-runc-poststop-no-pid.json",
		"recorded/podman-5.8-crun/state.json",
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		for_each_change(names[i], check_state);
}

TAP_MAIN(TAP(test_config), TAP(test_state))
