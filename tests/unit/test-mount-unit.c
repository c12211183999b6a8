/* SPDX-License-Identifier: Apache-2.0 */
/* Names of mount units, as systemd-escape(1) --path --suffix=mount makes them. */
#include "systemd-hook/mount-unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "macro.h"
#include "tap.h"

static void test_names(void)
{
	static const char *const cases[][2] = {
		{"/etc/machine-id", "etc-machine\\x2did.mount"},
		{"/var/log/journal", "var-log-journal.mount"},
		{"/var/log/journal/81f9f270b6608ffb6a500ac7ec36e137",
		 "var-log-journal-81f9f270b6608ffb6a500ac7ec36e137.mount"},
		{"/var/lib/dbus/machine-id", "var-lib-dbus-machine\\x2did.mount"},
		{"/.hidden/.file", "\\x2ehidden-.file.mount"},
		{"/a b/\xc3\xa4/x@y\\z:_.~", "a\\x20b-\\xc3\\xa4-x\\x40y\\x5cz:_.\\x7e.mount"},
	};
	char name[256];

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		ASSERT_EQ(mount_unit_name(cases[i][0], name, sizeof(name)), strlen(cases[i][1]));
		ASSERT_STREQ(name, cases[i][1]);
	}
}

static void test_too_long(void)
{
	char path[300] = "/", name[256];

	for (size_t length = 1; length < sizeof(path) - 1; length++) {
		int r;

		path[length] = length % 3 ? '-' : 'x';
		r = mount_unit_name(path, name, sizeof(name));
		if (r < 0)
			ASSERT_EQ(r, -ENAMETOOLONG);
		else
			ASSERT(r < (int) sizeof(name) && strlen(name) == (size_t) r);
	}
	ASSERT_EQ(mount_unit_name(path, name, sizeof(name)), -ENAMETOOLONG);
}

TAP_MAIN(TAP(test_names), TAP(test_too_long))
