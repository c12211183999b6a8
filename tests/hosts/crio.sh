#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# Pods through crictl, where crio is installed: Debian has no package of it, so no line of the plan runs this. To run it,
# put crio, pinns and crictl into usr/local/bin of a stage.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
command -v crio crictl pinns >/dev/null || skip_all 'tool: crio, crictl or pinns is not installed'

manifest=/usr/share/doc/oci-systemd-hooks/docs/pod.yaml

oneTimeSetUp() {
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec /srv/tests/hosts/without-limits %s "$@"\n' "$RUNTIME" >/run/runtime
    chmod +x /run/runtime
    mkdir -p /etc/crio
    cat >/etc/crio/crio.conf <<'CONF'
[crio.runtime]
default_runtime = "mine"
pinns_path = "/usr/local/bin/pinns"
[crio.runtime.runtimes.mine]
runtime_path = "/run/runtime"
runtime_root = "/run/mine"
monitor_path = "/usr/bin/conmon"
[crio.image]
pause_image = "localhost/busybox:latest"
pause_command = "/bin/sleep infinity"
CONF
    printf 'runtime-endpoint: unix:///run/crio/crio.sock\ntimeout: 30\n' >/etc/crictl.yaml
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
    podman import -q -c 'CMD ["/sbin/init"]' -c 'STOPSIGNAL SIGRTMIN+3' "/srv/images/$SUITE.tar" localhost/httpd >/dev/null
    need_image busybox
    systemd-run -q --unit=crio -p Delegate=yes -p Type=notify -p ExecSearchPath=/usr/local/bin:/usr/bin:/usr/sbin crio
    wait_for 30 crictl info
    mark
}

oneTimeTearDown() {
    crictl rmp -fa >/dev/null 2>&1
    return 0
}

# start_pod NAME ANNOTATIONS: a pod as the kubelet makes it. Sets $id and $machine.
start_pod() {
    jq -n --arg name "$1" --argjson annotations "$2" '{
        labels: {"io.kubernetes.pod.name": $name, "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": $name},
        linux: {security_context: {namespace_options: {network: 2, pid: 1}}}} |
        (. + {metadata: {$name, namespace: "default", uid: $name, attempt: 0}, $annotations, log_directory: "/run"}),
        (. + {metadata: {name: "httpd"}, image: {image: "localhost/httpd:latest"}, command: ["/sbin/init"], log_path: "httpd.log"}
            | .labels += {"io.kubernetes.container.name": "httpd"})' >/run/both.json
    jq -s '.[0]' /run/both.json >/run/pod.json
    jq -s '.[1]' /run/both.json >/run/container.json
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

testPod() {
    start_pod plain '{}'
    assertEquals running "$(booted)"
    assertEquals 'hello from apache under systemd' "$(crictl exec "$id" curl -s -m 10 http://localhost/)"
    assertContains "$(machinectl list --no-legend --no-pager)" "$machine container cri-o"
    assertEquals "$machine" "$(crictl exec "$id" cat /etc/machine-id)"
    assertContains "$(journalctl --no-pager -M "$machine" -o cat)" 'Startup finished in'
    assertNotContains 'no directory on the host' "$(journals)" "$machine"
    assertNotContains "$(crictl exec "$id" findmnt -n -o VFS-OPTIONS /run)" noexec
    remove_pod
}

testPodOfTheManifest() {
    start_pod web "$(sed -n '/^  annotations:/,/^[^ ]/s/^    \([a-z.-]*\): \("[^"]*"\)$/"\1": \2/p' $manifest | paste -sd , | sed 's/.*/{&}/')"
    assertEquals '{"io.containers.register-machine":"false","io.containers.systemd-hook":"true"}' \
        "$(crictl inspect "$id" | jq -cS '.info.runtimeSpec.annotations | with_entries(select(.key | startswith("io.containers.")))')"
    assertEquals running "$(booted)"
    assertFalse 'registered' "has_machine $machine"
    remove_pod
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
