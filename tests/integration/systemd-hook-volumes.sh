#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: the user's mounts below /run and /tmp, and in the way of what the hook makes.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# volume PATH...: a tmpfs with a file `kept` on each path of the image, made by $prepare
volume() {
    local path
    for path; do
        prepare+=$'\n'"mkdir -p \$rootfs$path; mount -t tmpfs user \$rootfs$path; echo '$path' >\$rootfs$path/kept"
    done
}

# assert_kept PATH...
assert_kept() {
    local path
    for path; do
        assertEquals "$path" "$path" "$(in_container cat "$rootfs$path/kept")"
        assertEquals "$path" user "$(in_container findmnt -n -o SOURCE --mountpoint "$rootfs$path" | tail -n 1)"
    done
}

testNested() {
    volume /run/a /run/a/b /run/a/b/c /run/d/e/f /tmp/x /tmp/x/y /run/lock/sub
    mkdir -p "$rootfs/run/d/image"
    start_container || return
    assert_silent
    assertEquals 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of /run)"
    assert_kept /run/a /run/a/b /run/a/b/c /run/d/e/f /tmp/x /tmp/x/y /run/lock/sub
    assertTrue "in_container [ -d '$rootfs/run/d/image' ]"
}

testFiles() {
    : >"$rootfs/run/file"
    mkdir "$rootfs/run/dir" && mknod "$rootfs/run/dir/device" c 1 3 && mkfifo "$rootfs/tmp/fifo"
    prepare='mount --bind /etc/machine-id $rootfs/run/file
        mount --bind /etc/machine-id $rootfs/run/dir/device
        mount --bind $rootfs/tmp/fifo $rootfs/tmp/fifo'
    start_container || return
    assert_silent
    assertEquals "$(cat /etc/machine-id)" "$(in_container cat "$rootfs/run/file")"
    assertEquals "$(cat /etc/machine-id)" "$(in_container cat "$rootfs/run/dir/device")"
    assertTrue 'a volume may be anything' "in_container [ -p '$rootfs/tmp/fifo' ]"
}

testUnbindable() {
    volume /run/a
    prepare+=$'\n''mount --make-unbindable $rootfs/run/a'
    start_container || return
    assert_silent
    assert_kept /run/a
}

# hold_mounts PATH...: the container holds a descriptor of each mount, from 20 on, as crun does
hold_mounts() {
    local path fd=20
    for path; do
        prepare+=$'\n'"exec $fd<\$rootfs$path"
        fd=$((fd + 1))
    done
}

# change_held FD OPTIONS: what crun does with its mounts after the hooks
change_held() {
    in_container mount -c -i -o "remount,bind,$2" none "/proc/$pid/fd/$1"
}

# crun sets `ro`, with the options beside it, after the hooks: on what is visible
testRuntimeChangesMountsLater() {
    local options fd=20 path paths=(/run/a /run/a/b /run/a/b/c /run/file /run/lock/sub /run/host/credentials /tmp/x)
    volume "${paths[@]:0:3}" "${paths[@]:4}"
    prepare+=$'\n'': >$rootfs/run/file; mount --bind /etc/machine-id $rootfs/run/file'
    hold_mounts "${paths[@]}"
    start_container || return
    assert_silent
    for path in "${paths[@]}"; do
        for options in ro ro,nosuid ro,nodev,noexec; do
            change_held $fd "$options"
            assertEquals "$path" "$options" "$(in_container findmnt -n -o VFS-OPTIONS --mountpoint "$rootfs$path" | sed 's/,relatime//')"
        done
        fd=$((fd + 1))
    done
    assertFalse 'a write' "in_container touch '$rootfs/run/a/b/c/new' 2>/dev/null"
    assert_kept "${paths[@]:0:3}" "${paths[@]:4}"
}

# The same with a user namespace, whose root the hook makes files as
testRuntimeChangesMountsLaterInUserNamespace() {
    volume /run/a /tmp/x
    hold_mounts /run/a /tmp/x
    join_user_namespace 100000 200000 || return
    chown 100000:200000 "$rootfs"/{run,tmp}
    start_container -C || return
    assert_silent
    change_held 20 ro,noexec && change_held 21 ro,nosuid
    assertEquals ro,noexec,relatime "$(in_container findmnt -n -o VFS-OPTIONS --mountpoint "$rootfs/run/a")"
    assertEquals ro,nosuid,relatime "$(in_container findmnt -n -o VFS-OPTIONS --mountpoint "$rootfs/tmp/x")"
}

# What was mounted below the root file system before a user namespace was made is locked there
testLocked() {
    mkdir "$rootfs/run/locked" && mount -t tmpfs user "$rootfs/run/locked" && echo /run/locked >"$rootfs/run/locked/kept"
    join_user_namespace 100000 200000 || return
    chown 100000:200000 "$rootfs/run"
    bind=--rbind start_container -C
    assert_silent
    assert_kept /run/locked
    umount "$rootfs/run/locked"
}

# crun makes a tmpfs read-only after the hooks, too: nothing is made in it, as under runc
testTmpfsThatBecomesReadOnly() {
    mkdir "$rootfs/run/lock"
    add_mount tmpfs tmpfs /run nosuid ro
    prepare='mount -t tmpfs user $rootfs/run; mkdir $rootfs/run/lock'
    start_container || return
    run_hook
    assert_warns '/run is a volume: neither /run/host nor a machine id is set up'
    assertFalse '/run/host' "in_container [ -e '$rootfs/run/host' ]"
}

# A set-up that fails puts all mounts back
testFailureMovesBack() {
    volume /run/a /run/a/b /run/lock/sub /run/host/x /tmp/y
    mkdir -p "$rootfs/var/log" && : >"$rootfs/var/log/journal"
    start_container || return
    snapshot
    run_hook --journal=host
    assert_fails 'journal'
    # moved there and back: the list has another order
    sort -o "$bundle/before" "$bundle/before"
    snapshot "$bundle/after"
    assertEquals "$(cat "$bundle/before")" "$(sort "$bundle/after")"
    assert_kept /run/a /run/a/b /run/lock/sub /run/host/x /tmp/y
}

# Only names alike: not below /run, so neither covered nor touched
testBesideRun() {
    volume /runx /run/lockx /tmpx
    start_container || return
    assert_silent
    assert_kept /runx /run/lockx /tmpx
    assertEquals 1 "$(in_container findmnt -n --mountpoint "$rootfs/runx" | wc -l)"
}

# As config.json may write it
testOddPaths() {
    ln -s /run "$rootfs/var/run"
    mkdir -p "$rootfs/run/sub" "$rootfs/run/deep"
    add_mount bind /x /var/run/sub rbind
    add_mount bind /x //run/./deep/ rbind
    add_mount tmpfs tmpfs /tmp/ size=1m
    prepare='for path in run/sub run/deep tmp; do mount -t tmpfs user $rootfs/$path; echo /$path >$rootfs/$path/kept; done'
    start_container || return
    assert_silent
    assert_kept /run/sub /run/deep /tmp
}

# The same where the copy ends before it comes to them
testOddPathsAtALimit() {
    ln -s /run "$rootfs/var/run"
    ln -s deep "$rootfs/run/alias"
    mkdir -p "$rootfs/run/zz/sub" "$rootfs/run/deep/er" "$rootfs/run/hidden"
    truncate -s 33554433 "$rootfs/run/big"
    for path in /var/run/zz/sub //run/./alias/er/ /run/hidden/below /run/hidden /nowhere; do
        add_mount bind /x "$path" rbind
    done
    prepare='mkdir $rootfs/run/hidden/below; mount -t tmpfs user $rootfs/run/hidden/below
        for path in run/zz/sub run/deep/er run/hidden; do mount -t tmpfs user $rootfs/$path; echo /$path >$rootfs/$path/kept; done'
    start_container || return
    run_hook
    assert_warns 'a limit was reached'
    assert_kept /run/zz/sub /run/deep/er /run/hidden
}

testVolumeAtRun() {
    volume /run
    mkdir "$bundle/volume"
    start_container || return
    run_hook
    assert_warns '/run is a volume: neither /run/host nor a machine id is set up: left as it is, so systemd-machined knows'
    assert_kept /run
    assertEquals 'nothing is made in it' kept "$(in_container ls -A "$rootfs/run")"
    assertContains "$(mount_of /tmp)" tmpfs
}

# A volume over a tmpfs that an engine was led to by a link of the image: it is the volume that counts
testVolumeOverATmpfs() {
    local path
    ln -s /run "$rootfs/alias"
    add_mount tmpfs tmpfs /alias nosuid
    for path in bind ''; do
        edit_config '.mounts |= .[:1]'
        add_mount "$path" /somewhere /run rbind
        prepare='mount -t tmpfs engine $rootfs/run; mount -t tmpfs user $rootfs/run; echo /run >$rootfs/run/kept'
        start_container || return
        run_hook
        assert_warns '/run is a volume'
        assert_kept /run
        assertEquals kept "$(in_container ls -A "$rootfs/run")"
        kill_container
    done
}

testVolumeAtTmp() {
    volume /tmp
    start_container || return
    assert_silent
    assert_kept /tmp
}

testVolumeAtJournal() {
    volume /var/log/journal
    start_container || return
    run_hook
    assert_warns '/var/log/journal is on a volume: the journal stays there'
    assert_kept /var/log/journal
}

testVolumesInTheWay() {
    local path
    volume /run/systemd /run/host/sub
    prepare+=$'\n''for path in etc var/log/journal; do mount -t tmpfs user $rootfs/$path; : >$rootfs/$path/kept; done'
    mkdir "$rootfs/var/log/journal"
    start_container || return
    run_hook
    assertEquals "$err" 0 "$status"
    assertContains "$err" '/etc/machine-id is on a volume and holds no id that can be read: left as it is'
    for path in /run/systemd /run/host/sub /etc /var/log/journal; do
        assertEquals "$path" kept "$(in_container ls -A "$rootfs$path")"
    done
    assertNull 'no empty directory on the host' "$(ls -A /var/log/journal)"
}

# A volume that was put back into our tmpfs is the user's still
testNothingIsMadeInAKeptVolume() {
    volume /run/systemd
    start_container || return
    run_hook
    assertEquals "$err" 0 "$status"
    assertContains "$err" 'it is on a volume, or would have to be made there'
    assertEquals kept "$(in_container ls -A "$rootfs/run/systemd")"
    assertNull "$(mount_of /etc/machine-id)"
}

# as toolbox and distrobox have it; the id needs no /run/host
testRunHostIsTheUsers() {
    volume /run/host
    start_container || return
    assert_silent
    assertEquals "$machine_id" "$(in_container cat "$rootfs/etc/machine-id")"
    assertEquals 'tmpfs ro,nosuid,nodev,noexec,relatime' "$(mount_of /etc/machine-id)"
    assertEquals 1 "$(in_container findmnt -n --mountpoint "$rootfs/run" | wc -l)"
    assert_kept /run/host
    assertEquals kept "$(in_container ls -A "$rootfs/run/host")"
}

# Links of the image into a volume: nothing is made, nothing is covered there
testLinksIntoAVolume() {
    volume /data
    prepare+=$'\n''mkdir $rootfs/data/lock $rootfs/data/host $rootfs/data/tmp; : >$rootfs/data/machine-id
        rm -rf $rootfs/run/lock $rootfs/tmp; ln -s /data/tmp $rootfs/tmp; ln -sfn /data/host $rootfs/run/host
        ln -sfn /data/machine-id $rootfs/etc/machine-id; ln -sfn /data $rootfs/var/log/journal'
    start_container || return
    run_hook
    assert_kept /data
    assertNull "$(in_container findmnt -n -l -R -o TARGET "$rootfs/data" | tail -n +2)"
    assertEquals 'host kept lock machine-id tmp' "$(in_container ls -A "$rootfs/data" | tr '\n' ' ' | sed 's/ $//')"
}

. shunit2
