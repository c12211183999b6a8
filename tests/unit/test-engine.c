/* SPDX-License-Identifier: Apache-2.0 */
/* What annotations and the bundle's place tell of the engine. */
#include "register-machine-hook/engine.h"

#include "macro.h"
#include "tap.h"

static OciConfig config_of(const char *annotations)
{
	OciConfig config = {};

	config.json = json_loads(annotations, 0, NULL);
	ASSERT(config.json);
	config.annotations = config.json;
	return config;
}

static const char *service(const char *annotations, const char *bundle)
{
	cleanup_oci_config OciConfig config = config_of(annotations);
	const OciState state = {.bundle = bundle};

	return engine_service(&state, &config);
}

static void test_service(void)
{
	static const char moby[] = "/run/containerd/io.containerd.runtime.v2.task/moby/1234";
	static const char k8s[] = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/1234";

	ASSERT_STREQ(service("{\"io.container.manager\": \"libpod\"}", "/b"), "podman");
	ASSERT_STREQ(service("{\"io.container.manager\": \"cri-o\"}", "/b"), "cri-o");
	ASSERT_STREQ(service("{}", moby), "docker");
	ASSERT_STREQ(service("{}", k8s), "containerd");
	ASSERT_STREQ(service("{}", "/b"), "oci");
	/* a user of podman may write any value: none is passed on */
	ASSERT_STREQ(service("{\"io.container.manager\": \"systemd-nspawn\"}", "/b"), "oci");
	ASSERT_STREQ(service("{\"io.container.manager\": \"\"}", moby), "docker");
}

static void expect_name(const char *annotations, const char *wanted)
{
	cleanup_oci_config OciConfig config = config_of(annotations);
	cleanup_free char *name = NULL;

	ASSERT_EQ(engine_container_name(&config, &name), wanted ? 1 : 0);
	ASSERT_STREQ(name, wanted);
}

static void test_container_name(void)
{
	expect_name("{}", NULL);
	expect_name("{\"io.container.manager\": \"libpod\"}", NULL);
	/* CRI-O, with the kubelet's labels and without them */
	expect_name("{\"io.kubernetes.container.name\": \"httpd\", \"io.kubernetes.pod.name\": "
		    "\"web\", \"io.kubernetes.pod.namespace\": \"shop\"}",
		    "httpd-web-shop");
	expect_name("{\"io.kubernetes.cri-o.Name\": \"k8s_httpd_web_default_u1_0\"}",
		    "httpd-web-default");
	/* containerd */
	expect_name("{\"io.kubernetes.cri.container-name\": \"httpd\", "
		    "\"io.kubernetes.cri.sandbox-name\": \"web\", "
		    "\"io.kubernetes.cri.sandbox-namespace\": \"shop\"}",
		    "httpd-web-shop");
	/* not all of it */
	expect_name("{\"io.kubernetes.container.name\": \"httpd\"}", NULL);
	expect_name("{\"io.kubernetes.cri-o.Name\": \"k8s_httpd_web\"}", NULL);
	expect_name("{\"io.kubernetes.cri-o.Name\": \"k8s__web_default_u1_0\"}", NULL);
	expect_name("{\"io.kubernetes.cri-o.Name\": \"httpd_web_default_u1_0\"}", NULL);
}

static void test_endless_name(void)
{
	char text[2048], annotations[2200];
	cleanup_oci_config OciConfig config = {};
	cleanup_free char *name = NULL;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void) snprintf(annotations, sizeof(annotations),
			"{\"io.kubernetes.cri-o.Name\": \"k8s_%s_b_c_d\"}", text);
	config = config_of(annotations);
	ASSERT_EQ(engine_container_name(&config, &name), 0);
}

TAP_MAIN(TAP(test_service), TAP(test_container_name), TAP(test_endless_name))
