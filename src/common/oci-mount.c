/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of mounts in config.json (runtime-spec config.md#mounts). */
#include "oci-mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path-util.h"

/** oci_mount_done() - release what a mount holds */
void oci_mount_done(OciMount *mount)
{
	free(mount->path);
	*mount = (OciMount){};
}

/* get_string() - an optional member of the mount */
static int get_string(json_t *json, size_t index, const char *key, const char **ret,
		      ParseError *reterr)
{
	char place[64];

	(void) snprintf(place, sizeof(place), "/mounts/%zu/%s", index, key);
	return json_get_string(json, key, ret, reterr, place);
}

/**
 * oci_mount_parse() - read one entry
 * @json: the entry
 * @index: its place in the list, for messages
 * @ret: the mount; release with oci_mount_done()
 * @reterr: what is wrong, on -EINVAL
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int oci_mount_parse(json_t *json, size_t index, OciMount *ret, ParseError *reterr)
{
	const json_t *destination;
	OciMount mount = {};
	char place[64];
	int r;

	r = json_need(json, JSON_OBJECT, reterr, "/mounts/%zu", index);
	if (r < 0)
		return r;

	destination = json_object_get(json, "destination");
	r = json_need(destination, JSON_STRING, reterr, "/mounts/%zu/destination", index);
	if (r < 0)
		return r;
	r = get_string(json, index, "type", &mount.type, reterr);
	if (r < 0)
		return r;
	r = get_string(json, index, "source", &mount.source, reterr);
	if (r < 0)
		return r;

	mount.options = json_member(json, "options");
	(void) snprintf(place, sizeof(place), "/mounts/%zu/options", index);
	r = json_need_strings(mount.options, reterr, place);
	if (r < 0)
		return r;

	mount.path = path_normalize(json_string_value(destination));
	if (!mount.path)
		return -ENOMEM;
	*ret = mount;
	return 0;
}

/** oci_mount_has_option() - whether a mount lists an option */
bool oci_mount_has_option(const OciMount *mount, const char *option)
{
	for (size_t i = 0; i < json_array_size(mount->options); i++)
		if (strcmp(json_text(json_array_get(mount->options, i)) ?: "", option) == 0)
			return true;
	return false;
}

/** oci_mount_is_bind() - whether a mount shows something of the host (config.md#mounts) */
bool oci_mount_is_bind(const OciMount *mount)
{
	return (mount->type && strcmp(mount->type, "bind") == 0) ||
	       oci_mount_has_option(mount, "bind") || oci_mount_has_option(mount, "rbind");
}

/**
 * oci_mount_is_read_only() - whether a mount is read-only in the end (config.md#mounts)
 *
 * Options are read in their order, as the runtimes do. `rro` is recursive.
 */
bool oci_mount_is_read_only(const OciMount *mount)
{
	bool is_read_only = false;

	for (size_t i = 0; i < json_array_size(mount->options); i++) {
		const char *option = json_string_value(json_array_get(mount->options, i));

		if (strcmp(option, "ro") == 0 || strcmp(option, "rro") == 0)
			is_read_only = true;
		else if (strcmp(option, "rw") == 0 || strcmp(option, "rrw") == 0 ||
			 strcmp(option, "defaults") == 0)
			is_read_only = false;
	}
	return is_read_only;
}
