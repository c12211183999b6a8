#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# Engines in a systemd container: podman and Docker, whose containers are in its cgroup, which is as our hook set it up. Its
# root file system is a copy of this host's, so the hooks run in there as well. In the tree with Docker.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

# What Docker gives to its containers, and what machined and the engines need to mount, set up networks and look at processes.
CAPABILITIES=sys_admin,sys_ptrace,net_admin,net_raw,mknod,audit_write

oneTimeSetUp() {
    mark
    # Without its systemd mode podman mounts the cgroup read-only, as the spec has it, and no tmpfs.
    start outer --systemd=false --stop-signal SIGRTMIN+3 --cap-add=$CAPABILITIES --device=/dev/fuse \
        -v /dev/null:/etc/systemd/system/testhost.service -v /srv/images:/srv/images:ro \
        --tmpfs /var/lib/containers:exec,dev --tmpfs /var/lib/docker:exec,dev --tmpfs /var/lib/containerd:exec,dev \
        --rootfs /:O /sbin/init
}

oneTimeTearDown() {
    podman stop outer >/dev/null 2>&1
    remove_all
}

in_outer() {
    podman exec outer "$@"
}

# cgroup_on_host PATTERN: the cgroup of the process with this command line, as this host sees it
cgroup_on_host() {
    sed -n 's/^0:://p' "/proc/$(pgrep -f "$1")/cgroup"
}

testOuterBoots() {
    assertEquals running "$(state_of outer)"
    assertEquals '' "$(in_outer systemctl --failed --no-legend)"
    assertContains 'the cgroup mount is ours' "$(in_outer findmnt -n -o OPTIONS /sys/fs/cgroup | tail -n 1)" 'rw,nosuid,nodev,noexec,nodiratime'
    assertEquals "$machine" "$(machines)"
}

testPodmanInside() {
    in_outer podman import -q -c 'CMD ["/sbin/init"]' /srv/images/busybox.tar busybox >/dev/null
    run in_outer podman run --rm --network=none busybox echo from podman in podman
    assertEquals "$err" 'from podman in podman' "$out"
}

# Two levels, and each host sees its own containers.
testSystemdInPodmanInside() {
    local inner
    in_outer podman import -q -c 'CMD ["/sbin/init"]' "/srv/images/$SUITE.tar" web >/dev/null
    run in_outer podman run -d --name inner --network=none web
    assertEquals "$err" 0 "$status" || return
    inner=${out:0:32}
    wait_for 30 in_outer podman exec inner test -S /run/dbus/system_bus_socket
    assertEquals running "$(in_outer podman exec inner timeout 60 systemctl is-system-running --wait)"
    assertEquals "$inner" "$(in_outer podman exec inner cat /etc/machine-id)"
    assertContains 'in the outer machined' "$(in_outer machinectl list --no-legend --no-pager)" "$inner container podman"
    assertEquals 'in this machined' "$machine" "$(machines)"
    assertContains "$(in_outer journalctl --no-pager -M "$inner" -o cat)" 'Startup finished in'
    assertContains 'its cgroup' \
        "$(sed -n 's/^0:://p' "/proc/$(podman inspect -f '{{.State.Pid}}' outer)/root/proc/$(in_outer podman inspect -f '{{.State.Pid}}' inner)/cgroup")" \
        "libpod-$id.scope"
    in_outer podman stop inner >/dev/null
    assertEquals 'exit status' 0 "$(in_outer podman inspect -f '{{.State.ExitCode}}' inner)"
}

testDockerInside() {
    in_outer sh -c 'mkdir -p /etc/docker
        echo "{\"iptables\": false, \"ip6tables\": false, \"bridge\": \"none\"}" >/etc/docker/daemon.json
        systemctl start docker'
    in_outer docker import /srv/images/busybox.tar busybox >/dev/null
    run in_outer docker run -d --network=none busybox sleep 1234
    assertEquals "$err" 0 "$status"
    assertContains 'its cgroup' "$(cgroup_on_host '^sleep 1234$')" "libpod-$id.scope"
    run in_outer docker run --rm --network=none busybox echo from docker in podman
    assertEquals "$err" 'from docker in podman' "$out"
}

testAllOfItEndsWithTheOuter() {
    podman stop -t 60 outer >/dev/null
    assertEquals 'exit status' 0 "$(podman inspect -f '{{.State.ExitCode}}' outer)"
    assertFalse 'a process of Docker left' "pgrep -f '^sleep 1234$'"
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
