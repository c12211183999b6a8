#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podman run --userns=auto and --uidmap: the container's root is an ordinary user of the host.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    uncover_kernel_files
    useradd -r containers 2>/dev/null
    echo 'containers:2000000:1048576' | tee -a /etc/subuid >>/etc/subgid
    need_image web
    mark
    start web --userns=auto web
    look
}

oneTimeTearDown() {
    remove_all
}

# look: sets $root, the container's file system, and $uid and $gid, who its root is on the host
look() {
    local pid
    pid=$(podman inspect -f '{{.State.Pid}}' web)
    root=/proc/$pid/root
    uid=$(awk '$1 == 0 { print $2 }' "/proc/$pid/uid_map")
    gid=$(awk '$1 == 0 { print $2 }' "/proc/$pid/gid_map")
}

assert_owned() {
    local path
    for path in /run /run/lock /tmp /run/host /run/host/container-uuid /etc/machine-id \
        /run/systemd/journald.conf.d/50-oci-systemd-hook.conf; do
        assertEquals "$path" "$uid:$gid" "$(stat -c %u:%g "$root$path")"
    done
    # runc leaves the group
    for path in /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.subtree_control \
        "/var/log/journal/$machine" "/var/log/journal/$machine/system.journal"; do
        assertEquals "$path" "$uid" "$(stat -c %u "$root$path")"
    done
    assertEquals 'the host' "$uid:systemd-journal" "$(stat -c %u:%G "/var/log/journal/$machine/system.journal")"
}

testReachesRunning() {
    assertEquals running "$(state_of web)"
    assertEquals 'hello from apache under systemd' "$(curl -s -m 10 "http://$(address_of web)/")"
    assertEquals 'the hooks said' '' "$(said)"
    assertEquals 'one id' "$machine" "$(podman exec web cat /etc/machine-id)"
}

testAllIsTheContainersRoots() {
    assertEquals 'a user of the range' 2000000 "$uid"
    assert_owned
}

testJournalOnTheHost() {
    local token=token-$RANDOM$RANDOM
    podman exec web logger -t token "$token"
    podman exec web journalctl --sync
    assertContains -M "$(journalctl --no-pager -M "$machine" -o cat)" "$token"
    assertContains -m "$(journalctl --no-pager -m _MACHINE_ID="$machine" -o cat)" "$token"
    assertContains -D "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)" "$token"
    assert_journal_is_for_readers "$machine"
}

# An idmapped mount would make this a program of the host's root, for every user of the host.
testNothingOnTheHostIsRoots() {
    podman exec web sh -c "cp /bin/true /var/log/journal/$machine/program && chmod 6755 /var/log/journal/$machine/program"
    assertEquals "$uid" "$(stat -c %u "/var/log/journal/$machine/program")"
    assertFalse 'its group is the readers'\''' "[ -g '/var/log/journal/$machine/program' ]"
    podman exec web rm "/var/log/journal/$machine/program"
}

testOwnerMarkIsOutOfReach() {
    assertContains "$(getfattr -d -m trusted --only-values "/var/log/journal/$machine" 2>/dev/null)" "$id"
    nsenter -U -m -t "${root//[^0-9]/}" getfattr -d -m - "/var/log/journal/$machine" >"$SHUNIT_TMPDIR/seen" 2>/dev/null
    assertNotContains "$(cat "$SHUNIT_TMPDIR/seen")" trusted
}

testStopAndStart() {
    podman stop web >/dev/null
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
    podman start web >/dev/null
    look
    assertEquals running "$(state_of web)"
    assert_owned
    podman exec web journalctl --sync
    assertEquals 2 "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | grep -c 'Startup finished in')"
}

testRmTakesTheJournalAlong() {
    remove_all
    systemctl enable --now oci-hooks-journals-ended.path 2>/dev/null
    start web --rm --network=none --uidmap 0:100000:65536 --gidmap 0:300000:65536 web
    look
    assertEquals 100000:300000 "$uid:$gid"
    assertEquals running "$(state_of web)"
    assert_owned
    assert_journal_is_for_readers "$machine"
    podman stop web >/dev/null
    assert_soon 'container gone' 10 is '' podman ps -aq
    assert_soon 'its journal gone' 30 test ! -e "/var/log/journal/$machine"
    assertEquals 'the hooks said' '' "$(said)"
    systemctl disable --now oci-hooks-journals-ended.path 2>/dev/null
}

# runc gives a cgroup away in a cgroup namespace only, so it is ours to do.
testHostsCgroupNamespace() {
    remove_all
    start web --network=none --cgroupns=host --userns=auto web
    assertEquals running "$(state_of web)"
}

. shunit2
