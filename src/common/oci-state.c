/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a container (runtime-spec runtime.md#state), read from a hook's stdin. */
#include "oci-state.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "oci-uses.h"

#define STATE_SIZE_MAX (1024 * 1024)
#define ID_LENGTH_MAX 1024

/** oci_state_done() - release what a state holds */
void oci_state_done(OciState *state)
{
	json_decref(state->json);
	*state = (OciState){};
}

static OciStatus status_from_string(const char *text)
{
	static const char *const names[] = {
		[OCI_STATUS_CREATING] = "creating",
		[OCI_STATUS_CREATED] = "created",
		[OCI_STATUS_RUNNING] = "running",
		[OCI_STATUS_STOPPED] = "stopped",
	};

	for (size_t i = OCI_STATUS_CREATING; text && i < ELEMENTSOF(names); i++)
		if (strcmp(text, names[i]) == 0)
			return (OciStatus) i;
	return OCI_STATUS_OTHER;
}

static int parse_id(OciState *state, ParseError *reterr)
{
	int r;

	r = json_need(json_object_get(state->json, "id"), JSON_STRING, reterr, "/id");
	if (r < 0)
		return r;
	state->id = json_string_value(json_object_get(state->json, "id"));

	if (!*state->id)
		return parse_error(reterr, -EINVAL, "/id", "is empty");
	if (strlen(state->id) > ID_LENGTH_MAX)
		return parse_error(reterr, -E2BIG, "/id", "is longer than the limit of %d bytes",
				   ID_LENGTH_MAX);
	/*
	 * No runtime takes such an id, and it becomes part of a path (crun's copy of config.json).
	 */
	if (strchr(state->id, '/') || strcmp(state->id, ".") == 0 || strcmp(state->id, "..") == 0)
		return parse_error(reterr, -EINVAL, "/id", "is not a container id");
	return 0;
}

static int parse_pid(OciState *state, ParseError *reterr)
{
	const json_t *value = json_member(state->json, "pid");
	uint32_t pid;
	int r;

	/* runc leaves it out and crun writes 0 where there is no process */
	if (!value)
		return 0;

	r = json_get_integer(value, INT_MAX, &pid, reterr, "/pid");
	if (r < 0)
		return r;
	state->pid = (pid_t) pid;
	return 0;
}

static int parse_bundle(OciState *state, ParseError *reterr)
{
	static const char *const places[] = {"/bundle", "/bundlePath"};

	/* the second one is of runtime-spec before 1.0 */
	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		int r = json_get_string(state->json, places[i] + 1, &state->bundle, reterr,
					places[i]);

		if (r < 0)
			return r;
		if (state->bundle && *state->bundle != '/')
			return parse_error(reterr, -EINVAL, places[i], "is not an absolute path");
		if (state->bundle)
			return 0;
	}
	return parse_error(reterr, -EINVAL, places[0], "is missing");
}

static int parse_state(OciState *state, ParseError *reterr)
{
	const char *status;
	int r;

	r = json_need(state->json, JSON_OBJECT, reterr, "/");
	if (r < 0)
		return r;

	r = parse_id(state, reterr);
	if (r < 0)
		return r;

	r = parse_pid(state, reterr);
	if (r < 0)
		return r;

	r = json_get_string(state->json, "status", &status, reterr, "/status");
	if (r < 0)
		return r;
	state->status = status_from_string(status);

	r = json_get_string(state->json, "root", &state->root, reterr, "/root");
	if (r < 0)
		return r;

	return parse_bundle(state, reterr);
}

/**
 * oci_state_read() - read a container's state
 * @fd: where from; read to its end, 1 MiB at most
 * @ret: the state; release with oci_state_done()
 * @reterr: what is wrong, on -EINVAL and -E2BIG
 *
 * Keys that are not known are ignored, as the specification demands.
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM, or the negative errno of read(2).
 */
int oci_state_read(int fd, OciState *ret, ParseError *reterr)
{
	cleanup_oci_state OciState state = {};
	int r;

	reterr->source = "state";
	r = json_read(fd, STATE_SIZE_MAX, oci_state_uses, &state.json, reterr);
	if (r < 0)
		return r;

	r = parse_state(&state, reterr);
	if (r < 0)
		return r;

	*ret = state;
	state = (OciState){};
	return 0;
}
