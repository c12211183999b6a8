#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: tmpfs on /run, /run/lock and /tmp, with the image's content copied up.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

testMounts() {
    start_container || return
    assert_silent --run-size=16M --tmp-size=8M
    assertEquals 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of /run)"
    assertEquals 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of /run/lock)"
    assertEquals 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of /tmp)"
    assertEquals '755 0:0' "$(stat_of /run)"
    assertEquals '755 0:0' "$(stat_of /run/lock)"
    assertEquals '1777 0:0' "$(stat_of /tmp)"
    assertEquals '16384 819200' "$(in_container stat -f -c '%b*%S/1024 %c' "$rootfs/run" | awk -F '[* /]' '{ print $1 * $2 / $3, $4 }')"
    assertEquals '8192 409600' "$(in_container stat -f -c '%b*%S/1024 %c' "$rootfs/tmp" | awk -F '[* /]' '{ print $1 * $2 / $3, $4 }')"
}

testEnginesTmpfsIsLeft() {
    local path
    for path in run run/lock tmp; do add_mount tmpfs tmpfs /$path nosuid nodev; done
    prepare='for path in run run/lock tmp; do mkdir -p $rootfs/$path; mount -t tmpfs -o size=1m tmpfs $rootfs/$path; done'
    start_container || return
    run_hook --explain
    assertNotContains "$out" tmpfs
    assert_silent
    for path in /run /run/lock /tmp; do
        assertEquals "$path" 1M "$(in_container findmnt -n -o SIZE --mountpoint "$rootfs$path" | tr -d ' ')"
    done
}

# CRI-O mounts its four noexec; systemd runs programs there. A pod's volume is not CRI-O's.
testCrioNoexec() {
    local path
    edit_config '.annotations["io.container.manager"] = "cri-o"'
    for path in /run /tmp /var/log/journal; do add_mount tmpfs tmpfs $path noexec nosuid nodev; done
    add_mount bind /somewhere /run/lock noexec
    mkdir -p "$rootfs/var/log/journal"
    prepare='for path in run tmp var/log/journal; do mount -t tmpfs -o noexec,nosuid,nodev tmpfs $rootfs/$path; done
        mkdir $rootfs/run/lock; mount -t tmpfs -o noexec tmpfs $rootfs/run/lock'
    start_container || return
    assert_silent
    for path in /run /tmp /var/log/journal; do
        assertEquals "$path" 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of $path)"
    done
    assertContains "$(mount_of /run/lock)" noexec
}

testCopyUp() {
    local before times
    mkdir -p "$rootfs"/run/{httpd/deep/deeper,lock/sub,systemd/container-not} "$rootfs/tmp/.X11-unix"
    chmod 2770 "$rootfs/run/httpd" && chown 33:34 "$rootfs/run/httpd"
    chmod 1777 "$rootfs/tmp/.X11-unix"
    printf 'text' >"$rootfs/run/httpd/file" && chown 4294967294:65534 "$rootfs/run/httpd/file"
    chmod 0 "$rootfs/run/httpd/file"
    printf x >"$rootfs/run/suid" && chown 1:2 "$rootfs/run/suid" && chmod 6711 "$rootfs/run/suid"
    ln -s /etc/passwd "$rootfs/run/link" && chown -h 5:6 "$rootfs/run/link"
    ln -s nowhere "$rootfs/run/httpd/dangling"
    printf 'new\nline' >"$rootfs/run/httpd/deep/deeper/"$'odd \n\xff name'
    head -c 300000 /dev/urandom >"$rootfs/run/httpd/big"
    truncate -s 1M "$rootfs/run/sparse"
    touch -d '2001-02-03 04:05:06.789' "$rootfs/run/httpd/big" "$rootfs/run/httpd/deep"
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$rootfs/run/suid"
    printf l >"$rootfs/run/lock/sub/l"
    before=$(cd "$rootfs" && find run tmp -mindepth 1 -printf '%p %y %m %U:%G %l\n' | sort)
    start_container || return
    assert_silent --journal=no
    assertEquals "$before" "$(in_container bash -c "cd '$rootfs' && find run tmp -mindepth 1 \
        ! -path 'run/host*' ! -path 'run/systemd/system*' -printf '%p %y %m %U:%G %l\n' | sort")"
    assertEquals 'content' "$(md5sum "$rootfs/run/httpd/big")" "$(in_container md5sum "$rootfs/run/httpd/big")"
    times=$(stat -c %y "$rootfs/run/httpd/big" "$rootfs/run/httpd/deep")
    assertEquals 'times' "$times" "$(in_container stat -c %y "$rootfs/run/httpd/big" "$rootfs/run/httpd/deep")"
    assertEquals 'capability' "$(getfattr --absolute-names -e hex -n security.capability "$rootfs/run/suid")" \
        "$(in_container getfattr --absolute-names -e hex -n security.capability "$rootfs/run/suid")"
    assertEquals 4 "$(in_container cat "$rootfs/run/httpd/file" | wc -c)"
}

testUserXattrs() {
    : >/var/log/file
    setfattr -n user.note -v 1 /var/log/file 2>/dev/null || { skip 'kernel: tmpfs has no user.* attributes'; return; }
    : >"$rootfs/run/file"
    setfattr -n user.note -v image "$rootfs/run/file" || { skip 'kernel: no user.* attributes on this file system'; return; }
    start_container || return
    assert_silent
    assertEquals image "$(in_container getfattr --only-values -n user.note --absolute-names "$rootfs/run/file")"
}

testLeftOut() {
    mkdir -p "$rootfs"/run/{host/image,systemd/container/sub,systemd/machine-id,lock/host,machine-id}
    mkfifo "$rootfs/run/fifo"
    mknod "$rootfs/run/null" c 1 3
    mknod "$rootfs/tmp/disk" b 254 0
    jq -n '"not a socket"' >"$rootfs/run/file"
    start_container || return
    assert_silent
    assertEquals 'file host lock systemd' "$(in_container ls "$rootfs/run" | tr '\n' ' ' | sed 's/ $//')"
    assertFalse container "in_container [ -e '$rootfs/run/systemd/container' ]"
    assertFalse 'of the image' "in_container [ -e '$rootfs/run/host/image' ]"
    assertTrue 'only of /run itself' "in_container [ -d '$rootfs/run/systemd/machine-id' -a -d '$rootfs/run/lock/host' ]"
    assertNull "$(in_container ls -A "$rootfs/tmp")"
}

testLimitOfBytes() {
    mkdir -m 750 "$rootfs/run/big" && chown 33:33 "$rootfs/run/big"
    truncate -s 33554432 "$rootfs/run/big/fits"
    start_container || return
    assert_silent
    assertEquals 33554432 "$(in_container stat -c %s "$rootfs/run/big/fits")"
    kill_container
    truncate -s 33554433 "$rootfs/run/big/fits"
    start_container || return
    run_hook
    assert_warns 'at big/fits a limit was reached (33554432 bytes, 10000 entries), ignoring the rest'
    assertFalse 'no part of it' "in_container [ -e '$rootfs/run/big/fits' ]"
    assertEquals 'what was copied is whole' '750 33:33' "$(stat_of /run/big)"
}

testLimitOfEntries() {
    mkdir "$rootfs/tmp/many"
    (cd "$rootfs/tmp/many" && seq 9999 | xargs touch)
    start_container || return
    assert_silent
    assertEquals 9999 "$(in_container ls "$rootfs/tmp/many" | wc -l)"
    kill_container
    : >"$rootfs/tmp/many/one-more"
    start_container || return
    run_hook
    assert_warns "Copied only 0 bytes in 10000 entries of the image's /tmp"
    assertEquals 9999 "$(in_container ls "$rootfs/tmp/many" | wc -l)"
}

# the file that did not fit is not there with a part of its content
testTooSmall() {
    mkdir "$rootfs/run/a"
    head -c 3000000 /dev/zero >"$rootfs/run/a/file"
    start_container || return
    run_hook --run-size=1M
    assert_warns "Copied only a part of the image's /run, at a/file"
    assertContains "$err" 'No space left on device'
    assertNull "$(in_container ls -A "$rootfs/run/a")"
}

testDepth() {
    mkdir -p "$rootfs/run/$(seq -s / 100)"
    start_container || return
    run_hook
    assert_warns 'ignoring the rest'
    assertTrue "in_container [ -d '$rootfs/run/1/2/3' ]"
}

. shunit2
