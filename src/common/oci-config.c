/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle's config.json (runtime-spec config.md, config-linux.md), as far as the hooks use it: a member
 * that is not among oci_config_uses never gets here.
 */
#include "oci-config.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bundle.h"
#include "oci-uses.h"
#include "path-util.h"

#define CONFIG_SIZE_MAX (16 * 1024 * 1024)

/** oci_config_done() - release what a config holds */
void oci_config_done(OciConfig *config)
{
	for (size_t i = 0; i < config->n_mounts; i++)
		oci_mount_done(&config->mounts[i]);
	free(config->mounts);
	free(config->root_path);
	json_decref(config->json);
	*config = (OciConfig){};
}

/* get_object() - an optional member that is an object; null counts as absent */
static int get_object(const json_t *parent, const char *key, json_t **ret, ParseError *reterr,
		      const char *place)
{
	*ret = json_member(parent, key);
	return *ret ? json_need(*ret, JSON_OBJECT, reterr, "%s", place) : 0;
}

/* get_array() - an optional member that is an array */
static int get_array(const json_t *parent, const char *key, json_t **ret, ParseError *reterr,
		     const char *place)
{
	*ret = json_member(parent, key);
	return *ret ? json_need(*ret, JSON_ARRAY, reterr, "%s", place) : 0;
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

static int parse_capabilities(OciConfig *config, json_t *process, ParseError *reterr)
{
	json_t *capabilities, *effective, *value;
	size_t i;
	int r;

	r = get_object(process, "capabilities", &capabilities, reterr, "/process/capabilities");
	if (r < 0)
		return r;
	r = get_array(capabilities, "effective", &effective, reterr,
		      "/process/capabilities/effective");
	if (r < 0)
		return r;
	json_array_foreach (effective, i, value)
		config->has_sys_admin |= strcmp(json_text(value) ?: "", "CAP_SYS_ADMIN") == 0;
	return 0;
}

/* parse_env() - keep the list, and refuse a variable of ours whose value a NUL would cut */
static int parse_env(OciConfig *config, json_t *process, ParseError *reterr)
{
	json_t *env, *value;
	size_t i;
	int r;

	r = get_array(process, "env", &env, reterr, "/process/env");
	if (r < 0)
		return r;
	json_array_foreach (env, i, value) {
		if (oci_env_is_used(json_string_value(value)))
			r = json_need(value, JSON_STRING, reterr, "/process/env/%zu", i);
		if (r < 0)
			return r;
	}
	config->env = env;
	return 0;
}

static int parse_process(OciConfig *config, ParseError *reterr)
{
	json_t *process, *args;
	int r;

	r = get_object(config->json, "process", &process, reterr, "/process");
	if (r < 0 || !process)
		return r;

	r = get_array(process, "args", &args, reterr, "/process/args");
	if (r >= 0 && json_array_size(args) > 0)
		r = json_need(json_array_get(args, 0), JSON_STRING, reterr, "/process/args/0");
	if (r < 0)
		return r;
	config->arg0 = json_string_value(json_array_get(args, 0));

	r = json_get_string(process, "cwd", &config->cwd, reterr, "/process/cwd");
	if (r < 0)
		return r;

	r = parse_env(config, process, reterr);
	if (r < 0)
		return r;
	return parse_capabilities(config, process, reterr);
}

static int parse_annotations(OciConfig *config, ParseError *reterr)
{
	json_t *annotations;
	int r;

	r = get_object(config->json, "annotations", &annotations, reterr, "/annotations");
	if (r < 0)
		return r;
	for (size_t i = 0; oci_annotation_uses[i].key; i++) {
		const char *key = oci_annotation_uses[i].key;
		const json_t *value = json_object_get(annotations, key);

		r = value ? json_need(value, JSON_STRING, reterr, "/annotations/%s", key) : 0;
		if (r < 0)
			return r;
	}
	config->annotations = annotations;
	return 0;
}

static int parse_mounts(OciConfig *config, ParseError *reterr)
{
	json_t *mounts, *value;
	size_t i;
	int r;

	mounts = json_member(config->json, "mounts");
	if (!mounts)
		return 0;
	r = json_need(mounts, JSON_ARRAY, reterr, "/mounts");
	if (r < 0)
		return r;

	config->mounts = calloc(json_array_size(mounts) + 1, sizeof(OciMount));
	if (!config->mounts)
		return -ENOMEM;

	json_array_foreach (mounts, i, value) {
		r = oci_mount_parse(value, i, &config->mounts[i], reterr);
		if (r < 0)
			return r;
		config->n_mounts++;
	}
	return 0;
}

static int parse_linux(OciConfig *config, ParseError *reterr)
{
	json_t *linux_object;
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
	return 0;
}

static int load(const OciState *state, const JsonUse *uses, OciConfig *ret, ParseError *reterr)
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
	fd = bundle_open_config(state);
	if (fd < 0)
		return fd;

	r = json_read(fd, CONFIG_SIZE_MAX, uses, &config.json, reterr);
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
 * oci_config_load() - read what the hooks use of a container's config.json
 * @state: the container
 * @ret: the config; release with oci_config_done()
 * @reterr: what is wrong, on -EINVAL and -E2BIG
 *
 * Return: 0, -EINVAL, -E2BIG (16 MiB is the limit), -ENOMEM, or the negative errno of open(2) or
 * read(2).
 */
int oci_config_load(const OciState *state, OciConfig *ret, ParseError *reterr)
{
	return load(state, oci_config_uses, ret, reterr);
}

/** oci_config_load_to_explain() - as oci_config_load(), with all annotations, hooks and namespaces */
int oci_config_load_to_explain(const OciState *state, OciConfig *ret, ParseError *reterr)
{
	return load(state, oci_explain_uses, ret, reterr);
}

/**
 * oci_config_annotation() - look an annotation up
 * @key: one of oci_annotation_uses
 *
 * Return: its value, or NULL if there is none.
 */
const char *oci_config_annotation(const OciConfig *config, const char *key)
{
	assert(oci_annotation_is_used(key));
	return json_string_value(json_object_get(config->annotations, key));
}

/**
 * oci_config_env() - look a variable of the container's process up
 * @name: a variable that oci_env_is_used() knows
 *
 * Return: its value (the last one, as getenv(3) in the container may differ), or NULL if there is
 * none.
 */
const char *oci_config_env(const OciConfig *config, const char *name)
{
	size_t length = strlen(name), i;
	const char *found = NULL;
	json_t *value;

	json_array_foreach ((json_t *) config->env, i, value) {
		const char *text = json_text(value);

		if (!text || strncmp(text, name, length) != 0 || text[length] != '=')
			continue;
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
 * Return: the last one at or above @path, as mounts are made in the order of the list and a later
 * one hides what an earlier one put below it; or NULL if that is the root file system.
 */
const OciMount *oci_config_mount_over(const OciConfig *config, const char *path)
{
	for (size_t i = config->n_mounts; i > 0; i--)
		if (path_below(path, config->mounts[i - 1].path))
			return &config->mounts[i - 1];
	return NULL;
}

/**
 * oci_config_is_kubernetes() - whether the container belongs to a pod of Kubernetes
 *
 * CRI-O hands the kubelet's labels down as annotations `io.kubernetes.pod.*`, containerd has its own
 * `io.kubernetes.cri.*`.
 */
bool oci_config_is_kubernetes(const OciConfig *config)
{
	static const char *const prefixes[] = {"io.kubernetes.pod.", "io.kubernetes.cri."};
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *) config->annotations, key, value)
		for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
			if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
				return true;
	return false;
}
