#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# Pods of containerd through crictl, with hooks by NRI's hook-injector and by our CDI device. Debian has no package of
# either tool, so no line of the plan runs this. To run it, put crictl and hook-injector into usr/local/bin of a stage.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-pod.sh
. "${0%/*}/in-pod.sh"
command -v crictl hook-injector >/dev/null || skip_all 'tool: crictl or hook-injector is not installed'

oneTimeSetUp() {
    local image
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec /srv/tests/hosts/without-limits %s "$@"\n' "$RUNTIME" >/run/runtime
    chmod +x /run/runtime
    mkdir -p /etc/containerd /opt/nri/plugins
    containerd config default | sed "s|sandbox = .*|sandbox = 'localhost/busybox:latest'|; s|SystemdCgroup = false|SystemdCgroup = true|
        s|BinaryName = ''|BinaryName = '/run/runtime'|" >/etc/containerd/config.toml
    printf 'runtime-endpoint: unix:///run/containerd/containerd.sock\ntimeout: 30\n' >/etc/crictl.yaml
    podman import -q -c 'STOPSIGNAL SIGRTMIN+3' "/srv/images/$SUITE.tar" localhost/httpd >/dev/null
    podman import -q -c 'CMD ["/bin/sleep", "infinity"]' /srv/images/busybox.tar localhost/busybox >/dev/null
    systemctl start containerd
    for image in httpd busybox; do
        podman save -q -o /tmp/image localhost/$image && ctr -n k8s.io image import /tmp/image >/dev/null
        rm /tmp/image
    done
    mark
}

oneTimeTearDown() {
    crictl rmp -fa >/dev/null 2>&1
    return 0
}

assert_pod() {
    assertEquals running "$(booted)"
    assertContains "$(machinectl list --no-legend --no-pager)" "$machine container containerd"
    assertEquals "$machine" "$(crictl exec "$id" cat /etc/machine-id)"
    assertContains "$(journalctl --no-pager -M "$machine" -o cat)" 'Startup finished in'
    assertNotContains 'no directory on the host' "$(journals)" "$machine"
    remove_pod
}

testCdiDevice() {
    start_pod cdi '{}' '.CDI_devices = [{name: "oci-systemd-hooks/container=systemd"}]'
    assert_pod
}

testHookInjector() {
    cp "$(command -v hook-injector)" /opt/nri/plugins/10-hook-injector
    systemctl restart containerd
    wait_for 30 crictl info
    start_pod nri '{}'
    assert_pod
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
