/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte that chooses a call, a byte that says how the answer comes in pieces, and the answer: it is understood, or
 * refused with a reason, the same way in pieces and as a whole.
 */
#include <errno.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "json.h"
#include "register-machine-hook/machined-varlink.h"

#define ID "81f9f270b6608ffb6a500ac7ec36e137"
#define ANSWER_SIZE_MAX 70000
#define LIMIT_USEC 20000000

static const Machine machine = {
	.name = {"web"},
	.id = {ID},
	.has_id = true,
	.service = "podman",
	.root_directory = (char *) "/var/lib/ctr",
	.leader = 4711,
	.leader_pidfd = -1,
};

typedef struct Result {
	int r;
	MachinedEntry entry;
	char reason[sizeof(((Machined *) NULL)->reason)];
} Result;

/* answer() - what machined sends: a packet is what one recv(2) gets */
static void answer(int fd, const uint8_t *data, size_t size, size_t piece)
{
	while (size > 0) {
		size_t n = MIN(size, piece);

		assert(send(fd, data, n, 0) == (ssize_t) n);
		data += n;
		size -= n;
		/* the queue of a socket is short */
		piece = MIN(piece * 2, (size_t) ANSWER_SIZE_MAX);
	}
	assert(shutdown(fd, SHUT_WR) == 0);
}

/* check_request() - one JSON object and a NUL */
static void check_request(int fd)
{
	json_auto_t *request = NULL;
	char text[4096];
	ssize_t n;

	n = recv(fd, text, sizeof(text), 0);
	assert(n > 1 && strnlen(text, sizeof(text)) == (size_t) n - 1);
	request = json_loads(text, 0, NULL);
	assert(json_string_value(json_object_get(request, "method")));
}

static Result call(unsigned int method, const uint8_t *data, size_t size, size_t piece)
{
	Machined machined = MACHINED_NULL;
	Result result = {};
	int fds[2];

	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	machined.deadline = deadline_in(LIMIT_USEC);
	machined.fd = fds[0];
	answer(fds[1], data, size, piece);
	switch (method % 4) {
	case 0:
		result.r = machined_varlink.add(&machined, &machine, "web");
		break;
	case 1:
		result.r = machined_varlink.remove(&machined, "web");
		break;
	case 2:
		result.r = machined_varlink.find_by_name(&machined, "web", &result.entry);
		break;
	default:
		result.r = machined_varlink.find_by_leader(&machined, 4711, &result.entry);
	}
	check_request(fds[1]);
	memcpy(result.reason, machined.reason, sizeof(result.reason));
	machined_varlink.close(&machined);
	(void) close(fds[1]);
	return result;
}

static void check(const Result *result, bool is_find)
{
	const MachinedEntry *entry = &result->entry;

	assert(result->r == 0 || result->r == MACHINED_E_ABSENT || result->r == MACHINED_E_EXISTS ||
	       result->r == MACHINED_E_NO_MACHINE || result->r == -EPROTO || result->r == -E2BIG ||
	       result->r == -EREMOTEIO);
	assert((result->r < 0) == (*result->reason != '\0'));
	assert((entry->root_directory != NULL) == (result->r == 0 && is_find));
	if (entry->root_directory)
		assert((!*entry->id.text || fuzz_is_id(entry->id.text)) && entry->leader >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned int method = fuzz_byte(&data, &size);
	const size_t piece = 1U + fuzz_byte(&data, &size);
	Result whole, pieces;

	size = MIN(size, (size_t) ANSWER_SIZE_MAX);
	whole = call(method, data, size, ANSWER_SIZE_MAX);
	check(&whole, method % 4 >= 2);
	pieces = call(method, data, size, piece);
	check(&pieces, method % 4 >= 2);
	assert(whole.r == pieces.r && strcmp(whole.reason, pieces.reason) == 0);
	assert(strcmp(whole.entry.name, pieces.entry.name) == 0 &&
	       machine_id_equal(&whole.entry.id, &pieces.entry.id) &&
	       whole.entry.leader == pieces.entry.leader);
	machined_entry_done(&whole.entry);
	machined_entry_done(&pieces.entry);
	return 0;
}
