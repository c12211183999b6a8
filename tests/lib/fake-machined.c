/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A systemd-machined that misbehaves as told, for faults that the real one does not show on demand.
 *
 *	fake-machined varlink SOCKET BEHAVIOUR LOG
 *	fake-machined bus SOCKET BEHAVIOUR LOG
 *
 * It serves one connection after the other until it is killed, and appends to LOG what it is asked:
 * `connect`, and a line a request. The socket exists as soon as it is ready.
 *
 * varlink: deaf (does not accept), hang, close, half, garbage, endless, ok, error:NAME, errno:N,
 * ours:ID (has a machine with that id)
 * bus: the same up to endless, for a bus that fails before it is one; then a bus that knows nobody
 * but machined: mute (takes calls and does not answer), error:NAME (to every call), old (no
 * RegisterMachineEx), new, known (has the leader as another's machine)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#define SERVICE "org.freedesktop.machine1"
#define OTHER_ID "\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee"

static const char *behaviour, *log_path;

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int is(const char *word)
{
	return strcmp(behaviour, word) == 0;
}

static const char *argument(const char *word)
{
	size_t n = strlen(word);

	return strncmp(behaviour, word, n) == 0 && behaviour[n] == ':' ? behaviour + n + 1 : NULL;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	FILE *file = fopen(log_path, "ae");
	va_list arguments;

	if (!file)
		fail(log_path);
	va_start(arguments, format);
	(void) vfprintf(file, format, arguments);
	va_end(arguments);
	(void) fputc('\n', file);
	(void) fclose(file);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	if (strlen(path) >= sizeof(address.sun_path) - 4)
		fail("path");
	/* under another name until it listens */
	(void) sprintf(address.sun_path, "%s.new", path);
	if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		fail("bind");
	if (listen(fd, is("deaf") ? 0 : 16) < 0)
		fail("listen");
	if (rename(address.sun_path, path) < 0)
		fail("rename");
	return fd;
}

static void send_text(int fd, const char *text, size_t size)
{
	(void) send(fd, text, size, MSG_NOSIGNAL);
}

/* 1 if the behaviour is one that needs no protocol */
static int serve_raw(int fd)
{
	char chunk[4096];

	if (is("close"))
		return 1;
	if (!is("hang") && !is("half") && !is("garbage") && !is("endless"))
		return 0;

	/* what is asked has to be read: closing with unread data is a reset */
	(void) !read(fd, chunk, sizeof(chunk));
	if (is("half"))
		send_text(fd, "{\"parameters\"", 13);
	else if (is("garbage"))
		send_text(fd, "garbage\r\n\0more", 14);
	memset(chunk, ' ', sizeof(chunk));
	while (is("endless") && send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) > 0)
		;
	/* hang: as long as the other end likes */
	while (is("hang") && read(fd, chunk, sizeof(chunk)) > 0)
		;
	return 1;
}

static void serve_varlink(int fd)
{
	char request[8192], answer[512];
	ssize_t n;
	int length;

	while ((n = read(fd, request, sizeof(request) - 1)) > 0) {
		request[n] = '\0';
		say("%s", request);
		if (argument("error"))
			length =
				snprintf(answer, sizeof(answer),
					 "{\"error\":\"%s\",\"parameters\":{}}", argument("error"));
		else if (argument("ours") && strstr(request, ".List"))
			length = snprintf(answer, sizeof(answer),
					  "{\"parameters\":{\"name\":\"x\",\"id\":\"%s\"}}",
					  argument("ours"));
		else if (argument("errno"))
			length = snprintf(answer, sizeof(answer),
					  "{\"error\":\"io.systemd.System\",\"parameters\":"
					  "{\"origin\":\"linux\",\"errno\":%s}}",
					  argument("errno"));
		else
			length = snprintf(answer, sizeof(answer), "{\"parameters\":{}}");
		send_text(fd, answer, (size_t) length + 1);
	}
}

/* what a file descriptor of a process says of it */
static int pid_of(int pidfd)
{
	char path[64], line[128];
	int pid = -1;
	FILE *file;

	(void) snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		(void) sscanf(line, "Pid: %d", &pid);
	if (file)
		(void) fclose(file);
	return pid;
}

static int say_properties(sd_bus_message *message, const char *name)
{
	const char *key, *type, *text;
	int r, fd;

	r = sd_bus_message_enter_container(message, 'a', "(sv)");
	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'r', "sv")) > 0) {
		r = sd_bus_message_read(message, "s", &key);
		if (r >= 0)
			r = sd_bus_message_peek_type(message, NULL, &type);
		if (r >= 0 && strcmp(type, "s") == 0) {
			r = sd_bus_message_read(message, "v", "s", &text);
			say("%s %s=%s", name, key, text);
		} else if (r >= 0 && strcmp(type, "h") == 0) {
			r = sd_bus_message_read(message, "v", "h", &fd);
			say("%s %s=%d", name, key, pid_of(fd));
		} else if (r >= 0) {
			r = sd_bus_message_skip(message, "v");
			say("%s %s", name, key);
		}
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r;
}

static int answer_register(sd_bus_message *message, const char *member)
{
	const char *name, *service, *class, *root;
	const void *id;
	unsigned int leader;
	size_t n;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	if (strcmp(member, "RegisterMachineEx") == 0) {
		r = say_properties(message, name);
	} else {
		r = sd_bus_message_read_array(message, 'y', &id, &n);
		if (r >= 0)
			r = sd_bus_message_read(message, "ssus", &service, &class, &leader, &root);
		if (r >= 0)
			say("%s Service=%s Class=%s Leader=%u RootDirectory=%s Id=%zu bytes", name,
			    service, class, leader, root, n);
	}
	if (r < 0)
		return r;
	return sd_bus_reply_method_return(message, "o", "/org/freedesktop/machine1/machine/x");
}

static int answer_get_all(sd_bus_message *message)
{
	sd_bus_message *reply;
	int r;

	r = sd_bus_message_new_method_return(message, &reply);
	if (r < 0)
		return r;
	r = sd_bus_message_open_container(reply, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(reply, "{sv}{sv}{sv}{sv}", "Name", "s", "zzz", "Leader",
					  "u", 1, "RootDirectory", "s", "/elsewhere", "State", "s",
					  "running");
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(reply, "s", "Id");
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', OTHER_ID, 16);
	for (int i = 0; i < 3 && r >= 0; i++)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int answer(sd_bus_message *message, void *data, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(message);
	int r;

	(void) data;
	if (!member)
		return 0;
	if (strcmp(member, "Hello") == 0)
		return sd_bus_reply_method_return(message, "s", ":1.1");

	say("%s%s", member, sd_bus_message_get_auto_start(message) ? "" : " (no auto start)");
	if (is("mute"))
		return 1;
	if (argument("error"))
		return sd_bus_reply_method_errorf(message, argument("error"), "as told");
	if (strcmp(member, "GetAll") == 0)
		return answer_get_all(message);
	if (strcmp(member, "GetMachineByPID") == 0 || strcmp(member, "GetMachine") == 0) {
		if (is("known"))
			return sd_bus_reply_method_return(message, "o",
							  "/org/freedesktop/machine1/machine/zzz");
		return sd_bus_reply_method_errorf(message,
						  strcmp(member, "GetMachine") == 0
							  ? SERVICE ".NoSuchMachine"
							  : SERVICE ".NoMachineForPID",
						  "nobody");
	}
	if (strncmp(member, "RegisterMachine", 15) == 0 &&
	    !(is("old") && strcmp(member, "RegisterMachineEx") == 0)) {
		r = answer_register(message, member);
		return r < 0 ? r : 1;
	}
	return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_METHOD, "not here");
}

static void serve_bus(int fd)
{
	sd_id128_t id;
	sd_bus *bus;
	int r;

	if (sd_bus_new(&bus) < 0 || sd_id128_randomize(&id) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
	    sd_bus_set_server(bus, 1, id) < 0 || sd_bus_set_trusted(bus, 1) < 0 ||
	    sd_bus_negotiate_fds(bus, 1) < 0 || sd_bus_add_filter(bus, NULL, answer, NULL) < 0)
		fail("sd-bus");
	/* who is killed has gone before it has said who it is */
	r = sd_bus_start(bus);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	(void) sd_bus_close_unref(bus);
}

int main(int argc, char *argv[])
{
	int listener, fd;

	if (argc != 5)
		return EXIT_FAILURE;
	behaviour = argv[3];
	log_path = argv[4];
	listener = listen_at(argv[2]);
	if (is("deaf"))
		for (;;)
			(void) pause();

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		say("connect");
		if (serve_raw(fd))
			(void) close(fd);
		else if (strcmp(argv[1], "bus") == 0)
			serve_bus(fd); /* which closes it */
		else {
			serve_varlink(fd);
			(void) close(fd);
		}
	}
	return EXIT_FAILURE;
}
