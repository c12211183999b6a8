/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machined by Varlink (https://varlink.org, interface io.systemd.Machine): one JSON object and a
 * NUL each way. Only the fields that every version since 256 knows are sent; versions before 262
 * refuse those that they do not know.
 */
#include "machined-varlink.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "json.h"
#include "machined-peer.h"

/* a reply about one machine has some hundred bytes */
#define REPLY_SIZE_MAX (64 * 1024)
#define INTERFACE "io.systemd.Machine."

static int varlink_open(Machined *machined)
{
	if (!*machined->instance->varlink_socket)
		return MACHINED_E_ABSENT;
	return machined_connect(machined, machined->instance->varlink_socket, &machined->fd);
}

static void varlink_close(Machined *machined)
{
	machined->fd = close_fd(machined->fd);
}

static int send_all(Machined *machined, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = send(machined->fd, data, size, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			data += n;
			size -= (size_t) n;
			continue;
		}
		/* a service that systemd would start for us, but may not, hangs up */
		if (errno == EPIPE || errno == ECONNRESET)
			return MACHINED_E_ABSENT;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = deadline_poll(&machined->deadline, machined->fd, POLLOUT);
		if (r < 0)
			return r;
	}
	return 0;
}

/* receive() - one message, without its NUL */
static int receive(Machined *machined, char **ret, size_t *ret_size)
{
	cleanup_free char *data = NULL;
	size_t size = 0;
	int r;

	data = malloc(REPLY_SIZE_MAX);
	if (!data)
		return -ENOMEM;

	while (size < REPLY_SIZE_MAX) {
		const char *end;
		ssize_t n;

		r = deadline_poll(&machined->deadline, machined->fd, POLLIN);
		if (r < 0)
			return r;
		n = recv(machined->fd, data + size, REPLY_SIZE_MAX - size, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (size == 0 && (n == 0 || (n < 0 && errno == ECONNRESET)))
			return MACHINED_E_ABSENT;
		if (n < 0)
			return -errno;
		if (n == 0)
			return machined_reason(machined, -EPROTO,
					       "it hung up in the middle of its answer");

		end = memchr(data + size, '\0', (size_t) n);
		size += (size_t) n;
		if (end) {
			*ret_size = (size_t) (end - data);
			*ret = steal_ptr(data);
			return 0;
		}
	}
	return machined_reason(machined, -E2BIG, "its answer is larger than the limit of %d bytes",
			       REPLY_SIZE_MAX);
}

/* from_error() - what an error of machined's means to us */
static int from_error(Machined *machined, const char *name, json_t *parameters)
{
	static const struct {
		const char *name;
		int result;
	} known[] = {
		{INTERFACE "MachineExists", MACHINED_E_EXISTS},
		{INTERFACE "NoSuchMachine", MACHINED_E_NO_MACHINE},
		{"org.varlink.service.MethodNotFound", MACHINED_E_ABSENT},
		{"org.varlink.service.MethodNotImplemented", MACHINED_E_ABSENT},
		{"org.varlink.service.InterfaceNotFound", MACHINED_E_ABSENT},
	};
	json_t *number = json_object_get(parameters, "errno");
	json_t *parameter = json_object_get(parameters, "parameter"); /* of InvalidParameter */

	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].result;

	/* io.systemd.System carries an errno: EEXIST is a leader that is known already */
	if (json_is_integer(number) && json_integer_value(number) == EEXIST)
		return MACHINED_E_EXISTS;

	if (json_is_integer(number) && json_integer_value(number) > 0 &&
	    json_integer_value(number) < 4096)
		return machined_reason(machined, -EREMOTEIO, "%.100s (%s)", name,
				       strerror((int) json_integer_value(number)));
	if (json_is_string(parameter))
		return machined_reason(machined, -EREMOTEIO, "%.100s (%.64s)", name,
				       json_string_value(parameter));
	return machined_reason(machined, -EREMOTEIO, "%.150s", name);
}

static int parse_reply(Machined *machined, const char *text, size_t size, json_t **ret)
{
	json_auto_t *reply = NULL;
	ParseError error = {};
	json_t *name, *parameters;
	int r;

	r = json_load_text(text, size, &reply, &error);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !json_is_object(reply))
		return machined_reason(machined, -EPROTO, "its answer is not Varlink: %s",
				       r < 0 ? error.reason : "no object");

	parameters = json_object_get(reply, "parameters");
	name = json_object_get(reply, "error");
	if (json_string_length(name) > 0)
		return from_error(machined, json_string_value(name), parameters);
	if (name || (parameters && !json_is_object(parameters)))
		return machined_reason(machined, -EPROTO, "its answer is not Varlink: wrong types");

	if (ret)
		*ret = json_incref(parameters);
	return 0;
}

/*
 * call() - one call and its answer
 * @parameters: reference that is taken over
 * @ret: the answer's parameters, a new reference, maybe NULL; may be NULL itself
 */
static int call(Machined *machined, const char *method, json_t *parameters, json_t **ret)
{
	json_auto_t *request = NULL;
	cleanup_free char *text = NULL, *reply = NULL;
	size_t size = 0;
	int r;

	machined->reason[0] = '\0';
	request = json_pack("{s:s, s:o}", "method", method, "parameters", parameters);
	if (!request)
		return -ENOMEM;
	text = json_dumps(request, JSON_COMPACT);
	if (!text)
		return -ENOMEM;

	r = send_all(machined, text, strlen(text) + 1);
	if (r != 0)
		return r;
	r = receive(machined, &reply, &size);
	if (r != 0)
		return r;
	return parse_reply(machined, reply, size, ret);
}

static int varlink_add(Machined *machined, const Machine *machine, const char *name)
{
	json_t *parameters;

	parameters = json_pack("{s:s, s:s, s:s, s:i}", "name", name, "class", MACHINE_CLASS,
			       "service", machine->service, "leader", (int) machine->leader);
	if (!parameters)
		return -ENOMEM;
	if ((machine->has_id &&
	     json_object_set_new(parameters, "id", json_string(machine->id.text)) < 0) ||
	    (*machine->root_directory &&
	     json_object_set_new(parameters, "rootDirectory",
				 json_string(machine->root_directory)) < 0)) {
		json_decref(parameters);
		return -ENOMEM;
	}
	return call(machined, INTERFACE "Register", parameters, NULL);
}

static int varlink_remove(Machined *machined, const char *name)
{
	return call(machined, INTERFACE "Unregister", json_pack("{s:s}", "name", name), NULL);
}

/* leader_of() - a number, or since 257.3 an object with it; 0 if there is none */
static pid_t leader_of(json_t *parameters)
{
	json_t *leader = json_object_get(parameters, "leader");
	double pid;

	if (json_is_object(leader))
		leader = json_object_get(leader, "pid");
	pid = json_number_value(leader);
	return pid >= 1 && pid <= INT32_MAX ? (pid_t) pid : 0;
}

static int read_entry(Machined *machined, json_t *parameters, MachinedEntry *ret)
{
	const char *name = json_string_value(json_object_get(parameters, "name"));
	const char *id = json_string_value(json_object_get(parameters, "id"));
	const char *root = json_string_value(json_object_get(parameters, "rootDirectory"));
	MachinedEntry entry = {.leader = leader_of(parameters)};

	if (!name || strlen(name) >= sizeof(entry.name) ||
	    (id && machine_id_parse(id, &entry.id) < 0))
		return machined_reason(machined, -EPROTO, "its answer describes no machine");
	strcpy(entry.name, name);
	entry.root_directory = strdup(root ?: "");
	if (!entry.root_directory)
		return -ENOMEM;

	*ret = entry;
	return 0;
}

static int find(Machined *machined, json_t *parameters, MachinedEntry *ret)
{
	json_auto_t *reply = NULL;
	int r;

	r = call(machined, INTERFACE "List", parameters, &reply);
	return r == 0 ? read_entry(machined, reply, ret) : r;
}

static int varlink_find_by_name(Machined *machined, const char *name, MachinedEntry *ret)
{
	return find(machined, json_pack("{s:s}", "name", name), ret);
}

static int varlink_find_by_leader(Machined *machined, pid_t leader, MachinedEntry *ret)
{
	/* 257 takes no plain number here */
	return find(machined, json_pack("{s:{s:i}}", "pid", "pid", (int) leader), ret);
}

const MachinedTransport machined_varlink = {
	.name = "Varlink",
	.open = varlink_open,
	.close = varlink_close,
	.add = varlink_add,
	.remove = varlink_remove,
	.find_by_name = varlink_find_by_name,
	.find_by_leader = varlink_find_by_leader,
};
