/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELinux labels, set by libselinux: the only includer of its header. Loaded only where SELinux is
 * on.
 */
#include "label.h"

#include <errno.h>
#include <linux/magic.h>
#include <selinux/selinux.h>
#include <sys/vfs.h>

#include "dlopen-util.h"
#include "macro.h"

DLOPEN_NOTE("selinux", "Labels of mounts and files where SELinux is on", "recommended",
	    "libselinux.so.1");

static __typeof__(&fsetfilecon_raw) set_file_label;

/**
 * label_init() - find out whether labels are to be set, and load what sets them
 *
 * To be called before the container's mount namespace is entered.
 *
 * Return: 1 if SELinux is on, 0 if not, -ELIBACC if libselinux is missing where it is needed.
 */
int label_init(void)
{
	__typeof__(&is_selinux_enabled) is_enabled;
	const DlopenSymbol symbols[] = {
		{"is_selinux_enabled", &is_enabled},
		{"fsetfilecon_raw", &set_file_label},
	};
	struct statfs fs;
	int r;

	/* what is_selinux_enabled(3) asks too, without a library */
	if (statfs("/sys/fs/selinux", &fs) < 0 || fs.f_type != SELINUX_MAGIC)
		return 0;

	r = dlopen_symbols("libselinux.so.1", symbols, ELEMENTSOF(symbols));
	if (r < 0)
		return r;
	return is_enabled() > 0;
}

/**
 * label_file() - set the label of an open file
 * @fd: the file, not O_PATH
 * @label: the label, as the kernel has it
 *
 * Return: 0, or the negative errno of fsetxattr(2).
 */
int label_file(int fd, const char *label)
{
	return set_file_label(fd, label) < 0 ? -errno : 0;
}
