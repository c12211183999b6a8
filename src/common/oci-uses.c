/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hooks use of a container's state and config.json: no more than this is ever parsed. Say
 * here what you begin to use, and in hooks/README.md, "What they read".
 */
#include "oci-uses.h"

#include <string.h>

#define USE(...)                                                                                   \
	{                                                                                          \
		.key = __VA_ARGS__                                                                 \
	}

const JsonUse oci_state_uses[] = {
	USE("id"),
	USE("pid"),
	USE("status"),
	USE("root"), /* crun's own */
	USE("bundle"),
	USE("bundlePath"), /* of runtime-spec before 1.0 */
	{},
};

#define ANNOTATIONS                                                                                \
	USE("io.containers.systemd-hook"), USE("io.containers.systemd-hook.journal"),              \
		USE("io.containers.register-machine"), USE("io.containers.machine-name"),          \
		USE("io.container.manager"), USE("io.podman.annotations.autoremove"),              \
		USE("io.kubernetes.container.name"), USE("io.kubernetes.pod.name"),                \
		USE("io.kubernetes.pod.namespace"), USE("io.kubernetes.cri.container-name"),       \
		USE("io.kubernetes.cri.sandbox-name"), USE("io.kubernetes.cri.sandbox-namespace"), \
		USE("io.kubernetes.cri-o.Name"), USE("org.opencontainers.image.stopSignal")

const JsonUse oci_annotation_uses[] = {ANNOTATIONS, {}};

/* whether there are any of Kubernetes: oci_config_is_kubernetes() */
static const JsonUse annotations[] = {
	ANNOTATIONS,
	USE("io.kubernetes.pod.*"),
	USE("io.kubernetes.cri.*"),
	{},
};

static const char *const variables[] = {"PATH", "container_uuid", "oci-systemd-hook"};

static const JsonUse root[] = {USE("path"), {}};
static const JsonUse capabilities[] = {USE("effective"), {}};
static const JsonUse process[] = {
	USE("args"), USE("cwd"), USE("env"), USE("capabilities", .members = capabilities), {},
};
static const JsonUse mounts[] = {
	USE("destination"), USE("type"), USE("source"), USE("options"), {},
};
static const JsonUse linux_members[] = {USE("mountLabel"), {}};

/* with which options the engine calls which hook: policy.c */
static const JsonUse hook[] = {USE("path"), USE("args"), {}};
static const JsonUse hooks[] = {
	USE("createRuntime", .members = hook),
	USE("prestart", .members = hook),
	USE("poststop", .members = hook),
	{},
};

const JsonUse oci_config_uses[] = {
	USE("root", .members = root),
	USE("process", .members = process),
	USE("annotations", .members = annotations),
	USE("mounts", .members = mounts),
	USE("linux", .members = linux_members),
	USE("hostname"),
	USE("hooks", .members = hooks),
	{},
};

/* oci-hooks-check explains besides by which annotation an engine chose the hooks. */
static const JsonUse all_annotations[] = {ANNOTATIONS, USE("*"), {}};
static const JsonUse namespaces[] = {USE("type"), {}};
static const JsonUse explained_linux[] = {
	USE("mountLabel"),
	USE("namespaces", .members = namespaces),
	{},
};

const JsonUse oci_explain_uses[] = {
	USE("root", .members = root),
	USE("process", .members = process),
	USE("annotations", .members = all_annotations),
	USE("mounts", .members = mounts),
	USE("linux", .members = explained_linux),
	USE("hostname"),
	USE("hooks", .members = hooks),
	{},
};

/** oci_annotation_is_used() - whether a key is one of oci_annotation_uses */
bool oci_annotation_is_used(const char *key)
{
	for (const JsonUse *use = oci_annotation_uses; use->key; use++)
		if (strcmp(use->key, key) == 0)
			return true;
	return false;
}

/**
 * oci_env_is_used() - whether an entry of process.env gives a variable that the hooks use its value
 * @entry: NAME=VALUE, which a NUL may cut; NULL is none
 */
bool oci_env_is_used(const char *entry)
{
	for (size_t i = 0; entry && i < sizeof(variables) / sizeof(variables[0]); i++) {
		size_t length = strlen(variables[i]);

		if (strncmp(entry, variables[i], length) == 0 && entry[length] == '=')
			return true;
	}
	return false;
}
