/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor that is closed twice, by when its number may be another's.
 *
 * gcc: -Wanalyzer-fd-double-close
 * cppcheck: doubleFree
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return EXIT_FAILURE;
	(void) close(fd);
	(void) close(fd);
	return EXIT_SUCCESS;
}
