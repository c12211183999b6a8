/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a seed to the description of a container, one element a line: generate SEED.
 * README.md of this folder lists the elements. The same seed is the same container on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "macro.h"

enum {
	DESTINATION_MAX = 256,
	SYSTEMD_EVERY = 50, /* seeds */
};

static uint64_t state;

/* next_number() - splitmix64 */
static uint64_t next_number(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t below(size_t limit)
{
	return (size_t) (next_number() % limit);
}

static bool percent(unsigned int chance)
{
	return below(100) < chance;
}

#define PICK(list) ((list)[below(ELEMENTSOF(list))])

/* what engines mount besides /proc, /dev and /sys: from recorded configurations of them */
/* podman in its systemd mode, in which systemd boots without the hooks, too */
#define BASE_SYSTEMD                                                                               \
	"capabilities podman\n"                                                                    \
	"tmpfs /run rw,rprivate,nosuid,nodev,tmpcopyup\n"                                          \
	"tmpfs /tmp rw,rprivate,nosuid,nodev,tmpcopyup\n"                                          \
	"bind /run/.containerenv file bind,rprivate\n"                                             \
	"tmpfs /run/lock rw,rprivate,nosuid,nodev,tmpcopyup\n"                                     \
	"tmpfs /var/log/journal rw,rprivate,nosuid,nodev,tmpcopyup\n"                              \
	"cgroup private,rw\n"

static const char *const bases[] = {
	"",
	"",
	"",
	"",
	/* podman, without its systemd mode */
	"capabilities podman\ncgroup rprivate,nosuid,noexec,nodev,relatime,ro\n"
	"bind /run/.containerenv file bind,rprivate\nbind /etc/hostname file bind,rprivate\n"
	"bind /etc/hosts file bind,rprivate\nmask /proc/kcore\nmask /proc/keys\nmask "
	"/sys/firmware\n"
	"readonly /proc/sys\nreadonly /proc/sysrq-trigger\n",
	/* podman, with it */
	BASE_SYSTEMD "readonly /proc/sys\nmask /proc/kcore\n",
	/* CRI-O, for a command that it takes for systemd */
	"bind /etc/hosts file rw,bind\nbind /etc/resolv.conf file rw,bind,nodev,nosuid,noexec\n"
	"bind /run/.containerenv file rw,bind\ntmpfs /run "
	"rw,rprivate,noexec,nosuid,nodev,tmpcopyup\n"
	"tmpfs /run/lock rw,rprivate,noexec,nosuid,nodev,tmpcopyup\n"
	"tmpfs /tmp rw,rprivate,noexec,nosuid,nodev,tmpcopyup\n"
	"tmpfs /var/log/journal rw,rprivate,noexec,nosuid,nodev,tmpcopyup\ncgroup private,rw\n"
	"annotation {\"io.container.manager\": \"cri-o\"}\n"
	"bind /run/secrets/kubernetes.io/serviceaccount dir ro,rprivate,bind\n",
	/* Docker */
	"capabilities docker\ncgroup ro,nosuid,noexec,nodev\nbind /etc/resolv.conf file "
	"rbind,rprivate\n"
	"bind /etc/hostname file rbind,rprivate\nbind /etc/hosts file rbind,rprivate\n"
	"mask /proc/asound\nmask /proc/acpi\nmask /proc/kcore\nmask /sys/firmware\nreadonly "
	"/proc/sys\n"
	"readonly /proc/bus\n",
	/* containerd's CRI */
	"capabilities docker\ntmpfs /run nosuid,strictatime,mode=755,size=65536k\n"
	"cgroup nosuid,noexec,nodev,relatime,ro\nbind /etc/hosts file rbind,rprivate,rw\n"
	"bind /run/secrets/kubernetes.io/serviceaccount dir rbind,rprivate,ro\n"
	"mask /proc/keys\nreadonly /proc/sys\n",
};

static const char *const destinations[] = {
	"/run",
	"/run/lock",
	"/run/lock/x",
	"/run/host",
	"/run/host/x",
	"/run/host/credentials",
	"/run/a",
	"/run/a/b/c",
	"/run/httpd",
	"/run/systemd",
	"/run/systemd/system",
	"/run/x/../y",
	"/run//double/",
	"/var/run/through",
	"/tmp",
	"/tmp/a",
	"/tmp/a/b",
	"/tmp/shipped",
	"/etc",
	"/var",
	"/var/log",
	"/var/log/journal",
	"/var/log/journal/d1ffe4e47ba1d1ffe4e47ba1d1ffe4e4",
	"/sys/fs/cgroup",
	"/sys/fs",
	"/opt/x",
	"/runx",
	"/mnt",
};

static const char *const directories[] = {
	"dir",	  "dir",   "dir",      "nested",   "private",
	"shared", "slave", "hardened", "readonly", "empty",
};

static const char *const propagations[] = {
	"",	  "",	     "",	"",	    ",private",	   ",rprivate",
	",slave", ",rslave", ",shared", ",rshared", ",unbindable", ",runbindable",
};

/* used: what is mounted already, so that mounts can be nested */
static char used[16][DESTINATION_MAX];
static size_t n_used;

static void remember(const char *destination)
{
	if (n_used < ELEMENTSOF(used))
		(void) snprintf(used[n_used++], DESTINATION_MAX, "%s", destination);
}

static void choose_destination(char *buffer)
{
	if (n_used > 0 && percent(25))
		(void) snprintf(buffer, DESTINATION_MAX, "%.200s/%s", used[below(n_used)],
				percent(50) ? "sub" : "sub/deep");
	else
		(void) snprintf(buffer, DESTINATION_MAX, "%s", PICK(destinations));
	remember(buffer);
}

static void print_flags(void)
{
	static const char *const writes[] = {"", "", ",rw", ",ro", ",ro", ",rro"};
	static const char *const flags[] = {",noexec", ",nosuid", ",nodev", ",noatime",
					    ",nosymfollow"};
	static const char *const recursive[] = {",rnoexec", ",rnosuid", ",rnodev"};

	fputs(PICK(writes), stdout);
	for (size_t i = 0; i < ELEMENTSOF(flags); i++)
		if (percent(i < 3 ? 25 : 5))
			fputs(flags[i], stdout);
	if (percent(5))
		fputs(PICK(recursive), stdout);
	fputs(PICK(propagations), stdout);
	if (percent(3))
		fputs(",idmap", stdout);
}

static void print_bind(void)
{
	static const char *const file_places[] = {"/etc/machine-id",	      "/run/file",
						  "/run/host/container-uuid", "/tmp/file",
						  "/run/host/os-release",     "/etc/hosts"};
	char destination[DESTINATION_MAX];

	if (percent(20)) {
		const char *place = PICK(file_places);
		static const char *const kinds[] = {"file", "program", "machine-id"};

		printf("bind %s %s bind", place, PICK(kinds));
	} else {
		choose_destination(destination);
		printf("bind %s %s %s", destination, PICK(directories),
		       percent(70) ? "rbind" : "bind");
	}
	print_flags();
	putchar('\n');
}

/* print_bind_of_host() - what old articles tell to do, and what S2 of the first version was */
static void print_bind_of_host(void)
{
	static const char *const kinds[] = {"cgroup /sys/fs/cgroup", "cgroup /sys/fs/cgroup",
					    "host-journal /var/log/journal", "host-root /run/host"};
	const char *kind = PICK(kinds), *place = strchr(kind, ' ') + 1;

	printf("bind %s %.*s %s", place, (int) (place - 1 - kind), kind,
	       percent(80) ? "rbind" : "bind");
	if (percent(60))
		fputs(percent(70) ? ",ro" : "", stdout);
	else
		print_flags();
	putchar('\n');
}

static void print_tmpfs(void)
{
	static const char *const options[] = {
		"size=1m",	"mode=700",	    "mode=1777,size=64k",
		"ro",		"noexec",	    "nosuid,nodev,noexec",
		"nr_inodes=64", "rw,exec,suid,dev", "ro,noexec,tmpcopyup",
		"tmpcopyup"};
	char destination[DESTINATION_MAX];

	choose_destination(destination);
	printf("tmpfs %s %s\n", destination, PICK(options));
}

static void print_mounts(bool is_bare)
{
	static const char *const cgroups[] = {"ro", "rw", "ro,nosuid,nodev,noexec",
					      "nosuid,nodev,noexec,rw,rprivate"};
	static const char *const propagation[] = {"private", "slave",  "shared",    "shared",
						  "rshared", "rslave", "unbindable"};
	size_t n = below(4);

	if (percent(35))
		printf("rootfs-propagation %s\n", PICK(propagation));
	if (is_bare && percent(30))
		printf("cgroup %s\n", PICK(cgroups));
	if (percent(25))
		print_bind_of_host();
	for (size_t i = 0; i < n; i++)
		print_bind();
	if (percent(25))
		print_tmpfs();
}

static void print_paths(void)
{
	static const char *const places[] = {"/run/a",
					     "/run/httpd",
					     "/run/httpd/file",
					     "/run/host",
					     "/tmp/shipped",
					     "/etc/machine-id",
					     "/etc/file",
					     "/var/log/journal",
					     "/run/lock",
					     "/tmp",
					     "/sys/fs/cgroup",
					     "/proc/sys",
					     "/run",
					     "/var",
					     "/run/host/container-uuid",
					     "/run/systemd",
					     "/proc/bus"};
	for (size_t n = percent(25) ? below(3) + 1 : 0; n > 0; n--)
		printf("%s %s\n", percent(50) ? "mask" : "readonly",
		       n_used > 0 && percent(30) ? used[below(n_used)] : PICK(places));
}

static void print_image(void)
{
	static const char *const changes[] = {
		"image-link /tmp run/linked",
		"image-link /tmp /linked/tmp",
		"image-link /var/run ../run",
		"image-link /run linked/run",
		"image-link /var/log/journal ../../linked/journal",
		"image-link /etc/machine-id ../linked/id",
		"image-link /run/host ../linked/host",
		"image-link /run/lock /linked/lock",
		"image-dir /run/host/x",
		"image-dir /run/secrets",
		"image-file /etc/machine-id 0123456789abcdef0123456789abcdef",
		"image-file /etc/machine-id uninitialized",
		"image-file /etc/machine-id rubbish",
		"image-file /run/host/x of the image",
		"image-without /etc",
		"image-without /var",
		"image-without /run",
		"image-without /tmp",
	};
	for (size_t n = percent(25) ? below(2) + 1 : 0; n > 0; n--)
		puts(PICK(changes));
}

static void print_process(void)
{
	static const char *const capabilities[] = {"podman", "sys_admin", "all", "docker", "none"};
	static const char *const types[] = {"cgroup", "pid", "ipc", "uts"};

	if (percent(40))
		printf("capabilities %s\n", PICK(capabilities));
	if (percent(20))
		puts("user private");
	if (percent(25))
		printf("namespace %s %s\n", PICK(types), "host");
	if (percent(10))
		puts("root readonly");
	if (percent(5))
		puts("no-new-privileges");
	if (percent(10))
		printf("rlimit RLIMIT_CORE %zu\n", below(1000));
	if (percent(10))
		printf("oom %zu\n", below(1000));
	if (percent(15))
		puts("twice");
}

/* print_texts() - what stands in config.json and is none of the hooks' business */
static void print_texts(void)
{
	static const char *const texts[] = {
		"annotation {\"example.com/blob\": \"a\\u0000b\"}",
		"annotation {\"example.com/quote\": \"\\\"'`$(id)\\\\\\n\\t\\u001b[31m\"}",
		"annotation {\"example.com/unicode\": \"\\u00e4\\ud83d\\ude00\\u202e\"}",
		"annotation {\"\": \"\"}",
		"annotation {\"example.com/list\": \"[{}]\", \"example.com/\\u0000key\": \"x\"}",
		"env \"TEXT=a=b=\\u00fc\\n\\\"\"",
		"env \"EMPTY=\"",
		"env \"container_uuid=ffffffffffffffffffffffffffffffff\"",
		"extra {\"x-vendor\": {\"big\": 1e300, \"small\": -0.0, \"exact\": "
		"18446744073709551615}}",
		"extra {\"x-vendor\": "
		"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"
		"}",
		"extra {\"x-vendor\": {\"nul\": \"\\u0000\", \"null\": null, \"false\": false}}",
		"extra {\"domainname\": \"x\"}",
	};
	for (size_t n = percent(20) ? below(2) + 1 : 0; n > 0; n--)
		puts(PICK(texts));
	if (percent(3)) {
		fputs("annotation {\"example.com/long\": \"", stdout);
		for (size_t n = below(100000); n > 0; n--)
			putchar('x');
		puts("\"}");
	}
}

/* print_systemd() - a container of systemd itself, with mounts that let it boot */
static int print_systemd(void)
{
	static const char *const places[] = {"/run/a", "/tmp/a",   "/run/lock/x", "/var/log/x",
					     "/opt/x", "/run/x/y", "/srv"};

	fputs("payload systemd\n" BASE_SYSTEMD, stdout);
	for (size_t n = below(4) + 1; n > 0; n--) {
		printf("bind %s %s rbind", PICK(places), PICK(directories));
		print_flags();
		putchar('\n');
	}
	if (percent(50))
		puts("rootfs-propagation shared");
	if (percent(50))
		puts("capabilities sys_admin");
	return 0;
}

int main(int argc, char *argv[])
{
	const char *base;
	char *end;

	errno = 0;
	state = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
	if (argc != 2 || errno != 0 || *end || end == argv[1]) {
		(void) fputs("usage: generate SEED\n", stderr);
		return 2;
	}
	(void) next_number();
	if (atoi(argv[1]) % SYSTEMD_EVERY == 0)
		return print_systemd();
	print_image();
	base = PICK(bases);
	fputs(base, stdout);
	print_process();
	print_mounts(!*base);
	print_paths();
	print_texts();
	return 0;
}
