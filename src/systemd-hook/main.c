/* SPDX-License-Identifier: Apache-2.0 */
/* oci-systemd-hook: so far it only tells what it is. */
#include "config.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("oci-systemd-hook " PACKAGE_VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return puts("Usage: oci-systemd-hook --help | --version") < 0;
	fputs("oci-systemd-hook: this build only takes --help and --version\n", stderr);
	return 1;
}
