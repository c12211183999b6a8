/* SPDX-License-Identifier: Apache-2.0 */
/* oci-register-machine: so far it only tells what it is. */
#include "config.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("oci-register-machine " PACKAGE_VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return puts("Usage: oci-register-machine --help | --version") < 0;
	fputs("oci-register-machine: this build only takes --help and --version\n", stderr);
	return 1;
}
