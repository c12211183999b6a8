# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # out, err and status are set by run
# What the tests share that talk with an engine of Kubernetes through crictl.

# start_pod NAME ANNOTATIONS [CHANGE]: a pod as the kubelet makes it, with a change of the container. Sets $id and $machine.
start_pod() {
    jq -n --arg name "$1" --argjson annotations "$2" '{
        labels: {"io.kubernetes.pod.name": $name, "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": $name},
        linux: {security_context: {namespace_options: {network: 2, pid: 1}}}} |
        (. + {metadata: {$name, namespace: "default", uid: $name, attempt: 0}, $annotations, log_directory: "/run"}
            | .linux.cgroup_parent = "system.slice"),
        (. + {metadata: {name: "httpd"}, image: {image: "localhost/httpd:latest"}, command: ["/sbin/init"], log_path: "httpd.log"}
            | .labels += {"io.kubernetes.container.name": "httpd"})' >/run/both.json
    jq -s '.[0]' /run/both.json >/run/pod.json
    jq -s ".[1] | ${3:-.}" /run/both.json >/run/container.json
    run crictl run --no-pull /run/container.json /run/pod.json
    assertEquals "crictl run: $err" 0 "$status" || return
    id=$out machine=${id:0:32}
}

booted() {
    wait_for 30 crictl exec "$id" test -S /run/dbus/system_bus_socket
    crictl exec "$id" timeout 60 systemctl is-system-running --wait
}

remove_pod() {
    local start=$SECONDS
    run crictl stop -t 20 "$id"
    assertEquals "$err" 0 "$status"
    assertTrue "took $((SECONDS - start)) s" "[ $((SECONDS - start)) -lt 10 ]"
    assertEquals 0 "$(crictl inspect "$id" | jq .status.exitCode)"
    crictl rmp -fa >/dev/null
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
}
