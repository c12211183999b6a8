/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's one id: in /etc/machine-id, in the journal's directory, in
 * /run/host/container-uuid and in systemd-machined. Both hooks find it here, each for itself, from
 * the same input. The image has no say in it.
 */
#include "identity.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "dlopen-util.h"
#include "fs-util.h"

#define MACHINE_ID_PATH "/etc/machine-id"
#define ID_DIGITS 32
#define UUID_LENGTH 36
#define FILE_SIZE_MAX 40

/*
 * Name space of the name-based ids (RFC 9562 section 5.5), made once with uuidgen(1). Never to be
 * changed.
 */
static const uuid_t identity_namespace = {0x8e, 0x1f, 0x5b, 0xd3, 0x0f, 0x3e, 0x4c, 0x0b,
					  0x9a, 0x72, 0x6d, 0x40, 0x4e, 0x1c, 0x97, 0x25};

DLOPEN_NOTE("identity", "Ids of containers whose own id is not hexadecimal", "recommended",
	    "libuuid.so.1");

/**
 * machine_id_parse() - read a machine id
 * @text: 32 hexadecimal digits, or a UUID with all its dashes; one line break may follow
 * @ret: the id in lower case
 *
 * Return: 0, or -EINVAL.
 */
int machine_id_parse(const char *text, MachineId *ret)
{
	size_t length = strcspn(text, "\n"), digits = 0;
	bool is_uuid = length == UUID_LENGTH;
	MachineId id;

	if ((length != ID_DIGITS && !is_uuid) || (text[length] && text[length + 1]))
		return -EINVAL;

	for (size_t i = 0; i < length; i++) {
		bool is_dash_place = is_uuid && (i == 8 || i == 13 || i == 18 || i == 23);

		if (is_dash_place ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return -EINVAL;
		if (!is_dash_place)
			id.text[digits++] = (char) tolower((unsigned char) text[i]);
	}
	id.text[ID_DIGITS] = '\0';
	*ret = id;
	return 0;
}

/** machine_id_equal() - whether two ids are the same */
bool machine_id_equal(const MachineId *a, const MachineId *b)
{
	return strcmp(a->text, b->text) == 0;
}

/** machine_id_is_null() - whether an id is all zeros, which machine-id(5) forbids */
bool machine_id_is_null(const MachineId *id)
{
	return strspn(id->text, "0") == ID_DIGITS;
}

/* parse_content() - the id in a file's content */
static int parse_content(const char *text, size_t size, MachineId *ret)
{
	return strlen(text) == size ? machine_id_parse(text, ret) : -EINVAL;
}

/**
 * machine_id_of_host() - the host's own id
 *
 * Return: 0, -EINVAL if the file holds none, or a negative errno of open(2) or read(2).
 */
int machine_id_of_host(MachineId *ret)
{
	cleanup_free char *text = NULL;
	size_t size;
	int r;

	r = read_file_at(AT_FDCWD, MACHINE_ID_PATH, FILE_SIZE_MAX, &text, &size);
	return r < 0 ? r : parse_content(text, size, ret);
}

/*
 * read_mounted() - the id in a file that the user mounted at /etc/machine-id
 *
 * Read where the mount comes from, on the host, so that both hooks see the same at every stage. A
 * volume above, at /etc, is not asked: engines fill a new one with the image's files, and the
 * container can write to it, so two containers could come to share an id.
 *
 * Return: 0, -ENODATA if the user gave no id, or another negative errno.
 */
static int read_mounted(const OciState *state, const OciConfig *config, MachineId *ret)
{
	const OciMount *mount = oci_config_mount_over(config, MACHINE_ID_PATH);
	cleanup_close int bundle_fd = -1, fd = -1;
	cleanup_free char *text = NULL;
	size_t size;
	int r;

	if (!mount || strcmp(mount->path, MACHINE_ID_PATH) != 0 || !oci_mount_is_bind(mount) ||
	    !mount->source)
		return -ENODATA;

	/* a relative source is relative to the bundle (config.md#mounts) */
	bundle_fd = open(state->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bundle_fd < 0)
		return -errno;
	fd = open_regular_at(bundle_fd, mount->source);
	if (fd < 0)
		return fd;
	r = read_limited(fd, FILE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	if (size == 0 || strcmp(text, "uninitialized\n") == 0)
		return -ENODATA;
	return parse_content(text, size, ret);
}

/*
 * is_engines_id() - whether a container's id is a random number, as engines make it
 *
 * In lower case only, and with nothing behind: of two such names that differ, each has to get a
 * machine id of its own.
 */
static bool is_engines_id(const char *id)
{
	size_t length = strspn(id, "0123456789abcdef");

	return length >= ID_DIGITS && !id[length];
}

/*
 * hash_names() - an id for a container whose own id is not hexadecimal
 *
 * With the bundle in it: a container `web` made again elsewhere is another one and must not inherit
 * a journal.
 */
static int hash_names(const OciState *state, MachineId *ret)
{
	__typeof__(&uuid_generate_sha1) generate;
	const DlopenSymbol symbols[] = {{"uuid_generate_sha1", &generate}};
	cleanup_free char *name = NULL;
	uuid_t uuid;
	int length, r;

	r = dlopen_symbols("libuuid.so.1", symbols, ELEMENTSOF(symbols));
	if (r < 0)
		return r;

	length = asprintf(&name, "%s\n%s", state->id, state->bundle);
	if (length < 0) {
		name = NULL;
		return -ENOMEM;
	}
	generate(uuid, identity_namespace, name, (size_t) length);
	for (size_t i = 0; i < sizeof(uuid); i++)
		(void) snprintf(ret->text + 2 * i, 3, "%02x", uuid[i]);
	return 0;
}

/* find_own() - the id that a container has by itself */
static int find_own(const OciState *state, MachineId *ret, IdentitySource *ret_source)
{
	if (is_engines_id(state->id)) {
		(void) snprintf(ret->text, sizeof(ret->text), "%s", state->id);
		*ret_source = IDENTITY_FROM_CONTAINER;
		return 0;
	}
	*ret_source = IDENTITY_FROM_HASH;
	return hash_names(state, ret);
}

/**
 * identity_find() - find the container's id
 * @state: the container
 * @config: its config.json
 * @from_env: whether the image may choose it by `container_uuid` (--id-from-env)
 * @ret: the id
 * @ret_source: where it was found
 *
 * A file of the user's that cannot be read, or holds no id, is not passed over in silence:
 * @ret_source is IDENTITY_UNKNOWN then. An empty or `uninitialized` file is for PID 1 to write to.
 *
 * Return: 0, -ELIBACC if libuuid is needed and cannot be loaded, or another negative errno if
 * nothing could be found out.
 */
int identity_find(const OciState *state, const OciConfig *config, bool from_env, MachineId *ret,
		  IdentitySource *ret_source)
{
	const char *uuid = from_env ? oci_config_env(config, "container_uuid") : NULL;
	int r;

	r = read_mounted(state, config, ret);
	if (r < 0 && r != -ENODATA && !file_is_at_fault(r))
		return r;
	if (r != -ENODATA) {
		*ret_source = r >= 0 ? IDENTITY_FROM_MOUNT : IDENTITY_UNKNOWN;
		return r >= 0 ? 0 : find_own(state, ret, &(IdentitySource){0});
	}

	if (uuid && machine_id_parse(uuid, ret) >= 0) {
		*ret_source = IDENTITY_FROM_ENV;
		return 0;
	}

	return find_own(state, ret, ret_source);
}

/**
 * identity_is_usable() - whether a container can have an id in its /etc/machine-id, on the host and
 * in systemd-machined
 * @id: the id
 * @source: where it was found
 *
 * Return: 1, 0 if it is the host's or all zeros, or if the user's file cannot be used, or a negative
 * errno if the host's id cannot be read for now.
 */
int identity_is_usable(const MachineId *id, IdentitySource source)
{
	MachineId host;
	int r;

	if (source == IDENTITY_UNKNOWN || machine_id_is_null(id))
		return 0;
	r = machine_id_of_host(&host);
	if (r < 0)
		return file_is_at_fault(r) ? 1 : r;
	return !machine_id_equal(id, &host);
}
