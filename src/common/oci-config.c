/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle's config.json (runtime-spec config.md, config-linux.md): the keys that the hooks use,
 * in one place. */
#include "oci-config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs-util.h"

#define CONFIG_SIZE_MAX (16 * 1024 * 1024)
#define CRUN_STATE_DIR "/run/crun"

/** oci_config_done() - release what a config holds */
void oci_config_done(OciConfig *config)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		free(config->mounts[i].path);
	free(config->mounts);
	free(config->root_path);
	json_decref(config->json);
	*config = (OciConfig){};
}

/* need_strings() - check an optional array of strings */
static int need_strings(const json_t *array, ParseError *reterr, const char *place)
{
	size_t i;
	json_t *value;
	int r;

	if (!array)
		return 0;

	r = json_need(array, JSON_ARRAY, reterr, "%s", place);
	if (r < 0)
		return r;
	json_array_foreach((json_t *) array, i, value)
	{
		r = json_need(value, JSON_STRING, reterr, "%s/%zu", place, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* get_object() - an optional member that is an object */
static int get_object(const json_t *parent, const char *key, json_t **ret, ParseError *reterr,
		      const char *place)
{
	*ret = json_object_get(parent, key);
	return *ret ? json_need(*ret, JSON_OBJECT, reterr, "%s", place) : 0;
}

static int parse_root(OciConfig *config, const OciState *state, ParseError *reterr)
{
	json_t *root;
	const char *path;
	int r;

	root = json_object_get(config->json, "root");
	r = json_need(root, JSON_OBJECT, reterr, "/root");
	if (r < 0)
		return r;

	r = json_need(json_object_get(root, "path"), JSON_STRING, reterr, "/root/path");
	if (r < 0)
		return r;
	path = json_string_value(json_object_get(root, "path"));
	if (!*path)
		return parse_error(reterr, -EINVAL, "/root/path", "is empty");

	if (*path == '/')
		config->root_path = strdup(path);
	else if (asprintf(&config->root_path, "%s/%s", state->bundle, path) < 0)
		config->root_path = NULL;
	return config->root_path ? 0 : -ENOMEM;
}

static int parse_process(OciConfig *config, ParseError *reterr)
{
	const json_t *args;
	json_t *process;
	int r;

	r = get_object(config->json, "process", &process, reterr, "/process");
	if (r < 0 || !process)
		return r;

	args = json_object_get(process, "args");
	r = need_strings(args, reterr, "/process/args");
	if (r < 0)
		return r;
	config->arg0 = json_string_value(json_array_get(args, 0));

	config->env = json_object_get(process, "env");
	return need_strings(config->env, reterr, "/process/env");
}

static int parse_annotations(OciConfig *config, ParseError *reterr)
{
	json_t *annotations, *value;
	const char *key;
	int r;

	r = get_object(config->json, "annotations", &annotations, reterr, "/annotations");
	if (r < 0)
		return r;
	json_object_foreach(annotations, key, value)
	{
		r = json_need(value, JSON_STRING, reterr, "/annotations/%s", key);
		if (r < 0)
			return r;
	}
	config->annotations = annotations;
	return 0;
}

static int parse_mount(OciMount *mount, json_t *json, size_t index, ParseError *reterr)
{
	char place[64];
	const char *destination;
	int r;

	(void) snprintf(place, sizeof(place), "/mounts/%zu", index);
	r = json_need(json, JSON_OBJECT, reterr, "%s", place);
	if (r < 0)
		return r;

	r = json_need(json_object_get(json, "destination"), JSON_STRING, reterr, "%s/destination",
		      place);
	if (r < 0)
		return r;
	destination = json_string_value(json_object_get(json, "destination"));

	r = json_get_string(json, "type", &mount->type, reterr, place);
	if (r < 0)
		return r;
	r = json_get_string(json, "source", &mount->source, reterr, place);
	if (r < 0)
		return r;

	mount->options = json_object_get(json, "options");
	(void) snprintf(place, sizeof(place), "/mounts/%zu/options", index);
	r = need_strings(mount->options, reterr, place);
	if (r < 0)
		return r;

	mount->path = path_normalize(destination);
	return mount->path ? 0 : -ENOMEM;
}

static int parse_mounts(OciConfig *config, ParseError *reterr)
{
	json_t *mounts, *value;
	size_t i;
	int r;

	mounts = json_object_get(config->json, "mounts");
	if (!mounts)
		return 0;
	r = json_need(mounts, JSON_ARRAY, reterr, "/mounts");
	if (r < 0)
		return r;

	config->mounts = calloc(json_array_size(mounts) + 1, sizeof(OciMount));
	if (!config->mounts)
		return -ENOMEM;

	json_array_foreach(mounts, i, value)
	{
		r = parse_mount(&config->mounts[i], value, i, reterr);
		if (r < 0)
			return r;
		config->n_mounts++;
	}
	return 0;
}

/* root_id() - the host's id of the container's root, by one of the two lists of mappings */
static int root_id(json_t *mappings, const char *list, uint32_t *ret, ParseError *reterr)
{
	static const char *const members[] = {"containerID", "hostID", "size"};
	json_int_t values[ELEMENTSOF(members)];
	json_t *mapping;
	size_t i;
	int r;

	if (!mappings)
		return 0;
	r = json_need(mappings, JSON_ARRAY, reterr, "/linux/%s", list);
	if (r < 0)
		return r;

	json_array_foreach(mappings, i, mapping)
	{
		for (size_t m = 0; m < ELEMENTSOF(members); m++) {
			const json_t *value = json_object_get(mapping, members[m]);

			r = json_need(value, JSON_INTEGER, reterr, "/linux/%s/%zu/%s", list, i,
				      members[m]);
			if (r < 0)
				return r;
			values[m] = json_integer_value(value);
			if (values[m] < 0 || values[m] > UINT32_MAX)
				return parse_error(reterr, -EINVAL, "/linux",
						   "%s has an id out of range", list);
		}
		if (values[0] == 0 && values[2] > 0)
			*ret = (uint32_t) values[1];
	}
	return 0;
}

static int parse_linux(OciConfig *config, ParseError *reterr)
{
	json_t *linux_object, *namespaces, *value;
	size_t i;
	int r;

	r = get_object(config->json, "linux", &linux_object, reterr, "/linux");
	if (r < 0 || !linux_object)
		return r;

	r = json_get_string(linux_object, "mountLabel", &config->mount_label, reterr,
			    "/linux/mountLabel");
	if (r < 0)
		return r;
	if (config->mount_label && !*config->mount_label)
		config->mount_label = NULL;

	namespaces = json_object_get(linux_object, "namespaces");
	if (namespaces) {
		r = json_need(namespaces, JSON_ARRAY, reterr, "/linux/namespaces");
		if (r < 0)
			return r;
	}
	json_array_foreach(namespaces, i, value)
	{
		const json_t *type = json_object_get(value, "type");

		r = json_need(type, JSON_STRING, reterr, "/linux/namespaces/%zu/type", i);
		if (r < 0)
			return r;
		if (strcmp(json_string_value(type), "user") == 0)
			config->has_user_namespace = true;
	}
	if (!config->has_user_namespace)
		return 0;

	r = root_id(json_object_get(linux_object, "uidMappings"), "uidMappings", &config->root_uid,
		    reterr);
	if (r < 0)
		return r;
	return root_id(json_object_get(linux_object, "gidMappings"), "gidMappings",
		       &config->root_gid, reterr);
}

/*
 * open_config() - open the bundle's config.json
 *
 * crun (every version up to 1.29.1) takes the bundle from its own working directory, which is "/"
 * under podman
 * --userns=nomap and the like; it keeps a copy of the file in its state directory.
 */
static int open_config(const OciState *state)
{
	cleanup_free char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/config.json", state->bundle) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 || errno != ENOENT || !state->root)
		return fd >= 0 ? fd : -errno;

	free(path);
	if (asprintf(&path, CRUN_STATE_DIR "/%s/config.json", state->id) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 ? fd : -errno;
}

/**
 * oci_config_load() - read the config.json of a container
 * @state: the container
 * @ret: the config; release with oci_config_done()
 * @reterr: what is wrong, on -EINVAL and -E2BIG
 *
 * Return: 0, -EINVAL, -E2BIG (16 MiB is the limit), -ENOMEM, or the negative errno of open(2) or
 * read(2).
 */
int oci_config_load(const OciState *state, OciConfig *ret, ParseError *reterr)
{
	static int (*const parsers[])(OciConfig *, ParseError *) = {
		parse_process,
		parse_annotations,
		parse_mounts,
		parse_linux,
	};
	cleanup_oci_config OciConfig config = {};
	cleanup_close int fd = -1;
	int r;

	reterr->source = "config.json";
	fd = open_config(state);
	if (fd < 0)
		return fd;

	r = json_read(fd, CONFIG_SIZE_MAX, &config.json, reterr);
	if (r < 0)
		return r;
	r = json_need(config.json, JSON_OBJECT, reterr, "/");
	if (r < 0)
		return r;
	r = parse_root(&config, state, reterr);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ELEMENTSOF(parsers); i++) {
		r = parsers[i](&config, reterr);
		if (r < 0)
			return r;
	}
	r = json_get_string(config.json, "hostname", &config.hostname, reterr, "/hostname");
	if (r < 0)
		return r;

	*ret = config;
	config = (OciConfig){};
	return 0;
}

/**
 * oci_config_annotation() - look an annotation up
 *
 * Return: its value, or NULL if there is none.
 */
const char *oci_config_annotation(const OciConfig *config, const char *key)
{
	return json_string_value(json_object_get(config->annotations, key));
}

/**
 * oci_config_env() - look a variable of the container's process up
 *
 * Return: its value (the last one, as getenv(3) in the container may differ), or NULL if there is
 * none.
 */
const char *oci_config_env(const OciConfig *config, const char *name)
{
	size_t length = strlen(name), i;
	const char *found = NULL;
	json_t *value;

	json_array_foreach((json_t *) config->env, i, value)
	{
		const char *text = json_string_value(value);

		if (strncmp(text, name, length) == 0 && text[length] == '=')
			found = text + length + 1;
	}
	return found;
}

/**
 * oci_config_mount_at() - the mount that config.json puts exactly at a path
 * @path: normalized path
 *
 * Return: the last one, which is on top, or NULL.
 */
const OciMount *oci_config_mount_at(const OciConfig *config, const char *path)
{
	for (size_t i = config->n_mounts; i > 0; i--)
		if (strcmp(config->mounts[i - 1].path, path) == 0)
			return &config->mounts[i - 1];
	return NULL;
}

/**
 * oci_config_mount_over() - the mount of config.json that a path is on, by name
 * @path: normalized path
 *
 * Return: the nearest one at or above @path, or NULL if that is the root file system.
 */
const OciMount *oci_config_mount_over(const OciConfig *config, const char *path)
{
	const OciMount *best = NULL;

	for (size_t i = 0; i < config->n_mounts; i++) {
		const OciMount *mount = &config->mounts[i];

		if (path_below(path, mount->path) &&
		    (!best || strlen(mount->path) >= strlen(best->path)))
			best = mount;
	}
	return best;
}

/**
 * oci_config_is_kubernetes() - whether the container belongs to a pod of Kubernetes
 *
 * CRI-O and containerd hand the kubelet's labels down as annotations `io.kubernetes.pod.*`.
 */
bool oci_config_is_kubernetes(const OciConfig *config)
{
	static const char prefix[] = "io.kubernetes.pod.";
	const char *key;
	json_t *value;

	json_object_foreach((json_t *) config->annotations, key,
			    value) if (strncmp(key, prefix, sizeof(prefix) - 1) == 0) return true;
	return false;
}

/** oci_mount_has_option() - whether a mount lists an option */
bool oci_mount_has_option(const OciMount *mount, const char *option)
{
	size_t i;
	json_t *value;

	json_array_foreach((json_t *) mount->options, i,
			   value) if (strcmp(json_string_value(value), option) == 0) return true;
	return false;
}

/** oci_mount_is_bind() - whether a mount shows something of the host (config.md#mounts) */
bool oci_mount_is_bind(const OciMount *mount)
{
	return (mount->type && strcmp(mount->type, "bind") == 0) ||
	       oci_mount_has_option(mount, "bind") || oci_mount_has_option(mount, "rbind");
}
