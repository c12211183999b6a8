#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# Pods through crictl, where crio is installed: Debian has no package of it, so no line of the plan runs this. To run it,
# put crio, pinns and crictl into usr/local/bin of a stage.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-pod.sh
. "${0%/*}/in-pod.sh"
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
