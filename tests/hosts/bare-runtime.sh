#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same image under the runtime alone, with the fragments of hooks/ in its config.json: the hooks do everything.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

bundle=/var/lib/containers/bundle
FRAGMENTS=/usr/share/doc/oci-systemd-hooks/hooks

oneTimeSetUp() {
    # a tmpfs: the disk of the virtual machine is full of images
    mkdir -p $bundle && mount -t tmpfs tmpfs $bundle && mkdir $bundle/rootfs
    tar -C $bundle/rootfs --numeric-owner --xattrs --xattrs-include='*' -xf "/srv/images/$SUITE.tar"
    mkfifo $bundle/rootfs/run/httpd/fifo
    mkdir -p $bundle/rootfs/run/host $bundle/rootfs/run/systemd
    echo image >$bundle/rootfs/run/host/container-manager
    echo image >$bundle/rootfs/run/systemd/container
    echo 5eed5eed5eed5eed5eed5eed5eed5eed >$bundle/rootfs/run/machine-id
    shipped=$(listing $bundle/rootfs/run/httpd; listing $bundle/rootfs/tmp)
    cd $bundle && "$RUNTIME" spec &&
        jq -n -f $FRAGMENTS/merge.jq config.json $FRAGMENTS/{systemd-hook,register-machine-hook}/config.json >merged &&
        mv merged config.json
    cd /srv || return
    mark
    run "$RUNTIME" --systemd-cgroup run -d --bundle $bundle web </dev/null
    assertEquals "$RUNTIME run: $(cat "$SHUNIT_TMPDIR/run.err")" 0 "$status"
    pid=$("$RUNTIME" state web | jq .pid)
    root=/proc/$pid/root
}

oneTimeTearDown() {
    "$RUNTIME" delete -f web 2>/dev/null
    umount -l $bundle
    return 0
}

status_of() {
    "$RUNTIME" state "$1" | jq -r .status
}

inside() {
    "$RUNTIME" exec web "$@"
}

testReachesRunning() {
    wait_for 30 inside test -S /run/dbus/system_bus_socket
    assertEquals running "$(inside timeout 60 systemctl is-system-running --wait)"
    assertEquals '' "$(inside systemctl --failed --no-legend)"
}

testApacheAnswers() {
    assertEquals 'hello from apache under systemd' "$(inside curl -s -m 10 http://localhost/)"
}

testNothingToSay() {
    assertEquals '' "$(said)"
}

testShippedContentIsThere() {
    local there line count=0
    there=$(listing "$root/run/httpd"; listing "$root/tmp")
    while IFS= read -r line; do
        case $line in
        fifo\ *) continue ;;
        esac
        assertContains "$there" "$line"
        count=$((count + 1))
    done <<<"$shipped"
    assertEquals '9 entries, 5 files, 1 capability' 15 $count
}

testWhatAnImageMayNotShipIsNotThere() {
    assertFalse 'FIFO' "[ -e $root/run/httpd/fifo ]"
    assertNotEquals image "$(cat "$root/run/host/container-manager")"
    assertFalse '/run/machine-id' "grep -q 5eed $root/run/machine-id"
    assertFalse '/run/systemd/container' "grep -q image $root/run/systemd/container"
}

testMounts() {
    local where
    local lock_mode=1777
    # From Debian 13 on, systemd-tmpfiles gives /run/lock that mode itself.
    [ "$SUITE" != bookworm ] || lock_mode=755
    for where in /run:755 /run/lock:$lock_mode /tmp:1777; do
        assertEquals "$where" "tmpfs ${where#*:} 0:0" \
            "$(stat -f -c %T "$root${where%:*}") $(stat -c '%a %u:%g' "$root${where%:*}")"
        assertContains "$where" "$(inside findmnt -n -o VFS-OPTIONS "${where%:*}")," rw,nosuid,nodev,
        assertNotContains "$where" "$(inside findmnt -n -o VFS-OPTIONS "${where%:*}")" noexec
    done
}

testOwnLimitsAreOutOfReach() {
    run inside sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
    run inside sh -c 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
    assertEquals "own cgroup: $err" 0 "$status"
}

testRegisteredWithOneId() {
    local machine name
    machine=$(inside cat /etc/machine-id)
    name=$(machines)
    assertEquals 'one machine' 1 "$(wc -w <<<"$name")"
    assertEquals "$machine" "$(machinectl show -p Id --value "$name")"
    assertEquals "$pid" "$(machinectl show -p Leader --value "$name")"
    assertEquals "$machine" "$(inside cat /run/host/container-uuid)"
    assertContains "$(journalctl --no-pager -M "$name" -o cat)" 'Startup finished in'
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)" 'Startup finished in'
}

# The last test: ends the container.
testCleanShutdownAndDelete() {
    local machine
    machine=$(inside cat /etc/machine-id)
    "$RUNTIME" kill web 37
    assert_soon 'stopped' 20 is stopped status_of web
    run "$RUNTIME" delete web
    assertEquals "$err" 0 "$status"
    assertEquals '' "$(machines)"
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | tail -n 1)" 'Journal stopped'
    assertEquals 'the image is as it was' "$shipped" "$(listing $bundle/rootfs/run/httpd; listing $bundle/rootfs/tmp)"
    assertEquals '' "$(cat $bundle/rootfs/etc/machine-id)"
    assertEquals '' "$(said)"
}

. shunit2
