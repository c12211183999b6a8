/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an engine still has a container: the hook's own rule (container-home.c), and for Docker the
 * daemon's word. Docker keeps no list of its containers but their directories, and an empty directory
 * may be what is left of a data-root that was moved. So the daemon has to say that it knows no such
 * container. Where none answers, a container is not gone.
 */
#include "container-gone.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define DOCKER_SOCKET "/run/docker.sock"
#define TIMEOUT_SEC 5

static int connect_docker(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX,
						   .sun_path = DOCKER_SOCKET};
	static const struct timeval timeout = {.tv_sec = TIMEOUT_SEC};
	cleanup_close int fd = -1;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* read_answer() - as much as there is room for */
static int read_answer(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while (length < size - 1) {
		n = recv(fd, text + length, size - 1 - length, 0);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t) n;
	}
	text[length] = '\0';
	return 0;
}

/* ask_docker() - GET /containers/{id}/json of Docker's API: 200, or 404 with a message */
static Presence ask_docker(const char *id)
{
	cleanup_close int fd = -1;
	char request[256], answer[4096];
	int length, status;

	for (const char *c = id; *c; c++)
		if (!isxdigit((unsigned char) *c))
			return PRESENCE_UNKNOWN;
	length = snprintf(request, sizeof(request),
			  "GET /containers/%.128s/json HTTP/1.0\r\nHost: docker\r\n\r\n", id);
	fd = connect_docker();
	if (fd < 0 || send(fd, request, (size_t) length, MSG_NOSIGNAL) != length ||
	    read_answer(fd, answer, sizeof(answer)) < 0 ||
	    sscanf(answer, "HTTP/1.%*1[01] %d", &status) != 1)
		return PRESENCE_UNKNOWN;
	if (status == 200)
		return PRESENCE_THERE;
	return status == 404 && strstr(answer, "No such container") ? PRESENCE_GONE
								    : PRESENCE_UNKNOWN;
}

/**
 * container_presence() - whether a container is gone, and not only stopped
 * @owner: the container, as a mark names it
 *
 * Return: PRESENCE_THERE, PRESENCE_GONE or PRESENCE_UNKNOWN.
 */
Presence container_presence(const JournalOwner *owner)
{
	Presence presence = container_home_presence(owner->id, owner->bundle, &owner->home);

	return presence == PRESENCE_ASK_DOCKER ? ask_docker(owner->id) : presence;
}

/** container_is_gone() - whether a container is known to be gone */
bool container_is_gone(const JournalOwner *owner)
{
	return container_presence(owner) == PRESENCE_GONE;
}
