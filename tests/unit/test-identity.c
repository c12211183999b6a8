/* SPDX-License-Identifier: Apache-2.0 */
/* The container's one id: which source gives it, and that neither image nor container does. */
#include <errno.h>
#include <sys/resource.h>

#include "identity.h"

#include "input.h"
#include "tap.h"

#define HEX32 "81f9f270b6608ffb6a500ac7ec36e137"
#define HEX64 HEX32 "90c53cf7eee0c0a048bb9062af3e3843"
#define OTHER32 "0123456789abcdef0123456789abcdef"
#define OTHER_UUID "01234567-89ab-cdef-0123-456789abcdef"
#define ZEROS "00000000000000000000000000000000"

static void test_parse(void)
{
	static const struct {
		const char *text, *id;
	} cases[] = {
		{OTHER32, OTHER32},
		{OTHER32 "\n", OTHER32},
		{OTHER_UUID, OTHER32},
		{OTHER_UUID "\n", OTHER32},
		{"0123456789ABCDEF0123456789abcdef", OTHER32},
		{ZEROS, ZEROS},
		{"", NULL},
		{"\n", NULL},
		{"-", NULL},
		{"uninitialized\n", NULL},
		{"0123456789abcdef0123456789abcde", NULL},
		{"0123456789abcdef0123456789abcde\n", NULL},
		{OTHER32 "0", NULL},
		{OTHER32 "\n\n", NULL},
		{OTHER32 "\r\n", NULL},
		{OTHER32 " ", NULL},
		{" " OTHER32, NULL},
		{"\n" OTHER32, NULL},
		{"0123456789abcdef0123456789abcdeg", NULL},
		{"0x123456789abcdef0123456789abcde", NULL},
		/* dashes: all four of a UUID or none */
		{"01234567-89abcdef0123456789abcdef", NULL},
		{"0123456789ab-cdef-0123-456789abcdef", NULL},
		{"0123456-789ab-cdef-0123-456789abcdef", NULL},
		{"01234567-89ab-cdef-0123-456789abcde-", NULL},
		{"01234567-89ab-cdef-0123456789abcdef0", NULL},
		{"01234567--9ab-cdef-0123-456789abcdef", NULL},
		{"------------------------------------", NULL},
		{"../../../mnt/secret", NULL},
		{"012345678\xc3\xa4"
		 "bcdef0123456789abcde",
		 NULL},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		MachineId id = {"before"};
		/* on the heap: a look past the end is seen */
		char *text = strdup(cases[i].text);

		ASSERT(text);
		ASSERT_EQ(machine_id_parse(text, &id), cases[i].id ? 0 : -EINVAL);
		ASSERT_STREQ(id.text, cases[i].id ?: "before");
		free(text);
	}
}

static void test_null_and_equal(void)
{
	static const MachineId null = {ZEROS}, a = {OTHER32}, b = {HEX32};
	static const MachineId nearly_null = {"00000000000000000000000000000001"};

	ASSERT(machine_id_is_null(&null));
	ASSERT(!machine_id_is_null(&nearly_null));
	ASSERT(!machine_id_is_null(&a));
	ASSERT(machine_id_equal(&a, &a));
	ASSERT(!machine_id_equal(&a, &b));
}

/* A configuration as oci_config_load() makes it. */
static void make_config(OciConfig *config, const char *process_and_mounts)
{
	OciState state = {.id = "web", .bundle = input_directory_path};
	cleanup_close int fd = open(input_directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ParseError error = {};
	char text[1000];

	(void) snprintf(text, sizeof(text), "{\"root\":{\"path\":\"r\"}%s%s}",
			*process_and_mounts ? "," : "", process_and_mounts);
	input_write_file(fd, "config.json", text, 0600);
	ASSERT_OK(oci_config_load(&state, config, &error));
}

static void check(const char *id, const char *process_and_mounts, bool from_env, const char *wanted,
		  IdentitySource wanted_source)
{
	OciState state = {.id = id, .bundle = input_directory_path};
	cleanup_oci_config OciConfig config = {};
	IdentitySource source;
	MachineId found;

	printf("# %s %s\n", id, process_and_mounts);
	make_config(&config, process_and_mounts);
	ASSERT_OK(identity_find(&state, &config, from_env, &found, &source));
	ASSERT_EQ(source, wanted_source);
	if (wanted)
		ASSERT_STREQ(found.text, wanted);
	else
		ASSERT_EQ(strspn(found.text, "0123456789abcdef"), 32);
}

static void test_from_container_id(void)
{
	static const struct {
		const char *id, *wanted;
	} cases[] = {
		{HEX64, HEX32},
		{HEX32, HEX32},
		/* two names that differ are two ids: a hash */
		{HEX32 "-suffix", NULL},
		{HEX32 "-Suffix", NULL},
		{"81F9F270B6608FFB6A500AC7EC36E137", NULL},
		{"81F9f270b6608ffb6a500ac7ec36e137", NULL},
		/* too short, or not hexadecimal */
		{"81f9f270b660", NULL},
		{"81f9f270b6608ffb6a500ac7ec36e13", NULL},
		{"web", NULL},
		{OTHER_UUID, NULL},
	};
	cleanup_close int directory_fd = input_directory();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		check(cases[i].id, "", /* from_env= */ false, cases[i].wanted,
		      cases[i].wanted ? IDENTITY_FROM_CONTAINER : IDENTITY_FROM_HASH);
}

/* Ids of the past must stay: journals lie under them. */
static void test_hash_is_for_ever(void)
{
	static const struct {
		const char *id, *bundle, *wanted;
	} cases[] = {
		{"web", "/srv/web", "ad88af04a12f51d79f9e2a8928808dda"},
		{"web", "/srv/other", "b747223abeb650958a54ace134991a7a"},
		{"db", "/srv/web", "e702c11aff385765b4a35bd37129cbe0"},
	};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();

	make_config(&config, "");
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		OciState state = {.id = cases[i].id, .bundle = cases[i].bundle};
		IdentitySource source;
		MachineId id;

		ASSERT_OK(identity_find(&state, &config, /* from_env= */ false, &id, &source));
		ASSERT_EQ(source, IDENTITY_FROM_HASH);
		ASSERT_STREQ(id.text, cases[i].wanted);
	}
}

static void test_from_env(void)
{
	static const struct {
		const char *value;
		bool from_env;
		const char *wanted;
	} cases[] = {
		{OTHER32, true, OTHER32},
		{OTHER_UUID, true, OTHER32},
		/* an image can set it: not without --id-from-env */
		{OTHER32, false, NULL},
		{"", true, NULL},
		{"../../../mnt/secret", true, NULL},
		{OTHER32 "/..", true, NULL},
	};
	cleanup_close int directory_fd = input_directory();
	char text[200];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		(void) snprintf(text, sizeof(text), "\"process\":{\"env\":[\"container_uuid=%s\"]}",
				cases[i].value);
		check(HEX64, text, cases[i].from_env, cases[i].wanted ?: HEX32,
		      cases[i].wanted ? IDENTITY_FROM_ENV : IDENTITY_FROM_CONTAINER);
	}
}

#define BIND "\"options\":[\"bind\"]"

static void test_from_mount(void)
{
	static const struct {
		const char *mounts;
		IdentitySource source;
	} cases[] = {
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/good\"," BIND "}",
		 IDENTITY_FROM_MOUNT},
		{"{\"destination\":\"etc//machine-id/\",\"source\":\"@/good\"," BIND "}",
		 IDENTITY_FROM_MOUNT},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"good\",\"type\":\"bind\"}",
		 IDENTITY_FROM_MOUNT},
		{"{\"destination\":\"/etc\",\"source\":\"@\"," BIND "},"
		 "{\"destination\":\"/etc/machine-id\",\"source\":\"@/good\"," BIND "}",
		 IDENTITY_FROM_MOUNT},
		/* hidden by a later mount */
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/good\"," BIND "},"
		 "{\"destination\":\"/etc\",\"source\":\"@\"," BIND "}",
		 IDENTITY_FROM_CONTAINER},
		/* a volume above: its file may be the image's, or the container's work */
		{"{\"destination\":\"/etc\",\"source\":\"@\"," BIND "}", IDENTITY_FROM_CONTAINER},
		{"{\"destination\":\"/\",\"source\":\"@\"," BIND "}", IDENTITY_FROM_CONTAINER},
		/* nothing of the host's */
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/good\",\"type\":\"tmpfs\"}",
		 IDENTITY_FROM_CONTAINER},
		{"{\"destination\":\"/etc/machine-id\"," BIND "}", IDENTITY_FROM_CONTAINER},
		/* no id in it */
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/gone\"," BIND "}",
		 IDENTITY_UNKNOWN},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/empty\"," BIND "}",
		 IDENTITY_FROM_CONTAINER},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/first-boot\"," BIND "}",
		 IDENTITY_FROM_CONTAINER},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/long\"," BIND "}",
		 IDENTITY_UNKNOWN},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/fifo\"," BIND "}",
		 IDENTITY_UNKNOWN},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@\"," BIND "}",
		 IDENTITY_UNKNOWN},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"/dev/zero\"," BIND "}",
		 IDENTITY_UNKNOWN},
		{"{\"destination\":\"/etc/machine-id\",\"source\":\"@/nul\"," BIND "}",
		 IDENTITY_UNKNOWN},
	};
	cleanup_close int directory_fd = input_directory();
	int fd;

	input_write_file(directory_fd, "good", OTHER32 "\n", 0644);
	input_write_file(directory_fd, "machine-id", OTHER32 "\n", 0644);
	input_write_file(directory_fd, "empty", "", 0644);
	input_write_file(directory_fd, "first-boot", "uninitialized\n", 0644);
	input_write_file(directory_fd, "long", OTHER32 "\ngarbage behind it", 0644);
	ASSERT_SYS(mkfifoat(directory_fd, "fifo", 0600));
	ASSERT_SYS(mkdirat(directory_fd, "etc", 0755));
	fd = openat(directory_fd, "nul", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ASSERT_EQ(write(fd, OTHER32 "\n\0x", 35), 35);
	ASSERT_SYS(close(fd));

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char text[800], *end = stpcpy(text, "\"mounts\":[");

		for (const char *c = cases[i].mounts; *c; c++) {
			if (*c == '@')
				end = stpcpy(end, input_directory_path);
			else
				*end++ = *c;
		}
		(void) strcpy(end, "]");
		check(HEX64, text, /* from_env= */ false,
		      cases[i].source == IDENTITY_FROM_MOUNT ? OTHER32 : HEX32, cases[i].source);
	}
}

/* Where nothing could be opened, nothing is known: no other id takes the place of the user's. */
static void test_no_descriptor(void)
{
	struct rlimit before, none;
	OciState state = {.id = HEX64, .bundle = input_directory_path};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int directory_fd = input_directory();
	IdentitySource source;
	MachineId id;
	int found, usable;

	input_write_file(directory_fd, "good", OTHER32 "\n", 0644);
	make_config(&config,
		    "\"mounts\":[{\"destination\":\"/etc/machine-id\",\"source\":\"good\"," BIND
		    "}]");
	ASSERT_OK(identity_find(&state, &config, /* from_env= */ false, &id, &source));
	ASSERT_EQ(source, IDENTITY_FROM_MOUNT);

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &before));
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &none));
	found = identity_find(&state, &config, /* from_env= */ false, &id, &source);
	usable = identity_is_usable(&(MachineId){OTHER32}, IDENTITY_FROM_MOUNT);
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &before));
	ASSERT_EQ(found, -EMFILE);
	ASSERT_EQ(usable, -EMFILE);
}

static void test_usable(void)
{
	MachineId host;

	ASSERT_EQ(identity_is_usable(&(MachineId){OTHER32}, IDENTITY_FROM_HASH), 1);
	ASSERT_EQ(identity_is_usable(&(MachineId){OTHER32}, IDENTITY_UNKNOWN), 0);
	ASSERT_EQ(identity_is_usable(&(MachineId){"00000000000000000000000000000000"},
				     IDENTITY_FROM_MOUNT),
		  0);
	if (machine_id_of_host(&host) >= 0)
		ASSERT_EQ(identity_is_usable(&host, IDENTITY_FROM_MOUNT), 0);
}

/* What the user mounted comes before what the image's environment says. */
static void test_order(void)
{
	cleanup_close int directory_fd = input_directory();

	input_write_file(directory_fd, "good", OTHER32 "\n", 0644);
	check(HEX64,
	      "\"process\":{\"env\":[\"container_uuid=fedcba9876543210fedcba9876543210\"]},"
	      "\"mounts\":[{\"destination\":\"/etc/machine-id\",\"source\":\"good\"," BIND "}]",
	      /* from_env= */ true, OTHER32, IDENTITY_FROM_MOUNT);
}

static void test_of_host(void)
{
	cleanup_close int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	char text[40] = "";
	MachineId id;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) != 33) {
		ASSERT(machine_id_of_host(&id) < 0);
		return;
	}
	ASSERT_OK(machine_id_of_host(&id));
	text[32] = '\0';
	ASSERT_STREQ(id.text, text);
}

TAP_MAIN(TAP(test_parse), TAP(test_null_and_equal), TAP(test_from_container_id),
	 TAP(test_hash_is_for_ever), TAP(test_from_env), TAP(test_from_mount),
	 TAP(test_no_descriptor), TAP(test_usable), TAP(test_order), TAP(test_of_host))
