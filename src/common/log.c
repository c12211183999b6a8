/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages, to stderr and to the journal.
 *
 * Text that a container, its image or its user chose is printed with a precision (`%.64s`), our own
 * text never is. Where stderr is a file, all that has a precision is left out: stream.c says why.
 *
 * Both, because crun sends a hook's stderr to /dev/null, and runc shows it only when the hook
 * fails. The journal is written in its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): syslog(3) and sd_journal_send() block when
 * journald is stopped, and a container must not wait for a log line.
 */
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "escape.h"
#include "stream.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define MESSAGE_MAX 1024
#define CONTAINER_ID_MAX 128
#define SHORT_ID_LEN 12
#define FORMAT_MAX 512

static const char ellipsis[] = "...";
static const char *log_program = "oci-hook";
static char log_container[CONTAINER_ID_MAX + 1];
static int log_max_priority = LOG_INFO;
static int log_journal_fd = -1;
static bool log_to_journal = true;

/**
 * log_setup() - say who is speaking
 * @program: becomes the syslog identifier; kept by reference
 */
void log_setup(const char *program)
{
	log_program = program;
}

/** log_set_terminal() - say it on stderr alone: a person called the program, and reads that */
void log_set_terminal(void)
{
	log_to_journal = false;
}

/** log_set_debug() - show debug lines too */
void log_set_debug(void)
{
	log_max_priority = LOG_DEBUG;
}

/**
 * log_set_container() - name the container that all further lines are about
 * @id: the container's id, as the engine gave it
 */
void log_set_container(const char *id)
{
	escape_text(log_container, sizeof(log_container), id);
}

/**
 * log_open() - connect to the journal now
 *
 * Is done by the first message otherwise. Call it before another mount namespace is entered: the
 * socket is then the host's for certain.
 */
void log_open(void)
{
	static bool tried = false;
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};

	if (tried)
		return;
	tried = true;

	log_journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log_journal_fd < 0)
		return;

	if (connect(log_journal_fd, (struct sockaddr *) &address, sizeof(address)) < 0) {
		(void) close(log_journal_fd);
		log_journal_fd = -1;
	}
}

static void write_journal(int priority, const char *message)
{
	char entry[MESSAGE_MAX + CONTAINER_ID_MAX + 256];
	int n;

	if (log_to_journal)
		log_open();
	if (log_journal_fd < 0)
		return;

	n = snprintf(entry, sizeof(entry),
		     "MESSAGE=%s\n"
		     "PRIORITY=%d\n"
		     "SYSLOG_FACILITY=%d\n"
		     "SYSLOG_IDENTIFIER=%s\n"
		     "OCI_HOOKS_CONTAINER_ID=%s\n",
		     message, priority, LOG_FAC(LOG_DAEMON), log_program, log_container);
	if (n > 0 && (size_t) n < sizeof(entry))
		(void) send(log_journal_fd, entry, (size_t) n, MSG_NOSIGNAL);
}

/* write_stderr() - if there is room: the caller may have ceased to read its end of a pipe */
static void write_stderr(const char *message, const char *tail)
{
	struct pollfd poll_fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	const struct iovec line[] = {
		{(void *) log_program, strlen(log_program)},
		{(void *) ": ", 2},
		{(void *) message, strlen(message)},
		{(void *) tail, strlen(tail)},
		{(void *) "\n", 1},
	};

	if (poll(&poll_fd, 1, 0) == 0)
		return;
	(void) !writev(STDERR_FILENO, line, ELEMENTSOF(line));
}

/* compose() - the message as one line: the container, if @id is not empty, and the text */
printf_like(4, 0) static void compose(char message[MESSAGE_MAX + SHORT_ID_LEN + 4], const char *id,
				      int error, const char *format, va_list arguments)
{
	size_t size = MESSAGE_MAX + SHORT_ID_LEN + 4;
	char text[MESSAGE_MAX];
	int n = 0, length;

	if (*id)
		n = snprintf(message, size, "%.*s: ", SHORT_ID_LEN, id);
	errno = error;
	length = vsnprintf(text, sizeof(text), format, arguments);
	if (length >= (int) sizeof(text))
		memcpy(text + sizeof(text) - sizeof(ellipsis), ellipsis, sizeof(ellipsis));
	escape_text(message + n, size - (size_t) n, text);
}

/*
 * without_foreign_text() - make each `%.64s` of a format a `%.0s`, and show where
 *
 * Return: 1 if there was one, 0 if not, -1 if the format is too long.
 */
static int without_foreign_text(const char *format, char own[FORMAT_MAX])
{
	static const char hidden[] = "%.0s" STREAM_LEFT_OUT;
	char *end = own + FORMAT_MAX - sizeof(hidden);
	int found = 0;

	while (*format) {
		size_t digits =
			strncmp(format, "%.", 2) == 0 ? strspn(format + 2, "0123456789") : 0;

		if (own >= end)
			return -1;
		if (digits > 0 && format[2 + digits] == 's') {
			own = stpcpy(own, hidden);
			format += 2 + digits + 1;
			found = 1;
			continue;
		}
		if (format[0] == '%' && format[1] == '%')
			*own++ = *format++;
		*own++ = *format++;
	}
	*own = '\0';
	return found;
}

/* is_plain_id() - whether it looks as the ids of engines do, and not like a line of anything else */
static bool is_plain_id(const char *id)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

	return id[strspn(id, plain)] == '\0';
}

/* write_file() - the message on a stderr that is a file: nothing in it that a container chose */
printf_like(2, 0) static void write_file(int error, const char *format, va_list arguments)
{
	char message[MESSAGE_MAX + SHORT_ID_LEN + 4], own[FORMAT_MAX], tail[128] = "";
	bool is_plain = is_plain_id(log_container);
	int r = without_foreign_text(format, own);

	if (r < 0)
		return;
	if (r > 0 || !is_plain)
		(void) snprintf(tail, sizeof(tail), " (see journalctl -t %s)", log_program);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	compose(message, is_plain ? log_container : STREAM_LEFT_OUT, error, own, arguments);
#pragma GCC diagnostic pop
	write_stderr(message, tail);
}

/**
 * log_full() - write one message
 * @priority: LOG_ERR … LOG_DEBUG of syslog(3)
 * @error: an errno, of either sign, that %m in @format shows; 0 for none
 * @format: as printf(3); one line, no line break; foreign text has a precision
 *
 * Return: -abs(@error).
 */
int log_full(int priority, int error, const char *format, ...)
{
	char message[MESSAGE_MAX + SHORT_ID_LEN + 4];
	StreamKind kind;
	int saved_errno = errno;
	va_list arguments;

	error = error < 0 ? -error : error;
	if (priority > log_max_priority)
		return -error;

	va_start(arguments, format);
	compose(message, log_container, error, format, arguments);
	va_end(arguments);
	kind = stream_kind(STDERR_FILENO);
	if (kind == STREAM_READER)
		write_stderr(message, "");
	if (kind == STREAM_FILE) {
		va_start(arguments, format);
		write_file(error, format, arguments);
		va_end(arguments);
	}
	write_journal(priority, message);
	errno = saved_errno;
	return -error;
}
