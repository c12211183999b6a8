#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: /sys/fs/cgroup where the host has cgroup v1 and v2 beside each other (hybrid).
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_hybrid_host "$@"

# As runc 1.1 mounts it: a tmpfs that stays writable, the own cgroup of each v1 hierarchy
as_runc='mount -t tmpfs tmpfs $rootfs/sys/fs/cgroup
    for name in systemd memory pids; do
        mkdir $rootfs/sys/fs/cgroup/$name
        mount --bind /sys/fs/cgroup/$name$own $rootfs/sys/fs/cgroup/$name
        mount -o remount,bind,ro $rootfs/sys/fs/cgroup/$name
    done'

may_write() {
    nsenter -m -C -t "$pid" -- bash -c "echo '$2' >'$rootfs/sys/fs/cgroup/$1'" 2>/dev/null
}

may_make() {
    nsenter -m -C -t "$pid" -- mkdir "$rootfs/sys/fs/cgroup/$1" 2>/dev/null &&
        nsenter -m -C -t "$pid" -- rmdir "$rootfs/sys/fs/cgroup/$1"
}

options_of() {
    in_container findmnt -n -o FSTYPE,VFS-OPTIONS --mountpoint "$rootfs/sys/fs/cgroup$1" | tail -n 1 | tr -s ' '
}

# assert_own_and_no_more HIERARCHY...: each own subtree, at its path where there is no cgroup namespace, and no more
assert_own_and_no_more() {
    local name below=''
    [ -z "${host_namespace:-}" ] || below=$own
    for name; do
        assertTrue "$name: make a cgroup" "may_make '$name$below/init.scope'"
        assertTrue "$name: move a process" "may_write '$name$below/cgroup.procs' $pid"
        assertFalse "$name: beside" "may_make '$name$cgroups/intruder'"
        assertFalse "$name: at the top" "[ -n '$below' ] && may_make '$name/intruder'"
    done
    assertFalse 'a limit' "may_write memory/memory.limit_in_bytes 100M"
    assertFalse 'another limit' "may_write pids/pids.max 7"
    assertFalse 'a cgroup with limits' "may_make memory/init.scope"
    assertFalse 'the v2 limit' "may_write 'unified$below/cgroup.max.depth' 7"
    assertFalse 'the tmpfs' "may_make intruder"
    assertFalse 'release_agent' "in_container cat $rootfs/sys/fs/cgroup/systemd/release_agent"
    assertFalse 'release_agent' "may_write systemd/release_agent /bin/true"
    assertContains "$(options_of '')" 'tmpfs ro,nosuid,nodev,noexec'
    assertContains "$(options_of /memory)" 'cgroup ro,nosuid,nodev,noexec'
    assertEquals "the machine's options" "$cgroup_options" "$(findmnt -R -n -o OPTIONS /sys/fs/cgroup)"
}

# assert_done: the second call finds nothing to do
assert_done() {
    snapshot
    assert_silent
    assert_unchanged 'the second call'
    run_hook --explain
    assertEquals 'nothing to do' "$(tail -n 1 <<<"$out")"
}

# A systemd whose version the image tells: linked with its own library
setUpPayload() {
    printf '\177ELF libsystemd-shared-%s.so\0 and more' "${1:-257}" >"$rootfs/usr/lib/systemd/systemd"
    chmod 755 "$rootfs/usr/lib/systemd/systemd"
}

testPrivateNoMount() {
    setUpPayload
    start_container || return
    assert_silent
    assertContains "$(options_of /systemd)" 'cgroup rw,nosuid,nodev,noexec'
    assertContains "$(options_of /unified)" 'cgroup2 rw,nosuid,nodev,noexec'
    assertEquals '755 0:0' "$(stat_of /sys/fs/cgroup)"
    assert_own_and_no_more systemd unified
    assertFalse 'the host tree is not seen' "in_container [ -e '$rootfs/sys/fs/cgroup/systemd$own' ]"
    assert_done
}

testHostNoMount() {
    local host_namespace=1
    setUpPayload
    start_container -m || return
    assert_silent
    assertContains "$(options_of /systemd)" 'cgroup ro,nosuid,nodev,noexec'
    assertContains "$(options_of /unified)" 'cgroup2 ro,nosuid,nodev,noexec'
    assert_own_and_no_more systemd unified
    assert_done
}

testPrivateAsRunc() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$as_runc start_container || return
    run_hook
    assertEquals "$err" 0 "$status"
    assertContains "$(options_of /systemd)" 'cgroup rw,nosuid,nodev,noexec'
    assertTrue 'make a cgroup' "may_make systemd/init.scope"
    assertFalse 'a limit' "may_write pids/pids.max 7"
    assertFalse 'the tmpfs' "may_make intruder"
    assert_done
    # on top: the engine's own mount is read-only still
    in_container umount -l "$rootfs/sys/fs/cgroup/systemd"
    assertContains "$(options_of /systemd)" 'cgroup ro'
}

# runc shows the own cgroup at the top, where systemd without a cgroup namespace does not look for it
testHostAsRunc() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$as_runc start_container -m || return
    assert_silent
    assertTrue 'make a cgroup' "may_make 'systemd$own/init.scope'"
    assertFalse 'beside' "may_make 'systemd$cgroups/intruder'"
    assertFalse 'release_agent' "may_write systemd/release_agent /bin/true"
    assert_done
}

# runc shows the root of a hierarchy that it made no cgroup in
testReleaseAgentOfAnEnginesMount() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$as_runc'
        mkdir $rootfs/sys/fs/cgroup/cpu
        mount --bind /sys/fs/cgroup/cpu $rootfs/sys/fs/cgroup/cpu
        mount -o remount,bind,ro $rootfs/sys/fs/cgroup/cpu' start_container || return
    assertTrue 'before' "in_container cat $rootfs/sys/fs/cgroup/cpu/release_agent"
    assert_silent
    assertFalse 'read' "in_container cat $rootfs/sys/fs/cgroup/cpu/release_agent"
    assertFalse 'written' "may_write cpu/release_agent /bin/true"
    assert_done
}

# crun makes it read-only after the hooks
testPrivateReadOnlyLater() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=${as_runc/mount -o remount,bind,ro/:} start_container || return
    assert_silent
    assertEquals 2 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup/systemd" | wc -l)"
    assert_done
}

# podman's own systemd mode: all of the host's name=systemd, writable
testWiderIsLeft() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    add_mount bind /sys/fs/cgroup/systemd /sys/fs/cgroup/systemd bind rw
    prepare=$as_runc'
        mount --bind /sys/fs/cgroup/systemd $rootfs/sys/fs/cgroup/systemd' start_container -m || return
    run_hook
    assert_warns 'may write more of the host'
    assertEquals 2 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup/systemd" | wc -l)"
}

# `-v /sys/fs/cgroup:/sys/fs/cgroup:ro`, as older instructions have it: only the tmpfs is read-only
testWholeTree() {
    setUpPayload
    add_mount bind /sys/fs/cgroup /sys/fs/cgroup rbind rw
    prepare='mount --rbind /sys/fs/cgroup $rootfs/sys/fs/cgroup' start_container || return
    run_hook
    assert_warns 'may write more of the host'
    assertEquals 1 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup/systemd" | wc -l)"
}

# A user's file where a hierarchy would be
testFileInPlaceOfAHierarchy() {
    setUpPayload
    : >"$rootfs/sys/fs/cgroup/memory"
    add_mount bind /etc/machine-id /sys/fs/cgroup/memory bind
    prepare='mount --bind /etc/machine-id $rootfs/sys/fs/cgroup/memory' start_container || return
    assert_silent
    assert_own_and_no_more systemd unified
}

testUserNamespace() {
    setUpPayload
    join_user_namespace 700000 700000 && start_container || return
    assert_silent
    assertEquals 700000:700000 "$(stat -c %u:%g "/sys/fs/cgroup/systemd$own")"
    assertEquals 700000:700000 "$(stat -c %u:%g "/sys/fs/cgroup/systemd$own/cgroup.procs")"
    assertEquals 700000:700000 "$(stat -c %u:%g "/sys/fs/cgroup/unified$own/cgroup.procs")"
    assertEquals 0:0 "$(stat -c %u:%g "/sys/fs/cgroup/unified$own/cgroup.max.depth")"
    assertEquals 0:0 "$(stat -c %u:%g "/sys/fs/cgroup/memory$own")"
}

testFailureIsUndone() {
    local namespace
    setUpPayload
    rmdir /var/log/journal
    for namespace in -C -m; do
        join_user_namespace 700000 700000 && start_container "$namespace" || return
        snapshot
        run_hook --journal=host
        assert_fails 'the host keeps no persistent journal'
        assert_unchanged "after a failure $namespace"
        kill_container
    done
}

testFailureOnEnginesMountsIsUndone() {
    setUpPayload
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    rmdir /var/log/journal
    prepare=$as_runc start_container || return
    snapshot
    run_hook --journal=host
    assert_fails 'the host keeps no persistent journal'
    assert_unchanged 'after a failure'
}

# systemd 258 and later gets v2 alone; the limits, in v1, are not even seen
assert_alone() {
    local below=${1#.}
    assertContains "$(mount_of "/sys/fs/cgroup$below")" 'cgroup2 rw,nosuid,nodev,noexec'
    assertTrue 'make a cgroup' "may_make './$below/init.scope'"
    assertFalse 'a limit' "may_write './$below/cgroup.max.depth' 7"
    assertFalse 'beside' "may_make './$cgroups/intruder'"
    assertFalse 'v1' "in_container [ -e '$rootfs/sys/fs/cgroup/memory' ]"
    assert_done
}

testSystemdWithoutV1Private() {
    setUpPayload 258
    start_container || return
    assert_silent
    assert_alone .
}

testSystemdWithoutV1Host() {
    setUpPayload 258
    start_container -m || return
    assert_silent
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 ro,nosuid,nodev,noexec'
    assert_alone "$own"
}

testSystemdWithoutV1OnEnginesMounts() {
    local namespace
    setUpPayload 258
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$as_runc
    for namespace in -C -m; do
        start_container "$namespace" || return
        assert_silent
        if [ "$namespace" = -C ]; then assert_alone .; else assert_alone "$own"; fi
        kill_container
    done
}

testSystemdWithoutV1NoV2Cgroup() {
    setUpPayload 258
    start_container || return
    echo "$pid" >/sys/fs/cgroup/unified/cgroup.procs
    run_hook
    assert_warns 'boot the host with systemd.unified_cgroup_hierarchy=1'
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
    assertEquals '' "$(options_of '')"
}

testSystemdWithoutV1Volume() {
    setUpPayload 258
    add_mount bind /sys/fs/cgroup /sys/fs/cgroup rbind ro
    prepare='mount --rbind /sys/fs/cgroup $rootfs/sys/fs/cgroup' start_container || return
    snapshot
    run_hook
    assert_warns 'boot the host with systemd.unified_cgroup_hierarchy=1'
    assertEquals tmpfs "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup")"
}

testSystemdOfUnknownVersion() {
    start_container || return
    run_hook
    assert_warns 'systemd from 258 on cannot boot'
}

# A container without a cgroup of its own would get its engine's.
testSharedCgroup() {
    setUpPayload
    start_container || return
    echo "$pid" >/sys/fs/cgroup/systemd/cgroup.procs
    run_hook
    assert_warns 'has no cgroup of its own'
    assertEquals '' "$(options_of '')"
}

. shunit2
