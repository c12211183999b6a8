#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: unusual and hostile images, user namespaces, read-only root file systems.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# assert_complete: all is set up
assert_complete() {
    local path
    for path in /run /run/lock /run/host /tmp "/var/log/journal/$machine_id"; do
        assertContains "$path" "$(mount_of "$path")" tmpfs
    done
    assertContains "$(mount_of /sys/fs/cgroup)" 'cgroup2 rw'
    assertEquals "$machine_id" "$(in_container cat "$rootfs/etc/machine-id")"
}

testMissingPlaces() {
    (cd "$rootfs" && rm -r etc run sys tmp var proc)
    start_container || return
    assert_silent
    assert_complete
    assertEquals '755 0:0' "$(stat_of /etc)"
    assertEquals '755 0:0' "$(stat_of /var/log/journal)"
}

testReadOnly() {
    mkdir -p "$rootfs/var/log/journal/of-the-image"
    prepare='mount -o remount,bind,ro $rootfs' start_container || return
    assert_silent
    assert_complete
    assertEquals 'a tmpfs to make the place in' 'tmpfs rw,nosuid,nodev,noexec,relatime' "$(mount_of /var/log/journal)"
    snapshot
    assert_silent
    assert_unchanged 'second call'
}

# Nothing can be made on it: what needs a place that is not there is left out
testReadOnlyWithoutPlaces() {
    rm "$rootfs/etc/machine-id"
    prepare='mount -o remount,bind,ro $rootfs' start_container || return
    run_hook
    assertEquals "$err" 0 "$status"
    assertContains "$err" "Failed to mount the container's id on /etc/machine-id, so systemd-machined knows the container by \
another id, and the journal stays in the container: Read-only file system"
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
    assertNull 'no journal that nobody writes' "$(ls -A /var/log/journal)"
    snapshot
    assert_silent
    assert_unchanged 'second call'
    kill_container
    prepare='mount -o remount,bind,ro $rootfs' start_container || return
    snapshot
    run_hook --journal=host
    assert_fails "Failed to mount the container's id on /etc/machine-id: Read-only file system"
    assert_unchanged 'a failure'
    kill_container
    : >"$rootfs/etc/machine-id"
    prepare='mount -o remount,bind,ro $rootfs' start_container || return
    run_hook
    assert_warns "/var/log/journal/$machine_id, ignoring: Read-only file system"
    assertNull 'no directory on the host' "$(ls -A /var/log/journal)"
    assertContains "$(mount_of /tmp)" tmpfs
}

testReadOnlyWithoutRun() {
    rmdir "$rootfs/run"
    prepare='mount -o remount,bind,ro $rootfs' start_container || return
    snapshot
    run_hook
    assert_fails 'Failed to mount a tmpfs on /run: Read-only file system'
    assert_unchanged 'after a failure'
}

# Links of the image lead nowhere but into the image
testLinksOut() {
    local up before
    up=$(printf '../%.0s' {1..40})
    mkdir "$rootfs/real"
    rmdir "$rootfs"/{run,tmp} && ln -s "${up}real" "$rootfs/run" && ln -s /real/tmp "$rootfs/tmp" && mkdir "$rootfs/real/tmp"
    rm -r "${rootfs:?}/var" && ln -s "$up/real" "$rootfs/var"
    rm -r "${rootfs:?}/etc" && ln -s /real "$rootfs/etc"
    before=$(tree /etc /tmp/nothing 2>/dev/null | md5sum)
    start_container || return
    run_hook
    assertEquals "$err" 0 "$status"
    assertEquals "$before" "$(tree /etc /tmp/nothing 2>/dev/null | md5sum)"
    assertNull 'nothing outside' "$(awk '{ print $5 }' "/proc/$pid/mountinfo" | grep -F "$bundle" | grep -vF "$rootfs")"
    assertContains "$(mount_of /real)" tmpfs
}

# mounts_of_the_host: those at its /run and /tmp that the container's namespace has, as a machine may have some
mounts_of_the_host() {
    awk '{ print $5 }' "/proc/$pid/mountinfo" | grep -E '^/(run|tmp)$'
}

testHostileLinks() {
    local target path before
    for target in /proc/1/root /proc/self/root /proc/self/fd/0 /run nowhere . /dev/null; do
        for path in run tmp; do
            rm -rf "${rootfs:?}/$path" && ln -s "$target" "$rootfs/$path"
            prepare='mount -t proc proc $rootfs/proc' start_container || return
            snapshot
            before=$(mounts_of_the_host)
            run_hook
            if [ "$status" = 0 ]; then
                assertEquals "$path -> $target" "$before" "$(mounts_of_the_host)"
            else
                assert_fails "Failed to"
                assert_unchanged "$path -> $target"
            fi
            kill_container
            rm "$rootfs/$path" && mkdir "$rootfs/$path"
        done
    done
}

# A message names what is in the way, not what it is the way to; and nothing is left out without a word
testWhatIsInTheWayIsNamed() {
    mkdir -p "$rootfs/run/systemd" && : >"$rootfs/run/systemd/journald.conf.d" && ln -s nowhere "$rootfs/run/systemd/system"
    start_container || return
    run_hook
    assert_warns "on /etc/machine-id, at /run/systemd/system: something else is there, or on the way to it, so systemd-machined"
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
    kill_container
    rm "$rootfs/run/systemd/system"
    start_container || return
    run_hook
    assert_warns "on /var/log/journal/$machine_id, at /run/systemd/journald.conf.d: something else is there"
    kill_container
    rm -r "$rootfs/run/systemd"
    ln -s / "$rootfs/run/lock" && ln -s / "$rootfs/run/host"
    mkdir "$rootfs/var/log/journal" && ln -s nowhere "$rootfs/var/log/journal/$machine_id"
    start_container || return
    run_hook
    assert_warns "on /var/log/journal/$machine_id: something else is there"
    assertContains "$(mount_of /run/host)$(mount_of /run/lock)" tmpfs
    kill_container
    rmdir "$rootfs/tmp" && ln -s / "$rootfs/tmp"
    start_container || return
    snapshot
    run_hook
    assert_fails 'Failed to mount a tmpfs on /tmp: something else is there'
    assert_unchanged 'a link to the root'
}

testDeepAndWideImage() {
    mkdir -p "$rootfs/run/$(printf 'd%.0s' {1..255})/$(printf 'e%.0s' {1..255})"
    : >"$rootfs/run/$(printf 'f%.0s' {1..255})"
    ln -s "$(printf 'g%.0s' {1..4095})" "$rootfs/run/long-link"
    start_container || return
    assert_silent
    assertEquals 4095 "$(in_container readlink "$rootfs/run/long-link" | tr -d '\n' | wc -c)"
    assertTrue "in_container [ -d '$rootfs/run/$(printf 'd%.0s' {1..255})/$(printf 'e%.0s' {1..255})' ]"
}

# --userns: what is made is the container's root's
testUserNamespace() {
    local path
    join_user_namespace 100000 200000 || return
    edit_config '.linux.namespaces += [{type: "user", path: "/run/user-namespace"}]'
    mkdir "$rootfs/run/httpd" && chown 100033:200033 "$rootfs/run/httpd"
    rm "$rootfs/etc/machine-id" && rmdir "$rootfs/tmp"
    chown -R 100000:200000 "$rootfs/etc"
    chown 100000:200000 "$rootfs"
    start_container || return
    # undone as well: the owner of the cgroup
    rmdir /var/log/journal
    snapshot
    run_hook --journal=host
    assert_fails 'no persistent journal'
    assert_unchanged 'after a failure'
    mkdir -m 2755 /var/log/journal && chgrp 4 /var/log/journal
    assert_silent
    assert_complete
    for path in /run /run/lock /run/host /run/host/container-uuid /tmp /run/systemd /run/systemd/system /etc/machine-id \
        /run/systemd/system/systemd-machine-id-commit.service /run/systemd/journald.conf.d/50-oci-systemd-hook.conf \
        /var/log/journal /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.subtree_control; do
        assertEquals "$path" 100000:200000 "$(in_container stat -c %u:%g "$rootfs$path")"
    done
    assertEquals 100033:200033 "$(in_container stat -c %u:%g "$rootfs/run/httpd")"
    assertEquals 'a limit is not the container'\''s' 0:0 "$(in_container stat -c %u:%g "$rootfs/sys/fs/cgroup/cgroup.max.depth")"
    assertEquals 'the rest of the image' 0:0 "$(stat -c %u:%g "$rootfs/usr")"
    assertEquals 'of the group that reads journals' 100000:4 "$(stat -c %u:%g "/var/log/journal/$machine_id")"
}

# What an engine mounted in the user namespace takes no file of the host's root.
testTmpfsOfUserNamespace() {
    local path
    join_user_namespace 100000 200000 || return
    for path in /run /tmp; do
        add_mount tmpfs tmpfs "$path" rw
    done
    # shellcheck disable=SC2016 # expanded in the container
    prepare='mount -t tmpfs tmpfs $rootfs/run; mount -t tmpfs tmpfs $rootfs/tmp' start_container || return
    assert_silent
    for path in /run/lock /run/host /run/host/container-uuid /run/systemd/system/systemd-machine-id-commit.service \
        /etc/machine-id; do
        assertEquals "$path" 100000:200000 "$(in_container stat -c %u:%g "$rootfs$path")"
    done
    assertEquals "$machine_id" "$(in_container cat "$rootfs/etc/machine-id")"
    assertContains "$(mount_of "/var/log/journal/$machine_id")" 'nosuid,nodev,noexec'
}

testNoRootInUserNamespace() {
    unshare -U sleep 900 </dev/null >/dev/null 2>&1 &
    holder=$!
    pid=$holder
    until [ "$(readlink "/proc/$holder/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
    run_hook
    pid=''
    assert_fails "has no root"
}

. shunit2
