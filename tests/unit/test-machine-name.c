/* SPDX-License-Identifier: Apache-2.0 */
/* Names of machines: one valid label, never the host's, whatever the container says of itself. */
#include "register-machine-hook/machine-name.h"

#include "macro.h"
#include "tap.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843"
#define HEAD "81f9f270b6608ffb6a500ac7ec36e137"
#define SHORT "81f9f270b660"
#define MACHINE_ID "0123456789abcdef0123456789abcdef"
#define X10 "xxxxxxxxxx"

static const MachineNameInput base = {
	.container_id = ID,
	.machine_id = MACHINE_ID,
	.host_name = "node7.example.org",
};

static const char *choose(const char *sources, const MachineNameInput *input)
{
	static MachineName name;
	MachineNameSources list;

	ASSERT_OK(machine_name_sources_parse(sources, &list));
	machine_name_choose(&list, input, &name);
	ASSERT(machine_name_is_valid(name.text, input->host_name));
	return name.text;
}

static void test_sources(void)
{
	static const char *const bad[] = {"",
					  "ids",
					  "i",
					  "id,",
					  ",id",
					  "id,id",
					  " id",
					  "id ",
					  "ID",
					  "id;id",
					  "hostname, id",
					  "none",
					  "id\n",
					  "hostname,engine,annotation,id,id"};
	MachineNameSources list;

	ASSERT_OK(machine_name_sources_parse("hostname,annotation", &list));
	ASSERT_EQ(list.n_sources, 2);
	ASSERT_EQ(list.sources[0], MACHINE_NAME_FROM_HOSTNAME);
	ASSERT_EQ(list.sources[1], MACHINE_NAME_FROM_ANNOTATION);
	ASSERT_OK(machine_name_sources_parse("annotation,engine,hostname,id", &list));
	ASSERT_EQ(list.n_sources, 4);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		ASSERT_EQ(machine_name_sources_parse(bad[i], &list), -EINVAL);
		ASSERT_EQ(list.n_sources, 4);
	}
}

static void test_valid(void)
{
	static const char *const good[] = {"a",	 "web",	  "Web-1",  "123",
					   HEAD, "local", "node77", X10 X10 X10 X10 X10 X10 "xxx"};
	static const char *const bad[] = {"",
					  "-web",
					  "web-",
					  ".host",
					  "web.example.org",
					  "my_box",
					  "a b",
					  "a/b",
					  "../x",
					  "w\303\244",
					  "localhost",
					  "LocalHost",
					  "localhost4",
					  "localhost",
					  "localhostx",
					  "node7",
					  "NODE7",
					  "node7.example.org",
					  "web\n",
					  X10 X10 X10 X10 X10 X10 "xxxx"};

	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		if (!machine_name_is_valid(good[i], base.host_name))
			tap_fail(__FILE__, __LINE__, "refused: %s", good[i]);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		if (machine_name_is_valid(bad[i], base.host_name))
			tap_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
	ASSERT(machine_name_is_valid("node7", NULL));
	ASSERT(machine_name_is_valid("node", "node7"));
	ASSERT(!machine_name_is_valid("node7", "node7"));
}

static void test_default_is_start_of_id(void)
{
	MachineNameInput input = base;

	ASSERT_STREQ(choose("id", &input), HEAD);
	/* what the container says does not matter unless the admin lists it */
	input.annotation = "a";
	input.engine = "e";
	input.hostname = "h";
	ASSERT_STREQ(choose("id", &input), HEAD);
	/* nor does it change with Kubernetes: the name is the id already */
	input.is_kubernetes = true;
	ASSERT_STREQ(choose("id", &input), HEAD);
}

static void test_odd_ids(void)
{
	static const struct {
		const char *id, *name;
	} cases[] = {
		{"web", "web"},
		{"my_web.1", "my-web-1"},
		{"-web-", "web"},
		{"_", MACHINE_ID},
		{"localhost", MACHINE_ID},
		{"localhost.localdomain", MACHINE_ID},
		{"node7", MACHINE_ID},
		{".host", "host"},
		{"w\303\244b", "w--b"},
		{"a123456789012345678901234567890_b", "a123456789012345678901234567890"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		MachineNameInput input = base;

		input.container_id = cases[i].id;
		ASSERT_STREQ(choose("id", &input), cases[i].name);
	}
}

static void test_preference(void)
{
	MachineNameInput input = base;

	ASSERT_STREQ(choose("annotation,engine,hostname", &input), HEAD);
	input.hostname = "web.example.org";
	ASSERT_STREQ(choose("annotation,engine,hostname,id", &input), "web");
	ASSERT_STREQ(choose("id,hostname", &input), HEAD);
	input.engine = "app-web-default";
	ASSERT_STREQ(choose("annotation,engine,hostname", &input), "app-web-default");
	input.annotation = "blue";
	ASSERT_STREQ(choose("annotation,engine,hostname", &input), "blue");
	ASSERT_STREQ(choose("hostname,annotation", &input), "web");
}

static void test_what_cannot_be_is_passed_over(void)
{
	MachineNameInput input = base;

	input.hostname = "localhost";
	ASSERT_STREQ(choose("hostname", &input), HEAD);
	input.hostname = "node7"; /* --network=host gives the container the host's */
	ASSERT_STREQ(choose("hostname", &input), HEAD);
	input.hostname = "Node7.example.org";
	ASSERT_STREQ(choose("hostname", &input), HEAD);
	input.hostname = "";
	ASSERT_STREQ(choose("hostname", &input), HEAD);
	input.hostname = ".host";
	ASSERT_STREQ(choose("hostname", &input), HEAD);
	input.annotation = "blue";
	ASSERT_STREQ(choose("hostname,annotation", &input), "blue");
}

static void test_length(void)
{
	MachineNameInput input = base;

	input.hostname = X10 X10 X10 X10 X10 X10 "xx-" X10;
	ASSERT_STREQ(choose("hostname", &input), X10 X10 X10 X10 X10 X10 "xx");
	input.is_kubernetes = true;
	ASSERT_STREQ(choose("hostname", &input), X10 X10 X10 X10 X10 "-" SHORT);
	input.hostname = X10 X10 X10 X10 "xxxxxxxxx-" X10;
	ASSERT_STREQ(choose("hostname", &input), X10 X10 X10 X10 "xxxxxxxxx-" SHORT);
}

static void test_kubernetes(void)
{
	MachineNameInput input = base;

	input.is_kubernetes = true;
	input.engine = "app-web-default";
	input.hostname = "web";
	ASSERT_STREQ(choose("engine", &input), "app-web-default-" SHORT);
	ASSERT_STREQ(choose("hostname", &input), "web-" SHORT);
}

static void test_clash(void)
{
	MachineName name = {"web"}, other;
	MachineNameInput input = base;

	machine_name_with_id(&name, &input, &other);
	ASSERT_STREQ(other.text, "web-" SHORT);
	/* ids that are no numbers: `web` twice, of two runtimes */
	input.container_id = "web";
	machine_name_with_id(&name, &input, &other);
	ASSERT_STREQ(other.text, "web-0123456789ab");
	input.container_id = "81f9f270b6608ff"; /* hexadecimal, but somebody's choice */
	machine_name_with_id(&name, &input, &other);
	ASSERT_STREQ(other.text, "web-0123456789ab");
	machine_name_with_id(&name, &base, &name);
	ASSERT_STREQ(name.text, "web-" SHORT);
}

TAP_MAIN(TAP(test_sources), TAP(test_valid), TAP(test_default_is_start_of_id), TAP(test_odd_ids),
	 TAP(test_preference), TAP(test_what_cannot_be_is_passed_over), TAP(test_length),
	 TAP(test_kubernetes), TAP(test_clash))
