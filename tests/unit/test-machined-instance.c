/* SPDX-License-Identifier: Apache-2.0 */
/* Which machined is asked, by the user namespace that we are in. */
#include "register-machine-hook/machined-instance.h"

#include "macro.h"
#include "tap.h"

#define SYSTEM_MAP "         0          0 4294967295\n"
#define ROOTLESS_MAP "         0       1000          1\n         1     100000      65536\n"

static void test_system(void)
{
	MachinedInstance instance;

	machined_instance_from_uid_map(SYSTEM_MAP, 0, &instance);
	ASSERT_EQ(instance.scope, MACHINED_SYSTEM);
	ASSERT_STREQ(instance.varlink_socket, "/run/systemd/machine/io.systemd.Machine");
	ASSERT_STREQ(instance.bus_socket, "/run/dbus/system_bus_socket");
	ASSERT_STREQ(instance.machines_dir, "/run/systemd/machines");
}

static void test_user(void)
{
	static const struct {
		const char *map;
		uid_t self;
		const char *bus;
	} cases[] = {
		{ROOTLESS_MAP, 0, "/run/user/1000/bus"},
		{ROOTLESS_MAP, 3, "/run/user/100002/bus"},
		/* --userns=keep-id: who is root in there is nobody's login */
		{"0 1 1000\n1000 0 1\n", 1000, "/run/user/0/bus"},
		/* root of the host, but not all of it */
		{"0 0 1\n", 0, "/run/user/0/bus"},
		{"0 0 4294967294\n", 0, "/run/user/0/bus"},
		{"0 0 65536\n65536 65536 4294901759\n", 0, "/run/user/0/bus"},
		{"0 4294967294 1\n", 0, "/run/user/4294967294/bus"},
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		MachinedInstance instance;

		machined_instance_from_uid_map(cases[i].map, cases[i].self, &instance);
		ASSERT_EQ(instance.scope, MACHINED_USER);
		ASSERT_STREQ(instance.bus_socket, cases[i].bus);
		/* Varlink would take the user's whole manager for the machine's unit */
		ASSERT_STREQ(instance.varlink_socket, "");
	}
}

static void test_none(void)
{
	static const char *const maps[] = {"", "1 1000 1\n", "x\n", "0 4294967295 1\n"};

	for (size_t i = 0; i < ELEMENTSOF(maps); i++) {
		MachinedInstance instance;

		machined_instance_from_uid_map(maps[i], 0, &instance);
		ASSERT_EQ(instance.scope, MACHINED_NONE);
	}
}

TAP_MAIN(TAP(test_system), TAP(test_user), TAP(test_none))
