/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: what engines write is understood, all else is refused by its exact place. */
#include "oci-config.h"

#include "input.h"
#include "tap.h"

/* A bundle in a directory of its own, with that text as its config.json. */
static int load_text(const char *text, OciConfig *ret, ParseError *reterr)
{
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_close int fd = -1;

	fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(fd);
	input_write_file(fd, "config.json", text, 0644);
	return oci_config_load(&state, ret, reterr);
}

static void load_data(const char *name, OciConfig *ret)
{
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_close int fd = -1, data_fd = input_data(name);
	ParseError error = {};
	char link[PROC_FD_PATH_MAX];

	fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(fd);
	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", data_fd);
	(void) unlinkat(fd, "config.json", 0);
	ASSERT_SYS(symlinkat(link, fd, "config.json"));
	ASSERT_OK(oci_config_load(&state, ret, &error));
}

static void test_real_engines(void)
{
	static const char podman_id[] =
		"81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843";
	cleanup_oci_config OciConfig podman = {}, crio = {};
	cleanup_close int directory_fd = input_directory();
	const OciMount *mount;

	load_data("config-podman.json", &podman);
	ASSERT_STREQ(podman.root_path, "/ctroot");
	ASSERT_STREQ(podman.arg0, "/sbin/init");
	ASSERT_STREQ(podman.cwd, "/");
	ASSERT_STREQ(podman.hostname, "81f9f270b660");
	ASSERT_STREQ(oci_config_env(&podman, "container_uuid"), "81f9f270b6608ffb6a500ac7ec36e137");
	ASSERT_EQ(strncmp(podman_id, oci_config_env(&podman, "container_uuid"), 32), 0);
	ASSERT_STREQ(oci_config_annotation(&podman, "io.container.manager"), "libpod");
	ASSERT_STREQ(oci_config_annotation(&podman, "io.containers.systemd-hook"), NULL);
	ASSERT_EQ(podman.n_mounts, 14);
	ASSERT_STREQ(podman.mount_label, NULL);
	ASSERT(!oci_config_is_kubernetes(&podman));
	mount = oci_config_mount_at(&podman, "/run");
	ASSERT(mount);
	ASSERT_STREQ(mount->type, "tmpfs");
	ASSERT(oci_mount_has_option(mount, "tmpcopyup") && oci_mount_has_option(mount, ""));
	ASSERT(!oci_mount_has_option(mount, "noexec") && !oci_mount_is_bind(mount));
	ASSERT(oci_mount_is_bind(oci_config_mount_at(&podman, "/run/.containerenv")));
	ASSERT_STREQ(oci_config_mount_over(&podman, "/run/lock/x")->path, "/run/lock");
	ASSERT_STREQ(oci_config_mount_over(&podman, "/run/lockx")->path, "/run");
	ASSERT(!oci_config_mount_over(&podman, "/etc/machine-id"));

	load_data("config-crio.json", &crio);
	ASSERT_STREQ(crio.root_path,
		     "/var/lib/containers/storage/overlay/"
		     "c24f0281d1d999515eb2ac5676556a2e1955690903eadebc40f3ca7e61c81f4b/merged");
	ASSERT_STREQ(oci_config_env(&crio, "container"), "crio");
	ASSERT_STREQ(oci_config_annotation(&crio, "io.containers.systemd-hook"), "true");
	ASSERT_EQ(crio.n_mounts, 15);
	ASSERT(oci_mount_has_option(oci_config_mount_at(&crio, "/tmp"), "noexec"));
}

/* The last word counts, as for the runtimes */
static void test_read_only(void)
{
	static const struct {
		const char *options;
		bool is_read_only;
	} cases[] = {
		{"[]", false},
		{"[\"ro\"]", true},
		{"[\"rbind\", \"rro\", \"noexec\"]", true},
		{"[\"ro\", \"rw\"]", false},
		{"[\"rw\", \"ro\"]", true},
		{"[\"ro\", \"defaults\"]", false},
		{"[\"rro\", \"rrw\"]", false},
		{"[\"RO\", \"rofs\", \"\"]", false},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		OciMount mount = {};
		json_t *options = json_loads(cases[i].options, 0, NULL);

		mount.options = options;
		ASSERT_EQ(oci_mount_is_read_only(&mount), cases[i].is_read_only);
		json_decref(options);
	}
	ASSERT(!oci_mount_is_read_only(&(OciMount){}));
}

static void test_minimal(void)
{
	static const char *const files[] = {
		"config-minimal-relative-root.json", "config-no-process-no-linux.json",
		"config-empty-args.json", "config-nulls-unknown-keys.json"};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		cleanup_oci_config OciConfig config = {};

		printf("# %s\n", files[i]);
		load_data(files[i], &config);
		ASSERT_EQ(config.root_path[0], '/');
		ASSERT_STREQ(config.arg0, NULL);
		ASSERT_STREQ(config.cwd, NULL);
		ASSERT_STREQ(config.hostname, NULL);
		ASSERT_STREQ(config.mount_label, NULL);
		ASSERT_STREQ(oci_config_env(&config, "PATH"), NULL);
		ASSERT_STREQ(oci_config_annotation(&config, "io.container.manager"), NULL);
		ASSERT(!oci_config_is_kubernetes(&config));
		ASSERT(!oci_config_mount_over(&config, "/etc/machine-id"));
	}
}

static void test_relative_root(void)
{
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	char path[PATH_MAX];

	load_data("config-minimal-relative-root.json", &config);
	ASSERT(snprintf(path, sizeof(path), "%s/rootfs", input_directory_path) > 0);
	ASSERT_STREQ(config.root_path, path);
}

static void test_mount_label(void)
{
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();

	load_data("config-user-namespace.json", &config);
	ASSERT_STREQ(config.mount_label, "system_u:object_r:container_file_t:s0:c1,c2");
}

static void test_mounts(void)
{
	static const struct {
		const char *path, *type;
		bool is_bind;
	} cases[] = {
		{"/run", NULL, false},	 {"/run/lock", NULL, false},
		{"/runx", "bind", true}, {"/run/a/c", NULL, true},
		{"/tmp", "none", true},	 {"/etc/machine-id", "tmpfs", false},
		{"/", NULL, false},	 {"/", NULL, false},
	};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();

	load_data("config-odd-mounts.json", &config);
	ASSERT_EQ(config.n_mounts, ELEMENTSOF(cases));
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		ASSERT_STREQ(config.mounts[i].path, cases[i].path);
		ASSERT_STREQ(config.mounts[i].type, cases[i].type);
		ASSERT_EQ(oci_mount_is_bind(&config.mounts[i]), cases[i].is_bind);
	}
	ASSERT(oci_config_mount_at(&config, "/") == &config.mounts[7]);
	ASSERT(!oci_config_mount_at(&config, "/run/a"));
}

/* A mount hides what an earlier one put below it. */
static void test_mount_order(void)
{
	static const char text[] = "{\"root\":{\"path\":\"r\"},\"mounts\":["
				   "{\"destination\":\"/etc/machine-id\"},"
				   "{\"destination\":\"/run/lock\"},{\"destination\":\"/run\"},"
				   "{\"destination\":\"/run/lock/a\"},{\"destination\":\"/etc\"}]}";
	static const struct {
		const char *path, *over;
	} cases[] = {
		{"/etc/machine-id", "/etc"},
		{"/run/lock", "/run"},
		{"/run/lock/a", "/run/lock/a"},
		{"/run/lock/a/b", "/run/lock/a"},
		{"/run/lock/ab", "/run"},
		{"/etcetera", NULL},
		{"/", NULL},
	};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	ParseError error = {};

	ASSERT_OK(load_text(text, &config, &error));
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const OciMount *mount = oci_config_mount_over(&config, cases[i].path);

		ASSERT_STREQ(mount ? mount->path : NULL, cases[i].over);
	}
}

static void test_env(void)
{
	static const char text[] = "{\"root\":{\"path\":\"r\"},\"process\":{\"env\":["
				   "\"A=1\",\"A=2\",\"AB=3\",\"B\",\"=x\",\"C=\",\"D=a=b\",\"\"]}}";
	static const struct {
		const char *name, *value;
	} cases[] = {{"A", "2"}, {"AB", "3"}, {"B", NULL}, {"C", ""}, {"D", "a=b"}, {"E", NULL}};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	ParseError error = {};

	ASSERT_OK(load_text(text, &config, &error));
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		ASSERT_STREQ(oci_config_env(&config, cases[i].name), cases[i].value);
}

static void test_kubernetes(void)
{
	static const struct {
		const char *key;
		bool is_kubernetes;
	} cases[] = {
		{"io.kubernetes.pod.name", true},
		{"io.kubernetes.pod.", true},
		{"io.kubernetes.pod", false},
		{"io.kubernetes.podx", false},
		{"io.kubernetes.cri-o.SandboxID", false},
	};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		cleanup_oci_config OciConfig config = {};
		ParseError error = {};
		char text[200];

		(void) snprintf(
			text, sizeof(text),
			"{\"root\":{\"path\":\"r\"},\"annotations\":{\"a\":\"\",\"%s\":\"\"}}",
			cases[i].key);
		ASSERT_OK(load_text(text, &config, &error));
		ASSERT_EQ(oci_config_is_kubernetes(&config), cases[i].is_kubernetes);
	}
}

#define ROOT "\"root\":{\"path\":\"r\"}"

static void test_refusals(void)
{
	static const struct {
		const char *text, *place, *reason;
	} cases[] = {
		{"", "/", "is empty"},
		{"[]", "/", "is an array, expected an object"},
		{"{}", "/root", "is missing"},
		{"{\"root\":null}", "/root", "is null, expected an object"},
		{"{\"root\":\"r\"}", "/root", "is a string, expected an object"},
		{"{\"root\":{}}", "/root/path", "is missing"},
		{"{\"root\":{\"path\":5}}", "/root/path", "is an integer, expected a string"},
		{"{\"root\":{\"path\":\"\"}}", "/root/path", "is empty"},
		{"{" ROOT, "line 1, column 20", "'}' expected near end of file"},
		{"{" ROOT ",\"process\":[]}", "/process", "is an array, expected an object"},
		{"{" ROOT ",\"process\":{\"args\":\"x\"}}", "/process/args",
		 "is a string, expected an array"},
		{"{" ROOT ",\"process\":{\"args\":[1]}}", "/process/args/0",
		 "is an integer, expected a string"},
		{"{" ROOT ",\"process\":{\"args\":[null]}}", "/process/args/0",
		 "is null, expected a string"},
		{"{" ROOT ",\"process\":{\"args\":[\"/init\\u0000x\"]}}", "/process/args/0",
		 "holds a NUL character"},
		{"{" ROOT ",\"process\":{\"cwd\":[]}}", "/process/cwd",
		 "is an array, expected a string"},
		{"{" ROOT ",\"process\":{\"env\":{}}}", "/process/env",
		 "is an object, expected an array"},
		{"{" ROOT ",\"process\":{\"env\":[\"A=\\u0000\",\"PATH=/\\u0000x\"]}}",
		 "/process/env/1", "holds a NUL character"},
		{"{\"root\":{\"path\":\"/\\u0000\"}}", "/root/path", "holds a NUL character"},
		{"{" ROOT ",\"process\":{\"cwd\":\"\\u0000\"}}", "/process/cwd",
		 "holds a NUL character"},
		{"{" ROOT ",\"hostname\":\"web\\u0000\"}", "/hostname", "holds a NUL character"},
		{"{" ROOT ",\"mounts\":[{\"destination\":\"/run\\u0000/x\"}]}",
		 "/mounts/0/destination", "holds a NUL character"},
		{"{" ROOT ",\"mounts\":[{\"destination\":\"/\",\"options\":[\"bind\\u0000\"]}]}",
		 "/mounts/0/options/0", "holds a NUL character"},
		{"{" ROOT ",\"linux\":{\"mountLabel\":\"a\\u0000\"}}", "/linux/mountLabel",
		 "holds a NUL character"},
		{"{" ROOT ",\"annotations\":{\"io.containers.systemd-hook\":\"true\\u0000\"}}",
		 "/annotations/io.containers.systemd-hook", "holds a NUL character"},
		{"{" ROOT ",\"hostname\":1}", "/hostname", "is an integer, expected a string"},
		{"{" ROOT ",\"annotations\":[]}", "/annotations",
		 "is an array, expected an object"},
		{"{" ROOT ",\"annotations\":{\"a\":1,\"io.container.manager\":1}}",
		 "/annotations/io.container.manager", "is an integer, expected a string"},
		{"{" ROOT ",\"annotations\":{\"io.containers.machine-name\":null}}",
		 "/annotations/io.containers.machine-name", "is null, expected a string"},
		{"{" ROOT ",\"mounts\":{}}", "/mounts", "is an object, expected an array"},
		{"{" ROOT ",\"mounts\":[1]}", "/mounts/0", "is an integer, expected an object"},
		{"{" ROOT ",\"mounts\":[{}]}", "/mounts/0/destination", "is missing"},
		{"{" ROOT ",\"mounts\":[{\"destination\":[]}]}", "/mounts/0/destination",
		 "is an array, expected a string"},
		{"{" ROOT
		 ",\"mounts\":[{\"destination\":\"/\"},{\"destination\":\"/\",\"type\":1}]}",
		 "/mounts/1/type", "is an integer, expected a string"},
		{"{" ROOT ",\"mounts\":[{\"destination\":\"/\",\"source\":false}]}",
		 "/mounts/0/source", "is a boolean, expected a string"},
		{"{" ROOT ",\"mounts\":[{\"destination\":\"/\",\"options\":\"ro\"}]}",
		 "/mounts/0/options", "is a string, expected an array"},
		{"{" ROOT ",\"mounts\":[{\"destination\":\"/\",\"options\":[\"ro\",1]}]}",
		 "/mounts/0/options/1", "is an integer, expected a string"},
		{"{" ROOT ",\"linux\":1}", "/linux", "is an integer, expected an object"},
		{"{" ROOT ",\"linux\":{\"mountLabel\":1}}", "/linux/mountLabel",
		 "is an integer, expected a string"},
	};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		OciConfig config = {.arg0 = "before"};
		ParseError error = {};

		printf("# %s\n", cases[i].text);
		ASSERT_EQ(load_text(cases[i].text, &config, &error), -EINVAL);
		ASSERT_STREQ(error.source, "config.json");
		ASSERT_STREQ(error.place, cases[i].place);
		ASSERT_STREQ(error.reason, cases[i].reason);
		ASSERT_STREQ(config.arg0, "before");
	}
}

/* What is not used is no reason to refuse, and never taken for what is used. */
static void test_foreign(void)
{
	static const char text[] =
		"{" ROOT ",\"process\":{\"args\":[\"/init\",null,\"\\u0000\",1],\"capabilities\":{"
		"\"effective\":[null,2,\"CAP_SYS_ADMIN\\u0000\"]},\"env\":[null,1,\"\\u0000\","
		"\"PATH\\u0000=/x\",\"container_uuid\\ud800=x\",\"A=\\u0000\"]},"
		"\"annotations\":{\"a\":1,\"b\":\"\\u0000\",\"\\ud800\":{},"
		"\"io.containers.systemd-hook\\u0000\":\"true\"},"
		"\"x\\u0000\":[1e999,\"\\ud800\"],\"x\":1,\"x\":2}";
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	ParseError error = {};

	ASSERT_OK(load_text(text, &config, &error));
	ASSERT_STREQ(config.arg0, "/init");
	ASSERT(!config.has_sys_admin);
	ASSERT_STREQ(oci_config_env(&config, "PATH"), NULL);
	ASSERT_STREQ(oci_config_env(&config, "container_uuid"), NULL);
	ASSERT_STREQ(oci_config_annotation(&config, "io.containers.systemd-hook"), NULL);
}

/* oci-hooks-check sees all annotations, hooks and namespaces, with what stands in Go for what jansson refuses */
static void test_to_explain(void)
{
	static const char text[] =
		"{" ROOT ",\"annotations\":{\"a\":1,\"b\":\"x\\u0000y\",\"c\":\"z\"},"
		"\"hooks\":{\"createRuntime\":[{\"path\":\"/"
		"h\",\"args\":[\"h\"],\"timeout\":1e999}]},"
		"\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"\\ud800\"}]}}";
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_free char *json = NULL;
	ParseError error = {};

	input_write_file(directory_fd, "config.json", text, 0644);
	ASSERT_OK(oci_config_load_to_explain(&state, &config, &error));
	json = json_dumps(config.json, JSON_COMPACT | JSON_SORT_KEYS);
	ASSERT_STREQ(json, "{\"annotations\":{\"a\":0,\"b\":\"x\xef\xbf\xbdy\",\"c\":\"z\"},"
			   "\"hooks\":{\"createRuntime\":[{\"args\":[\"h\"],\"path\":\"/h\"}]},"
			   "\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]},"
			   "\"root\":{\"path\":\"r\"}}");
}

static void test_size_limit(void)
{
	static const char head[] = "{" ROOT, tail[] = "}";
	const size_t limit = 16 * 1024 * 1024;
	cleanup_close int directory_fd = input_directory();
	char *text = malloc(limit + 2);

	ASSERT(text);
	for (size_t size = limit; size <= limit + 1; size++) {
		cleanup_oci_config OciConfig config = {};
		ParseError error = {};

		memset(text, '\n', size);
		memcpy(text, head, strlen(head));
		memcpy(text + size - strlen(tail), tail, strlen(tail) + 1);
		ASSERT_EQ(load_text(text, &config, &error), size > limit ? -E2BIG : 0);
		ASSERT_STREQ(error.reason,
			     size > limit ? "is larger than the limit of 16777216 bytes" : "");
	}
	free(text);
}

static void test_no_file(void)
{
	OciState state = {.id = "web", .bundle = "/nowhere/at/all"};
	OciConfig config = {};
	ParseError error = {};
	cleanup_close int directory_fd = input_directory();

	ASSERT_EQ(oci_config_load(&state, &config, &error), -ENOENT);
	ASSERT_STREQ(error.source, "config.json");
	ASSERT_STREQ(error.reason, "");

	/* neither waits for a FIFO nor takes a directory */
	state.bundle = input_directory_path;
	ASSERT_SYS(mkfifoat(directory_fd, "config.json", 0600));
	ASSERT(oci_config_load(&state, &config, &error) < 0);
	ASSERT_SYS(unlinkat(directory_fd, "config.json", 0));
	ASSERT_SYS(mkdirat(directory_fd, "config.json", 0700));
	ASSERT(oci_config_load(&state, &config, &error) < 0);
}

TAP_MAIN(TAP(test_real_engines), TAP(test_read_only), TAP(test_minimal), TAP(test_relative_root),
	 TAP(test_mount_label), TAP(test_mounts), TAP(test_mount_order), TAP(test_env),
	 TAP(test_kubernetes), TAP(test_refusals), TAP(test_foreign), TAP(test_to_explain),
	 TAP(test_size_limit), TAP(test_no_file))
