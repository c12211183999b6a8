#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# ctr run with our CDI device, and nothing else that systemd wants: not even a cgroup mount is in config.json then.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

DEVICE=oci-systemd-hooks/container=systemd
root=/var/lib/containerd/httpd

oneTimeSetUp() {
    mkdir -p $root && tar -C $root --numeric-owner --xattrs --xattrs-include='*' -xf "/srv/images/$SUITE.tar"
    # ctr asks for a share of CPU time, which this host may not have to give
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec /srv/tests/hosts/without-limits %s "$@"\n' "$RUNTIME" >/run/runtime
    chmod +x /run/runtime
    systemctl start containerd
    mark
    run_web --runc-systemd-cgroup --cgroup system.slice:ctr:web --device $DEVICE
    pid=$(ctr task list | awk '$1 == "web" { print $2 }')
    machine=$(cat "/proc/$pid/root/etc/machine-id")
}

oneTimeTearDown() {
    ctr task delete -f web 2>/dev/null
    ctr container delete web 2>/dev/null
    return 0
}

run_web() {
    run ctr run -d --runc-binary /run/runtime --env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" --rootfs $root web /sbin/init
    assertEquals "ctr run: $err" 0 "$status"
}

in_web() {
    ctr task exec --exec-id "test-$RANDOM" web "$@"
}

status_of() {
    ctr task list | awk '$1 == "web" { print $3 }'
}

testReachesRunning() {
    wait_for 30 test -S "/proc/$pid/root/run/dbus/system_bus_socket"
    assertEquals running "$(in_web timeout 60 systemctl is-system-running --wait)"
    assertEquals 'hello from apache under systemd' "$(in_web curl -s -m 10 http://localhost/)"
}

testConfigJsonHasNoCgroupMount() {
    assertEquals '' "$(jq -r '.mounts[] | select(.type | startswith("cgroup"))' \
        /run/containerd/io.containerd.runtime.v2.task/default/web/config.json)"
}

# Without a cgroup namespace the whole tree is in sight.
testOwnLimitsAreOutOfReach() {
    local own
    own=$(sed -n 's|^0::\(.*\)/init.scope$|/sys/fs/cgroup\1|p' "/proc/$pid/cgroup")
    run in_web sh -c "mkdir $own/mine && rmdir $own/mine"
    assertEquals "own cgroup: $err" 0 "$status"
    run in_web sh -c "echo 9 >$own/cgroup.max.depth"
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
    run in_web mkdir /sys/fs/cgroup/not-mine
    assertNotEquals 'the rest of the host' 0 "$status"
}

# containerd's ids need not be hex digits: then the machine has the id as its name, and another one for its journal.
testRegisteredWithOneId() {
    assertContains "$(machinectl list --no-legend --no-pager)" 'web container containerd'
    assertEquals "$machine" "$(machinectl show -p Id --value web)"
    assertEquals ctr-web.scope "$(machinectl show -p Unit --value web)"
    assertContains "$(journalctl --no-pager -M web -o cat)" 'Startup finished in'
    assertContains "$(journals)" "$machine"
}

testStopIsACleanShutdown() {
    ctr task kill -s 37 web
    assert_soon 'stopped' 20 is STOPPED status_of
    run ctr task delete web
    assertEquals "$err" 0 "$status"
    ctr container delete web
    assert_soon 'the machine is gone' 5 has_no_machine web
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | tail -n 1)" 'Journal stopped'
    assertEquals '' "$(said)"
}

# The last test. Not a systemd unit, so not registered, and this is said; it boots all the same.
testWithoutAUnit() {
    mark
    run_web --device $DEVICE
    assertEquals running "$(wait_for 30 in_web test -S /run/dbus/system_bus_socket
        in_web timeout 60 systemctl is-system-running --wait)"
    assertContains "$(said)" 'its cgroup belongs to no unit of systemd'
    assertEquals '' "$(machines)"
    ctr task kill -s 37 web
    assert_soon 'stopped' 20 is STOPPED status_of
}

. shunit2
