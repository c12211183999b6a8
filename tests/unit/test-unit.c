/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose unit a cgroup is in: what machined would stop must be this container's and nobody else's.
 */
#include "register-machine-hook/unit.h"

#include "cleanup.h"
#include "macro.h"
#include "tap.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843"
#define OTHER "91f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843"

typedef struct Case {
	const char *text;
	UnitVerdict verdict;
	const char *name;
	const char *cgroup;
	const char *id; /* NULL: ID */
} Case;

static void check(const Case *cases, size_t n, bool is_user)
{
	for (size_t i = 0; i < n; i++) {
		const Case *c = &cases[i];
		cleanup_unit Unit unit = {};

		printf("# %s\n", c->text);
		ASSERT_OK(unit_from_cgroup(c->text, c->id ? c->id : ID, is_user, &unit));
		ASSERT_EQ(unit.verdict, c->verdict);
		ASSERT_STREQ(unit.name, c->name);
		if (c->cgroup)
			ASSERT_STREQ(unit.cgroup, c->cgroup);
	}
}

static void test_own(void)
{
	static const Case cases[] = {
		/* podman, crun and runc */
		{"0::/machine.slice/libpod-" ID ".scope/container\n", UNIT_OWN,
		 "libpod-" ID ".scope", "machine.slice/libpod-" ID ".scope/container", NULL},
		{"0::/machine.slice/libpod-" ID ".scope\n", UNIT_OWN, "libpod-" ID ".scope",
		 "machine.slice/libpod-" ID ".scope", NULL},
		/* in a pod */
		{"0::/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID
		 ".scope/container\n",
		 UNIT_OWN, "libpod-" ID ".scope", NULL, NULL},
		/* CRI-O, containerd, Docker */
		{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
		 "crio-" ID ".scope\n",
		 UNIT_OWN, "crio-" ID ".scope", NULL, NULL},
		{"0::/system.slice/cri-containerd-" ID ".scope\n", UNIT_OWN,
		 "cri-containerd-" ID ".scope", NULL, NULL},
		{"0::/system.slice/docker-" ID ".scope\n", UNIT_OWN, "docker-" ID ".scope", NULL,
		 NULL},
		/* Quadlet: the service is this container, its payload cgroup says so */
		{"0::/system.slice/web.service/libpod-payload-" ID "\n", UNIT_OWN, "web.service",
		 NULL, NULL},
		{"0::/system.slice/web.service/libpod-payload-" ID "/container\n", UNIT_OWN,
		 "web.service", NULL, NULL},
		/* bare runtimes, ids of people's choice */
		{"0::/machine.slice/probe-web.scope\n", UNIT_OWN, "probe-web.scope", NULL, "web"},
		{"0::/system.slice/web.scope\n", UNIT_OWN, "web.scope", NULL, "web"},
		{"0::/a.scope/web\n", UNIT_OWN, "a.scope", NULL, "web"},
		/* systemd's escape for names that would look like the kernel's */
		{"0::/machine.slice/_cgroup-web.scope\n", UNIT_OWN, "cgroup-web.scope", NULL,
		 "web"},
		/* no line break at the end */
		{"0::/machine.slice/libpod-" ID ".scope", UNIT_OWN, "libpod-" ID ".scope", NULL,
		 NULL},
	};

	check(cases, ELEMENTSOF(cases), /* is_user= */ false);
}

static void test_foreign(void)
{
	static const Case cases[] = {
		/* --cgroups=disabled in a login shell or a service */
		{"0::/user.slice/user-0.slice/session-3.scope\n", UNIT_FOREIGN, "session-3.scope",
		 NULL, NULL},
		{"0::/system.slice/ssh.service\n", UNIT_FOREIGN, "ssh.service", NULL, NULL},
		/* a session is one even if its number is the container's id, or the id is below */
		{"0::/user.slice/user-0.slice/session-3.scope\n", UNIT_FOREIGN, "session-3.scope",
		 NULL, "3"},
		{"0::/user.slice/user-0.slice/session-3.scope/" ID "\n", UNIT_FOREIGN,
		 "session-3.scope", NULL, NULL},
		/* rootless: to the system's machined the unit is the user's whole manager */
		{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		 ".scope/container\n",
		 UNIT_FOREIGN, "user@1000.service", NULL, NULL},
		{"0::/init.scope\n", UNIT_FOREIGN, "init.scope", NULL, "init"},
		/* another container's */
		{"0::/machine.slice/libpod-" OTHER ".scope/container\n", UNIT_FOREIGN,
		 "libpod-" OTHER ".scope", NULL, NULL},
		/* a service of the same name as the container is not proof, nor a part of a name */
		{"0::/system.slice/web.service\n", UNIT_FOREIGN, "web.service", NULL, "web"},
		{"0::/system.slice/my-web.service\n", UNIT_FOREIGN, "my-web.service", NULL, "web"},
		{"0::/system.slice/webmail.scope\n", UNIT_FOREIGN, "webmail.scope", NULL, "web"},
		{"0::/system.slice/myweb.scope\n", UNIT_FOREIGN, "myweb.scope", NULL, "web"},
		{"0::/system.slice/web-1.scope\n", UNIT_FOREIGN, "web-1.scope", NULL, "web"},
		{"0::/system.slice/web.slice/a.service/cobweb\n", UNIT_FOREIGN, "a.service", NULL,
		 "web"},
		/* the id above the unit does not make the unit ours */
		{"0::/" ID ".slice/a.service\n", UNIT_FOREIGN, "a.service", NULL, NULL},
	};

	check(cases, ELEMENTSOF(cases), /* is_user= */ false);
}

static void test_none(void)
{
	static const Case cases[] = {
		/* managers that make cgroups by themselves */
		{"0::/libpod_parent/libpod-" ID "\n", UNIT_NONE, "", NULL, NULL},
		{"0::/docker/" ID "\n", UNIT_NONE, "", "docker/" ID, NULL},
		{"0::/kubepods/burstable/pod1/" ID "\n", UNIT_NONE, "", NULL, NULL},
		{"0::/machine.slice/" ID "\n", UNIT_NONE, "", NULL, NULL},
		{"0::/machine.slice\n", UNIT_NONE, "", NULL, NULL},
		{"0::/\n", UNIT_NONE, "", "", NULL},
		/* outside of the hook's cgroup namespace */
		{"0::/../libpod-" ID ".scope\n", UNIT_NONE, "", NULL, NULL},
		{"", UNIT_NONE, "", NULL, NULL},
		{"\n", UNIT_NONE, "", NULL, NULL},
		{"nonsense", UNIT_NONE, "", NULL, NULL},
		{"0::/.scope\n", UNIT_NONE, "", NULL, NULL},
	};

	check(cases, ELEMENTSOF(cases), /* is_user= */ false);
}

static void test_version_1(void)
{
	static const Case cases[] = {
		/* legacy: all processes are in the root of version 2, or it is not there */
		{"12:memory:/machine.slice/libpod-" OTHER ".scope\n"
		 "1:name=systemd:/machine.slice/libpod-" ID ".scope\n"
		 "0::/\n",
		 UNIT_OWN, "libpod-" ID ".scope", "machine.slice/libpod-" ID ".scope", NULL},
		{"2:cpu,cpuacct:/\n1:name=systemd:/machine.slice/libpod-" ID ".scope\n", UNIT_OWN,
		 "libpod-" ID ".scope", NULL, NULL},
		{"1:name=systemd:/user.slice/user-0.slice/session-1.scope\n", UNIT_FOREIGN,
		 "session-1.scope", NULL, NULL},
		{"9:name=systemd:/\n0::/\n", UNIT_NONE, "", NULL, NULL},
		/* hybrid: systemd goes by version 2 */
		{"1:name=systemd:/user.slice/user-0.slice/session-1.scope\n"
		 "0::/machine.slice/libpod-" ID ".scope\n",
		 UNIT_OWN, "libpod-" ID ".scope", NULL, NULL},
		{"1:name=systemd:/machine.slice/libpod-" ID ".scope\n"
		 "0::/user.slice/user-0.slice/session-1.scope\n",
		 UNIT_FOREIGN, "session-1.scope", NULL, NULL},
	};
	cleanup_unit Unit unit = {};

	check(cases, ELEMENTSOF(cases), /* is_user= */ false);
	ASSERT_OK(unit_from_cgroup(cases[0].text, ID, false, &unit));
	ASSERT(!unit.is_unified);
	unit_done(&unit);
	ASSERT_OK(unit_from_cgroup(cases[4].text, ID, false, &unit));
	ASSERT(unit.is_unified);
}

static void test_long_names(void)
{
	char text[1024];
	cleanup_unit Unit unit = {};

	/*
	 * longer than any unit's name: the kernel allows no such directory, the parser does not
	 * care
	 */
	(void) snprintf(text, sizeof(text), "0::/%0400d.scope\n", 7);
	ASSERT_OK(unit_from_cgroup(text, "7", false, &unit));
	ASSERT_EQ(unit.verdict, UNIT_NONE);
}

/* What a user's machined takes for the unit: that of the user's manager. */
#define MANAGER "0::/user.slice/user-1000.slice/user@1000.service"

static void test_of_user(void)
{
	static const Case cases[] = {
		{MANAGER "/user.slice/libpod-" ID ".scope/container\n", UNIT_OWN,
		 "libpod-" ID ".scope", NULL, NULL},
		{MANAGER "/user.slice/libpod-" ID ".scope\n", UNIT_OWN, "libpod-" ID ".scope", NULL,
		 NULL},
		{MANAGER "/app.slice/web.service/libpod-payload-" ID "/container\n", UNIT_OWN,
		 "web.service", NULL, NULL},
		{MANAGER "/app.slice/run-1.service\n", UNIT_FOREIGN, "run-1.service", NULL, NULL},
		{MANAGER "/init.scope\n", UNIT_FOREIGN, "init.scope", NULL, "init"},
		{MANAGER "/user.slice/libpod-" OTHER ".scope\n", UNIT_FOREIGN,
		 "libpod-" OTHER ".scope", NULL, NULL},
		/* not below the manager, or in no unit of it */
		{MANAGER "\n", UNIT_NONE, "", NULL, NULL},
		{MANAGER "/user.slice\n", UNIT_NONE, "", NULL, NULL},
		{MANAGER "/" ID "\n", UNIT_NONE, "", NULL, NULL},
		{"0::/user.slice/user-1000.slice/session-3.scope/" ID ".scope\n", UNIT_NONE, "",
		 NULL, NULL},
		{"0::/machine.slice/libpod-" ID ".scope\n", UNIT_NONE, "", NULL, NULL},
		{"0::/user.slice/user@1000.scope/libpod-" ID ".scope\n", UNIT_NONE, "", NULL, NULL},
		{"0::/\n", UNIT_NONE, "", NULL, NULL},
	};

	check(cases, ELEMENTSOF(cases), /* is_user= */ true);
}

TAP_MAIN(TAP(test_own), TAP(test_foreign), TAP(test_none), TAP(test_version_1),
	 TAP(test_long_names), TAP(test_of_user))
