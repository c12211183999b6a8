#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# A config.json that CRI-O 1.34 wrote (tests/data/config-crio.json), run as CRI-O runs it, at the places that it names, with
# the hooks that its loader takes from our JSON: first of a pod of crictl, then of a pod of the kubelet.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

CONFIG=/srv/tests/data/config-crio.json
HOOKS=/usr/share/containers/oci/hooks.d
id=$(jq -r '.annotations["io.kubernetes.cri-o.ContainerID"]' $CONFIG)
machine=${id:0:32}
storage=/run/containers/storage/overlay-containers
bundle=$storage/$id/userdata

# What CRI-O prepares: the container's files, the pod's files and its namespaces.
oneTimeSetUp() {
    local rootfs name path
    rootfs=$(jq -r .root.path $CONFIG)
    mkdir -p "$rootfs" "$bundle"
    mount -t tmpfs tmpfs "$rootfs"
    tar -C "$rootfs" --numeric-owner --xattrs --xattrs-include='*' -xf "/srv/images/$SUITE.tar"
    jq -r ".mounts[].source | select(startswith(\"$storage\"))" $CONFIG | while read -r path; do
        mkdir -p "${path%/*}"
        case $path in
        */shm) mkdir "$path" && mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64m shm "$path" ;;
        *) : >"$path" ;;
        esac
    done
    jq -r '.linux.namespaces[] | select(.path) | "\(.type) \(.path)"' $CONFIG | while read -r name path; do
        mkdir -p "${path%/*}" && : >"$path" && unshare "--$name=$path" true
    done
    mark
    create '.' && pid=$("$RUNTIME" state "$id" | jq .pid)
}

oneTimeTearDown() {
    "$RUNTIME" delete -f "$id" 2>/dev/null
    return 0
}

# create CHANGE: the container, with a change of its config.json. Its annotation opts in besides its command: hence
# each hook twice.
create() {
    jq "del(.hooks) | $1" $CONFIG | crio-loader $HOOKS >"$bundle/config.json"
    assertEquals 'hooks' 4 "$(jq '.hooks.createRuntime | length' "$bundle/config.json")"
    run "$RUNTIME" --systemd-cgroup create --bundle "$bundle" "$id" </dev/null
    assertEquals "create: $err" 0 "$status"
    "$RUNTIME" start "$id"
}

status_of() {
    "$RUNTIME" state "$1" | jq -r .status
}

inside() {
    "$RUNTIME" exec "$id" "$@"
}

booted() {
    wait_for 30 inside test -S /run/dbus/system_bus_socket
    inside timeout 60 systemctl is-system-running --wait
}

# CRI-O sends the image's stop signal, which it keeps in an annotation.
stop() {
    "$RUNTIME" kill "$id" "$(jq -r '.annotations["org.opencontainers.image.stopSignal"]' $CONFIG)"
    assert_soon 'stopped' 20 is stopped status_of "$id"
    run "$RUNTIME" delete "$id"
    assertEquals "$err" 0 "$status"
    assert_soon 'the machine is gone' 5 is '' machines
}

testReachesRunning() {
    assertEquals running "$(booted)"
    assertEquals '' "$(inside systemctl --failed --no-legend)"
    assertEquals 'hello from apache under systemd' "$(inside curl -s -m 10 http://localhost/)"
}

testContainerHasOnlyWhatKubernetesGives() {
    assertEquals 'nine capabilities' 00000000000005fb "$(inside sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
}

testTmpfsCanExecute() {
    local directory
    for directory in /run /run/lock /tmp; do
        assertNotContains "$directory" "$(inside findmnt -n -o VFS-OPTIONS "$directory")" noexec
        run inside sh -c "cp /bin/true $directory/program && $directory/program && rm $directory/program"
        assertEquals "$directory: $err" 0 "$status"
    done
}

testOwnLimitsAreOutOfReach() {
    run inside sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
    run inside sh -c 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
    assertEquals "own cgroup: $err" 0 "$status"
}

testRegisteredWithOneId() {
    assertContains "$(machinectl list --no-legend --no-pager)" "$machine container cri-o"
    assertEquals "crio-$id.scope" "$(machinectl show -p Unit --value "$machine")"
    assertEquals "$pid" "$(machinectl show -p Leader --value "$machine")"
    assertEquals "$machine" "$(inside cat /etc/machine-id)"
    assertEquals "crio $machine" "$(inside cat /run/host/container-manager /run/host/container-uuid | paste -sd " ")"
    assertContains "$(journalctl --no-pager -M "$machine" -o cat)" 'Startup finished in'
}

testStopIsACleanShutdown() {
    stop
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | tail -n 1)" 'Journal stopped'
    rm -r "/var/log/journal/$machine"
}

# The kubelet's own labels are what tells a pod of Kubernetes from one of crictl.
testPodOfKubernetesKeepsItsJournal() {
    local file
    for file in $HOOKS/oci-register-machine{,-annotation}.json; do
        jq '.hook.args += ["--machine-name=engine"]' "$file" >/run/json && mv /run/json "$file"
    done
    create '.annotations += {"io.kubernetes.container.name": "httpd", "io.kubernetes.pod.name": "web",
        "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": "u1"}'
    assertEquals running "$(booted)"
    assertNotContains 'no directory on the host' "$(journals)" "$machine"
    assertContains "$(inside journalctl --no-pager -o cat -b)" 'Startup finished in'
    assertEquals 'the name' "httpd-web-default-${id:0:12}" "$(machines)"
    assertContains "$(journalctl --no-pager -M "httpd-web-default-${id:0:12}" -o cat)" 'Startup finished in'
    stop
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
