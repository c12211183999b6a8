#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ways in which podman may be told to run a container, and what starts it: options, pods, Quadlet, Kubernetes YAML.
# The containers of the first tests boot side by side.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    need_image busybox
    mkdir -p /tmp/no-hooks
    options_before=$(cgroup_options)
    declare -gA machine_of said_by
    begin always --systemd=always web
    begin off --systemd=false --stop-signal SIGRTMIN+3 web
    begin privileged --privileged web
    begin plain-privileged --hooks-dir /tmp/no-hooks --privileged web
    begin host-cgroups --cgroupns=host web
    begin split --cgroups=split web
    podman pod create --name pod >/dev/null
    begin in-pod --pod pod web
    begin beside --pod pod busybox
}

oneTimeTearDown() {
    remove_all
    podman pod rm -f -a >/dev/null 2>&1
    return 0
}

# begin NAME OPTION... IMAGE
begin() {
    mark
    start "$@"
    machine_of[$1]=$machine
    said_by[$1]=$(said)
}

cgroup_options() {
    findmnt -n -o FS-OPTIONS /sys/fs/cgroup
}

# assert_boots NAME [UNIT]
assert_boots() {
    local id=${machine_of[$1]} unit
    unit=${2:-libpod-$(podman inspect -f '{{.Id}}' "$1").scope}
    assertEquals "$1" running "$(state_of "$1")"
    assert_set_up "$1" "$unit"
    assertEquals "$1: the hooks said" '' "${said_by[$1]}"
}

# assert_set_up NAME UNIT: all that the hooks promise
assert_set_up() {
    local id=${machine_of[$1]} path
    for path in /run /run/lock /run/host /tmp "/var/log/journal/$id"; do
        assertEquals "$1: $path" tmpfs "$(podman exec "$1" findmnt -n -o FSTYPE --mountpoint "$path" | tail -n 1)"
    done
    assertEquals "$1: id" "$id" "$(podman exec "$1" cat /etc/machine-id)"
    assertEquals "$1: unit" "$2" "$(machinectl show -p Unit --value "$id")"
    assertTrue "$1: journal" "[ -s '/var/log/journal/$id/system.journal' ]"
    assertTrue "$1: own cgroup" "podman exec '$1' sh -c 'mkdir /sys/fs/cgroup/x && rmdir /sys/fs/cgroup/x'"
}

testSystemdAlways() {
    assert_boots always
}

# podman does nothing for systemd then: it is all the hooks' work. The stop signal is podman's, and so an option here.
testSystemdFalse() {
    assert_boots off
    run podman stop -t 8 off
    assertEquals 'clean shutdown' 0 "$(podman inspect -f '{{.State.ExitCode}}' off)"
}

# Some of its mounts are not for a container; podman alone has the same ones.
testPrivileged() {
    state_of plain-privileged >/dev/null
    assertEquals "$(state_of plain-privileged)" "$(state_of privileged)"
    assertEquals "$(podman exec plain-privileged systemctl --failed --no-legend)" \
        "$(podman exec privileged systemctl --failed --no-legend)"
    assert_set_up privileged "libpod-$(podman inspect -f '{{.Id}}' privileged).scope"
    assertEquals '' "${said_by[privileged]}"
}

# podman gives it the host's whole tree, writable; crun or runc mount it without its options, which then are gone.
testCgroupNamespaceOfTheHost() {
    assertContains "${said_by[host-cgroups]}" "may write the host's whole cgroup tree"
    said_by[host-cgroups]=
    assert_boots host-cgroups
}

testCgroupsSplit() {
    assert_boots split testhost.service
}

testCgroupsDisabled() {
    mark
    if [ "$RUNTIME" = runc ]; then
        run podman run -d --name disabled --cgroups=disabled web
        assertContains "podman's own word" "$err" 'not compatible with NoCgroups'
        return
    fi
    start disabled --cgroups=disabled web || return
    assertEquals running "$(state_of disabled)"
    assertTrue 'never registered in the unit of its starter' "has_no_machine $machine"
    assertContains "$(said)" 'Not registered with systemd-machined: its unit is not its own'
    assertTrue 'journal' "[ -s '/var/log/journal/$machine/system.journal' ]"
}

testPod() {
    assert_boots in-pod
    machinectl poweroff "${machine_of[in-pod]}"
    assert_soon 'the container ends' 20 is exited podman inspect -f '{{.State.Status}}' in-pod
    assertEquals 'the pod goes on' running "$(podman inspect -f '{{.State.Status}}' beside)"
}

# unit FILE TEXT: a Quadlet file
unit() {
    mkdir -p /etc/containers/systemd
    printf '%s\n' "$2" >/etc/containers/systemd/"$1"
}

# assert_stops VERB SERVICE NAME: machinectl ends the container, and with it its own service alone
assert_stops() {
    local others
    others=$(systemctl list-units --plain --no-legend --state=active 'q-*.service' | cut -d ' ' -f 1 | grep -v "$2")
    run machinectl "$1" "$3"
    if [ "$1 $SUITE" = 'terminate forky' ]; then
        # the machine is in a cgroup below its unit, and machined stops no unit for that
        assertContains "$err" 'No such process'
        assertEquals "$2" active "$(systemctl is-active "$2")"
    else
        assertEquals "$1: $err" 0 "$status"
        assert_soon "$2 ended" 30 is inactive systemctl is-active "$2"
    fi
    assertEquals "$1: the others" "$others" \
        "$(systemctl list-units --plain --no-legend --state=active 'q-*.service' | cut -d ' ' -f 1 | grep -v "$2")"
}

# podman of Debian 12 has no Quadlet.
testQuadlet() {
    local name id container
    [ "$SUITE" != bookworm ] || return 0
    container=$'[Container]\nImage=localhost/web\nContainerName=%N'
    unit q-one.container "$container"
    unit q-two.container "$container"
    unit q-pod.pod '[Pod]'
    unit q-three.container "$container"$'\nPod=q-pod.pod'
    unit q-four.container "${container/web/busybox}"$'\nPod=q-pod.pod'
    systemctl daemon-reload
    mark
    run systemctl start q-one q-two q-three q-four
    assertEquals "$err" 0 "$status"
    for name in q-one q-two q-three; do
        id=$(podman inspect -f '{{.Id}}' $name)
        machine_of[$name]=${id:0:32}
        said_by[$name]=$(said)
        assert_boots $name $name.service
    done
    assert_stops poweroff q-one.service "${machine_of[q-one]}"
    assert_stops terminate q-two.service "${machine_of[q-two]}"
    assert_stops terminate q-three.service "${machine_of[q-three]}"
    assertEquals 'the rest of the pod' running "$(podman inspect -f '{{.State.Status}}' q-four)"
    systemctl stop q-two q-three q-four q-pod-pod
    rm /etc/containers/systemd/q-*
    systemctl daemon-reload
    assert_soon 'no machine is left' 5 has_no_machine "${machine_of[q-three]}"
}

testKubernetesYaml() {
    local id
    # podman 4.3 gives it no PATH where the image has none
    cat >/tmp/pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: kube}
spec:
  containers:
  - {name: web, image: localhost/web, imagePullPolicy: Never, command: [/sbin/init],
     env: [{name: PATH, value: "/usr/sbin:/usr/bin:/sbin:/bin"}]}
YAML
    mark
    run podman play kube /tmp/pod.yaml
    assertEquals "$err" 0 "$status"
    id=$(podman inspect -f '{{.Id}}' kube-web)
    machine_of[kube-web]=${id:0:32}
    said_by[kube-web]=$(said)
    assert_boots kube-web
    podman play kube --down /tmp/pod.yaml >/dev/null
    assert_soon 'no machine is left' 5 has_no_machine "${machine_of[kube-web]}"
}

testBuildIsNotAffected() {
    local before
    before=$(journals)
    mark
    mkdir -p /tmp/build
    printf 'FROM localhost/web\nRUN touch /built\nRUN ["/usr/bin/systemctl", "--version"]\nCMD ["/sbin/init"]\n' >/tmp/build/Containerfile
    run podman build --network=none -t built /tmp/build
    assertEquals "$err" 0 "$status"
    assertContains "$out" 'systemd 2'
    run podman run --rm built sh -c 'ls /built; find /etc/machine-id -size +0; find /var/log/journal -mindepth 1'
    assertEquals 'nothing of ours in the image' /built "$out"
    assertEquals "$before" "$(journals)"
    assertEquals '' "$(said)"
}

testTheMachinesCgroupOptionsAreAsBefore() {
    assertEquals "$options_before" "$(cgroup_options)"
}

. shunit2
