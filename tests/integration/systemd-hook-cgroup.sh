#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh, read by systemd-hook.sh
# oci-systemd-hook: /sys/fs/cgroup on cgroup v2.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# As engines mount it with a private cgroup namespace
# shellcheck disable=SC2016 # expanded in the container
own_read_only='mount --bind /sys/fs/cgroup$own $rootfs/sys/fs/cgroup
    mount -o remount,bind,ro $rootfs/sys/fs/cgroup'
# shellcheck disable=SC2016
tree_read_only='mount --bind /sys/fs/cgroup $rootfs/sys/fs/cgroup
    mount -o remount,bind,ro $rootfs/sys/fs/cgroup'

# may_write FILE VALUE: whether the container may, in its namespaces and below its /sys/fs/cgroup
may_write() {
    nsenter -m -C -t "$pid" -- bash -c "echo '$2' >'$rootfs/sys/fs/cgroup/$1'" 2>/dev/null
}

may_make() {
    nsenter -m -C -t "$pid" -- mkdir "$rootfs/sys/fs/cgroup/$1" 2>/dev/null &&
        nsenter -m -C -t "$pid" -- rmdir "$rootfs/sys/fs/cgroup/$1"
}

# assert_own_and_no_more WHERE: the container can make cgroups in its own and change no limit of it
assert_own_and_no_more() {
    local where=${1:-.} before
    assertTrue 'make a cgroup' "may_make '$where/init.scope'"
    assertTrue 'move a process' "may_write '$where/cgroup.procs' $pid"
    before=$(cat "/sys/fs/cgroup$own/cgroup.max.depth")
    assertFalse 'change a limit' "may_write '$where/cgroup.max.depth' 7"
    assertEquals "$before" "$(cat "/sys/fs/cgroup$own/cgroup.max.depth")"
}

# assert_same_options: the machine's mount options of cgroup2 are what they were
assert_same_options() {
    assertEquals "$cgroup_options" "$(findmnt -n -o OPTIONS /sys/fs/cgroup)"
}

testPrivateNoMount() {
    start_container || return
    assert_silent
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 rw,nosuid,nodev,noexec'
    assert_own_and_no_more
    assertFalse 'the host tree is not seen' "in_container [ -e '$rootfs/sys/fs/cgroup$own' ]"
    assert_same_options
}

testPrivateReadOnly() {
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$own_read_only start_container || return
    assert_silent
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 rw,nosuid,nodev,noexec'
    assert_own_and_no_more
    # on top: the engine's own mount is read-only still
    in_container umount -l "$rootfs/sys/fs/cgroup"
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 ro'
    assert_same_options
}

# crun makes it read-only after the hooks
testPrivateReadOnlyLater() {
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    # shellcheck disable=SC2016
    prepare='mount --bind /sys/fs/cgroup$own $rootfs/sys/fs/cgroup' start_container || return
    assert_silent
    assertEquals 2 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup" | grep -c cgroup2)"
    snapshot
    assert_silent
    assert_unchanged 'the second call'
    run_hook --explain
    assertEquals 'nothing to do' "$(tail -n 1 <<<"$out")"
}

testPrivateWritableIsLeft() {
    # shellcheck disable=SC2016
    prepare='mount --bind /sys/fs/cgroup$own $rootfs/sys/fs/cgroup' start_container || return
    run_hook --explain
    assertNotContains "$out" /sys/fs/cgroup
}

# `-v /sys/fs/cgroup:/sys/fs/cgroup:ro`, as older instructions have it: the host's tree must not become writable
testPrivateWholeTreeReadOnly() {
    add_mount bind /sys/fs/cgroup /sys/fs/cgroup rbind ro
    prepare=$tree_read_only start_container || return
    assert_silent
    assertFalse 'the host tree' "may_write '$cgroups/cgroup.max.depth' 7"
    assertFalse 'the host tree' "may_make '$cgroups/intruder'"
    assert_own_and_no_more
}

testPrivateWholeTreeWritable() {
    add_mount bind /sys/fs/cgroup /sys/fs/cgroup rbind rw
    # shellcheck disable=SC2016
    prepare='mount --bind /sys/fs/cgroup $rootfs/sys/fs/cgroup' start_container || return
    run_hook
    assert_warns "may write the host's whole cgroup tree"
    assertEquals 1 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup" | grep -c cgroup2)"
}

# The container's mount namespace as runtimes make it with rootfsPropagation: shared
share_with_host() {
    mount --make-shared /sys/fs/cgroup
    propagation=unchanged
}

# assert_host_is_left COMMAND...: nothing is mounted on the host's tree
assert_host_is_left() {
    assertEquals 'mounts of the host' "$mounts_before" "$(cut -d ' ' -f 3- /proc/self/mountinfo)"
    mount --make-private /sys/fs/cgroup
}

# A bind without an option of its own takes over that its source is shared with the host
testSharedWithHostByTheRootFs() {
    local mounts_before
    add_mount bind /sys/fs/cgroup /sys/fs/cgroup rbind ro
    share_with_host
    mounts_before=$(cut -d ' ' -f 3- /proc/self/mountinfo)
    prepare=$tree_read_only start_container || return
    run_hook
    assert_warns '/sys/fs/cgroup is on a mount that is shared with the host: left as it is'
    assertEquals 1 "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup" | grep -c cgroup2)"
    run_hook --explain
    assertContains "$out" 'note: /sys/fs/cgroup is on a mount that is shared with the host: left as it is'
    assert_host_is_left
}

# The same where the directory to mount on is below a shared bind, and without a cgroup namespace
testSharedWithHostAbove() {
    local mounts_before
    mkdir -p "$bundle/sys/fs/cgroup" && mount -t tmpfs volume "$bundle/sys" && mkdir -p "$bundle/sys/fs/cgroup"
    mount --make-shared "$bundle/sys"
    add_mount bind "$bundle/sys" /sys rbind
    propagation=unchanged
    # shellcheck disable=SC2016
    prepare='mount --bind $bundle/sys $rootfs/sys' start_container -m || return
    mounts_before=$(cut -d ' ' -f 3- /proc/self/mountinfo)
    run_hook
    assert_warns '/sys/fs/cgroup is on a mount that is shared with the host: left as it is'
    assertEquals "$mounts_before" "$(cut -d ' ' -f 3- /proc/self/mountinfo)"
    kill_container
    umount "$bundle/sys"
}

# Shared among mounts of the container only: no reason to leave anything
testSharedInTheContainer() {
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    # shellcheck disable=SC2016
    prepare=$own_read_only$'\n''mount --make-rshared $rootfs'
    start_container || return
    assert_silent
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 rw,nosuid,nodev,noexec'
    assertContains "$(mount_of /run)" tmpfs
}

# A root file system that is shared with the host: nothing is mounted there, and the container fails
testSharedRoot() {
    mount --bind "$rootfs" "$rootfs" && mount --make-shared "$rootfs"
    propagation=unchanged
    start_container || return
    mounts_before=$(cut -d ' ' -f 3- /proc/self/mountinfo)
    run_hook
    assertEquals 1 "$status"
    assertContains "$err" 'Failed to mount a tmpfs on /run: what is mounted there would be mounted on the host, too'
    assertEquals "$mounts_before" "$(cut -d ' ' -f 3- /proc/self/mountinfo)"
    kill_container
    umount -l "$rootfs"
}

testHostNoMount() {
    start_container -m || return
    assert_silent
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 ro,nosuid,nodev,noexec'
    assertContains "$(mount_of "/sys/fs/cgroup$own")" 'cgroup2 rw,nosuid,nodev,noexec'
    assert_own_and_no_more "$own"
    assertFalse 'the host tree' "may_make '$cgroups/intruder'"
    assertFalse 'the host tree' "may_write '$cgroups/cgroup.max.depth' 7"
    assert_same_options
}

testHostReadOnly() {
    add_mount cgroup cgroup /sys/fs/cgroup ro nosuid noexec nodev
    prepare=$tree_read_only start_container -m || return
    assert_silent
    assert_own_and_no_more "$own"
    assertFalse 'the host tree' "may_make '$cgroups/intruder'"
    snapshot
    assert_silent
    assert_unchanged 'the second call'
}

testHostWholeTreeWritable() {
    # shellcheck disable=SC2016
    prepare='mount --bind /sys/fs/cgroup $rootfs/sys/fs/cgroup' start_container -m || return
    run_hook
    assert_warns "may write the host's whole cgroup tree"
    run_hook --explain
    assertNotContains "$out" 'cgroup writable'
}

# Where it cannot be found out that the kernel's option is on, the limits are guarded by mounts.
testPrivateGuard() {
    local file delegated
    need_strace || return 0
    start_container || return
    wrapper="strace -qqq -o /dev/null -P /sys/fs/cgroup$own -P /proc/self/mountinfo -e inject=statx,openat:error=EACCES" run_hook
    assertEquals "$err" 0 "$status"
    assertNull "$err" "$(grep -v '^strace: Requested path' <<<"$err")"
    assert_own_and_no_more
    for file in "/sys/fs/cgroup$own"/*; do
        delegated=$(grep -cx "${file##*/}" /sys/kernel/cgroup/delegate)
        assertEquals "$file" "$((1 - delegated))" \
            "$(in_container findmnt -n -o VFS-OPTIONS --mountpoint "$rootfs/sys/fs/cgroup/${file##*/}" | grep -c '^ro')"
    done
}

testOtherFileSystemIsLeft() {
    prepare="mount -t tmpfs tmpfs \$rootfs/sys/fs/cgroup" start_container || return
    run_hook
    assert_warns 'is a mount of another kind'
    assertEquals tmpfs "$(in_container findmnt -n -o FSTYPE --mountpoint "$rootfs/sys/fs/cgroup")"
}

# A container without a cgroup of its own would get its engine's.
testSharedCgroup() {
    start_container || return
    echo "$pid" >/sys/fs/cgroup/cgroup.procs
    run_hook
    assert_warns 'has no cgroup of its own'
    assertNull "$(mount_of /sys/fs/cgroup)"
}

. shunit2
