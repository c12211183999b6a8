/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: one line each on stderr and one entry in the journal, foreign text made harmless, and
 * never a wait.
 */
#include "log.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "cleanup.h"
#include "input.h"
#include "namespace.h"
#include "tap.h"

static int captured = -1;

/* Where a message goes, whole: into a pipe. */
static void capture(void)
{
	captured = input_pipe(STDERR_FILENO);
}

/* And where nothing of a container's may go: into a file. */
static void capture_in_file(void)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC);

	ASSERT_SYS(fd);
	ASSERT_SYS(dup2(fd, STDERR_FILENO));
	captured = fd;
}

/* What was written since the last call. */
static const char *written(void)
{
	static char text[8192];
	static off_t done;
	int saved_errno = errno;
	ssize_t n;

	n = pread(captured, text, sizeof(text) - 1, done);
	if (n < 0 && errno == ESPIPE)
		n = read(captured, text, sizeof(text) - 1);
	if (n < 0 && errno == EAGAIN)
		n = 0;
	ASSERT_SYS(n);
	text[n] = '\0';
	done += n;
	errno = saved_errno;
	return text;
}

static void test_lines(void)
{
	namespace_hide_journal();
	capture();
	log_setup("oci-test");
	log_error("one %d", 1);
	ASSERT_STREQ(written(), "oci-test: one 1\n");
	log_info("info");
	ASSERT_STREQ(written(), "oci-test: info\n");
	log_debug("debug");
	ASSERT_STREQ(written(), "");
	log_set_debug();
	log_debug("debug");
	ASSERT_STREQ(written(), "oci-test: debug\n");
	log_set_container("81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843");
	log_warning("%s", "two");
	ASSERT_STREQ(written(), "oci-test: 81f9f270b660: two\n");
	log_set_container("web");
	log_warning("three");
	ASSERT_STREQ(written(), "oci-test: web: three\n");
}

static void test_errno(void)
{
	namespace_hide_journal();
	capture();
	errno = EPERM;
	ASSERT_EQ(log_error_errno(-ENOENT, "no '%s': %m", "x"), -ENOENT);
	ASSERT_STREQ(written(), "oci-hook: no 'x': No such file or directory\n");
	ASSERT_EQ(errno, EPERM);
	ASSERT_EQ(log_warning_errno(ENOENT, "no"), -ENOENT);
	ASSERT_EQ(log_warning_errno(0, "no"), 0);
	/* not shown, yet passed on */
	(void) written();
	ASSERT_EQ(log_debug_errno(-EIO, "no"), -EIO);
	ASSERT_STREQ(written(), "");
}

static void test_foreign_text(void)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"a\nb", "a\\x0ab"},
		{"\r\t\x1b[31m", "\\x0d\\x09\\x1b[31m"},
		{"\x7f\xc3\xa4\xff", "\\x7f\\xc3\\xa4\\xff"},
		{"%s%n", "%s%n"},
		{"", ""},
	};
	char line[100];

	namespace_hide_journal();
	capture();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		log_error("[%s]", cases[i].text);
		(void) snprintf(line, sizeof(line), "oci-hook: [%s]\n", cases[i].shown);
		ASSERT_STREQ(written(), line);
	}
	log_set_container("a\nMESSAGE=b");
	log_error("x");
	ASSERT_STREQ(written(), "oci-hook: a\\x0aMESSAGE: x\n");
}

static void check_long_text(char *text, size_t length, char c, size_t shown)
{
	const char *line, *end;

	memset(text, c, length);
	text[length] = '\0';
	log_error("%s", text);
	line = written();
	end = line + strlen(line) - 1;
	ASSERT(end - line < 1100);
	ASSERT(strchr(line, '\n') == end);
	/* in between it depends on the container's id */
	if (shown > 1040 || length > 1023)
		ASSERT_EQ(strncmp(end - 3, "...", 3), 0);
	if (shown < 1020)
		ASSERT(!strstr(line, "..."));
}

/* Whatever its length: one line, its end shown as cut, nothing beyond a buffer. */
static void test_long_text(void)
{
	char *text = malloc(5001);

	ASSERT(text);
	namespace_hide_journal();
	capture();
	for (int with_id = 0; with_id < 2; with_id++) {
		if (with_id)
			log_set_container("\x01\x02\x03\x04\x05");
		for (size_t length = 200; length <= 5000; length += length > 1100 ? 977 : 1) {
			check_long_text(text, length, 'x', /* shown= */ length);
			check_long_text(text, length, 0x01, /* shown= */ 4 * length);
		}
	}
	free(text);
}

static int make_journal_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	int fd;

	namespace_hide_journal();
	ASSERT_SYS(mkdir("/run/systemd", 0755));
	ASSERT_SYS(mkdir("/run/systemd/journal", 0755));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ASSERT_SYS(fd);
	ASSERT_SYS(bind(fd, (struct sockaddr *) &address, sizeof(address)));
	return fd;
}

static void test_journal(void)
{
	cleanup_close int fd = make_journal_socket();
	char entry[4096];
	ssize_t n;

	capture();
	log_setup("oci-test");
	log_set_container("81f9f270b6608ffb\nPRIORITY=0");
	log_open();
	/* the socket that was there when the connection was made, whatever is there later */
	ASSERT_SYS(unlink("/run/systemd/journal/socket"));
	log_warning("a\nPRIORITY=0\n=%s", "b");
	n = recv(fd, entry, sizeof(entry) - 1, MSG_DONTWAIT);
	ASSERT(n > 0);
	entry[n] = '\0';
	ASSERT_STREQ(entry, "MESSAGE=81f9f270b660: a\\x0aPRIORITY=0\\x0a=b\n"
			    "PRIORITY=4\n"
			    "SYSLOG_FACILITY=3\n"
			    "SYSLOG_IDENTIFIER=oci-test\n"
			    "OCI_HOOKS_CONTAINER_ID=81f9f270b6608ffb\\x0aPRIORITY=0\n");
	log_debug("not shown");
	ASSERT_EQ(recv(fd, entry, sizeof(entry), MSG_DONTWAIT), -1);
}

/* The longest of all messages still fits one entry. */
static void test_journal_long(void)
{
	cleanup_close int fd = make_journal_socket();
	char text[2000], entry[8192];
	ssize_t n;

	memset(text, 0x01, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture();
	log_set_container(text);
	log_error("%s", text);
	n = recv(fd, entry, sizeof(entry) - 1, MSG_DONTWAIT);
	ASSERT(n > 1000);
	entry[n] = '\0';
	ASSERT_CONTAINS(entry, "...\nPRIORITY=3\n");
	ASSERT_CONTAINS(entry, "OCI_HOOKS_CONTAINER_ID=\\x01");
	ASSERT_EQ(entry[n - 1], '\n');
}

/* journald is stopped: nobody reads, and the message is lost, not the container's time. */
static void test_journal_full(void)
{
	cleanup_close int fd = make_journal_socket();
	struct timespec begin, end;

	capture();
	ASSERT_SYS(clock_gettime(CLOCK_MONOTONIC, &begin));
	for (int i = 0; i < 2000; i++)
		log_error("%d", i);
	ASSERT_SYS(clock_gettime(CLOCK_MONOTONIC, &end));
	ASSERT(end.tv_sec - begin.tv_sec < 10);
}

/* No journal at all, and a stderr that is closed. */
static void test_nobody_there(void)
{
	cleanup_close int fd = make_journal_socket();

	ASSERT_SYS(unlink("/run/systemd/journal/socket"));
	ASSERT_SYS(close(STDERR_FILENO));
	ASSERT_EQ(log_error_errno(-EIO, "x"), -EIO);
	ASSERT_EQ(log_error_errno(-EIO, "x"), -EIO);
}

/* What has a precision is foreign: it stays out of a file, and our own words stay in. */
static void test_file(void)
{
	namespace_hide_journal();
	capture_in_file();
	log_setup("oci-test");
	log_error("all %s of %d%%", "ours", 7);
	ASSERT_STREQ(written(), "oci-test: all ours of 7%\n");
	log_set_container("web_1.a+B-2");
	ASSERT_EQ(log_error_errno(-ENOENT, "no '%.64s' in %s, %.256s%s: %m", "EVIL", "place",
				  "EVIL", "x"),
		  -ENOENT);
	ASSERT_STREQ(written(),
		     "oci-test: web_1.a+B-2: no '[...]' in place, [...]x: No such file or "
		     "directory (see journalctl -t oci-test)\n");
	log_error("100%%%.1s%%.64s", "EVIL");
	ASSERT_STREQ(written(),
		     "oci-test: web_1.a+B-2: 100%[...]%.64s (see journalctl -t oci-test)\n");
	log_set_container("EVIL ALL=(ALL)");
	log_warning("x");
	ASSERT_STREQ(written(), "oci-test: [...]: x (see journalctl -t oci-test)\n");
}

/* A format of any length: cut nowhere in a conversion, and nothing said rather than too much. */
static void test_file_long_format(void)
{
	char format[1200];

	namespace_hide_journal();
	capture_in_file();
	for (size_t n = 480; n < 1000; n++) {
		const char *line;

		memset(format, 'x', n);
		(void) strcpy(format + n, "%.64s");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		log_error(format, "EVIL");
#pragma GCC diagnostic pop
		line = written();
		ASSERT(!strstr(line, "EVIL"));
		ASSERT(!*line || strstr(line, "[...] (see journalctl -t oci-hook)\n"));
	}
}

/* The journal has it whole, whatever stderr is. */
static void test_file_and_journal(void)
{
	cleanup_close int fd = make_journal_socket();
	char entry[4096];
	ssize_t n;

	capture_in_file();
	log_error("no '%.64s'", "EVIL");
	n = recv(fd, entry, sizeof(entry) - 1, MSG_DONTWAIT);
	ASSERT(n > 0);
	entry[n] = '\0';
	ASSERT_CONTAINS(entry, "MESSAGE=no 'EVIL'\n");
	ASSERT_STREQ(written(), "oci-hook: no '[...]' (see journalctl -t oci-hook)\n");
}

TAP_MAIN(TAP(test_file), TAP(test_file_long_format), TAP(test_file_and_journal), TAP(test_lines),
	 TAP(test_errno), TAP(test_foreign_text), TAP(test_long_text), TAP(test_journal),
	 TAP(test_journal_long), TAP(test_journal_full), TAP(test_nobody_there))
