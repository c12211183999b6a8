/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's config.json and bundle tell of the engine that made it. */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONTAINERD_TASKS "/run/containerd/io.containerd.runtime.v2.task/"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/**
 * engine_service() - what machined is to show as the machine's service
 * @state: the container
 * @config: its config.json
 *
 * One of a fixed set of words. podman and CRI-O say who they are by an annotation; containerd, and
 * Docker on top of it, only by where they keep their bundles.
 *
 * Return: the word, `oci` if no engine is known.
 */
const char *engine_service(const OciState *state, const OciConfig *config)
{
	const char *manager = oci_config_annotation(config, "io.container.manager");

	if (manager && strcmp(manager, "libpod") == 0)
		return "podman";
	if (manager && strcmp(manager, "cri-o") == 0)
		return "cri-o";
	if (starts_with(state->bundle, CONTAINERD_TASKS "moby/"))
		return "docker";
	if (starts_with(state->bundle, CONTAINERD_TASKS))
		return "containerd";
	return "oci";
}

/* name_of_kubelet() - `container-pod-namespace` as CRI-O keeps it in one annotation */
static int name_of_kubelet(const char *text, char **ret)
{
	/* k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT; none of these names can have an underscore */
	char container[254], pod[254], namespace[254];

	if (!text ||
	    sscanf(text, "k8s_%253[^_]_%253[^_]_%253[^_]_", container, pod, namespace) != 3)
		return 0;
	return asprintf(ret, "%s-%s-%s", container, pod, namespace) < 0 ? -ENOMEM : 1;
}

/**
 * engine_container_name() - the name by which an operator knows the container
 * @config: the container
 * @ret: `container-pod-namespace`, to be freed
 *
 * Only the engines of Kubernetes write it down where a hook can see it. podman does not: no
 * annotation has the container's name, the host name need not be it, and the store of containers is
 * podman's private affair.
 *
 * Return: 1, 0 if there is none, or -ENOMEM.
 */
int engine_container_name(const OciConfig *config, char **ret)
{
	static const char *const keys[][3] = {
		{"io.kubernetes.container.name", "io.kubernetes.pod.name",
		 "io.kubernetes.pod.namespace"},
		{"io.kubernetes.cri.container-name", "io.kubernetes.cri.sandbox-name",
		 "io.kubernetes.cri.sandbox-namespace"},
	};

	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		const char *container = oci_config_annotation(config, keys[i][0]);
		const char *pod = oci_config_annotation(config, keys[i][1]);
		const char *namespace = oci_config_annotation(config, keys[i][2]);

		if (container && pod && namespace)
			return asprintf(ret, "%s-%s-%s", container, pod, namespace) < 0 ? -ENOMEM
											: 1;
	}
	return name_of_kubelet(oci_config_annotation(config, "io.kubernetes.cri-o.Name"), ret);
}
