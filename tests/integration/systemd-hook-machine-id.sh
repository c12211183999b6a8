#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: /etc/machine-id and /run/host, and that the image stays as it is.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

mask=/run/systemd/system/systemd-machine-id-commit.service

# assert_bound PATH: our id is mounted there, and PID 1 will not try to commit it
assert_bound() {
    assertEquals "$1" "$machine_id" "$(in_container cat "$rootfs$1")"
    assertEquals "$1" 'tmpfs ro,nosuid,nodev,noexec,relatime' "$(mount_of "$1")"
    assertEquals '444 0:0' "$(stat_of "$1")"
    assertEquals /dev/null "$(in_container readlink "$rootfs$mask")"
    assertContains "systemd may unmount $1" "$(in_container cat "$(drop_in "$1")" 2>&1)" 'DefaultDependencies=no'
    assertFalse 'writable' "in_container bash -c 'echo x >$rootfs$1' 2>/dev/null"
}

# drop_in PATH: of the mount unit of a path of the container
drop_in() {
    local name=${1#/}
    name=${name//-/\\x2d}
    echo "$rootfs/run/systemd/system/${name//\//-}.mount.d/50-oci-systemd-hook.conf"
}

# assert_left: /etc/machine-id is none of ours
assert_left() {
    assertNull "$(mount_of /etc/machine-id)"
    assertFalse 'mask' "in_container [ -e '$rootfs$mask' -o -L '$rootfs$mask' ]"
}

testStatesOfTheFile() {
    local text
    for text in '' $'uninitialized\n' uninitialized $'\n' 'rubbish' "$(printf 'f%.0s' {1..33})" \
        ffffffffffffffffffffffffffffffff $'0123456789abcdef0123456789abcdef\n' 00000000000000000000000000000000; do
        printf '%s' "$text" | tee "$bundle/image-id" >"$rootfs/etc/machine-id"
        start_container || return
        assert_silent
        assert_bound /etc/machine-id
        kill_container
        assertTrue 'the image stays' "cmp '$rootfs/etc/machine-id' '$bundle/image-id'"
    done
}

testAbsent() {
    rm "$rootfs/etc/machine-id"
    start_container || return
    assert_silent
    assert_bound /etc/machine-id
    kill_container
    assertEquals 'an empty place to mount on' '444 0' "$(stat -c '%a %s' "$rootfs/etc/machine-id")"
}

testNoEtc() {
    rm -r "${rootfs:?}/etc"
    start_container || return
    assert_silent
    assert_bound /etc/machine-id
    assertEquals '755 0:0' "$(stat_of /etc)"
}

# A user's file where ours would be, to be mounted from there
testUsersFileInRunHost() {
    echo user >"$bundle/file"
    add_mount bind "$bundle/file" /run/host/machine-id bind
    prepare='mkdir $rootfs/run/host; : >$rootfs/run/host/machine-id
        mount --bind $bundle/file $rootfs/run/host/machine-id' start_container || return
    assert_silent
    assertEquals user "$(in_container cat "$rootfs/run/host/machine-id")"
    assert_bound /etc/machine-id
}

testAlreadyOurs() {
    echo "$machine_id" >"$rootfs/etc/machine-id"
    start_container || return
    assert_silent
    assert_left
}

testLinkToAFile() {
    mkdir -p "$rootfs/var/lib/dbus"
    echo ffffffffffffffffffffffffffffffff >"$rootfs/var/lib/dbus/machine-id"
    ln -sfn /var/lib/dbus/machine-id "$rootfs/etc/machine-id"
    start_container || return
    assert_silent
    assert_bound /var/lib/dbus/machine-id
}

# PID 1 would make the file, and write our id to the image
testLinkToNoFile() {
    local target
    ln -s /run/../var/lib/second "$rootfs/etc/first"
    for target in nowhere:/etc/nowhere /var/lib/id:/var/lib/id ../var/x/y/id:/var/x/y/id first:/var/lib/second /run/id:/run/id; do
        ln -sfn "${target%:*}" "$rootfs/etc/machine-id"
        start_container || return
        assert_silent
        assert_bound "${target#*:}"
        assertEquals "$machine_id" "$(in_container chroot "$rootfs" /bin/cat /etc/machine-id 2>/dev/null ||
            in_container cat "$rootfs${target#*:}")"
        kill_container
        assertNotContains 'the image' "$(cat "$rootfs${target#*:}" 2>&1)" "$machine_id"
    done
}

testLinkIntoAVolume() {
    mkdir -p "$bundle/volume" "$rootfs/srv"
    ln -sfn /srv/id "$rootfs/etc/machine-id"
    prepare='mount --bind $bundle/volume $rootfs/srv' start_container || return
    add_mount bind "$bundle/volume" /srv rbind
    run_hook
    assert_warns '/etc/machine-id is on a volume and holds no id that can be read: left as it is'
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
    assert_left
    assertNull 'nothing is made in it' "$(ls -A "$bundle/volume")"
    assertNull 'nor a journal' "$(ls -A /var/log/journal)"
}

# It is the file that counts, not the link
testLinkOutOfAVolume() {
    mkdir "$rootfs/var/lib" "$bundle/etc"
    ln -s /var/lib/no-id "$bundle/etc/machine-id"
    add_mount bind "$bundle/etc" /etc rbind
    prepare='mount --bind $bundle/etc $rootfs/etc' start_container || return
    assert_silent
    assertEquals "$machine_id" "$(in_container cat "$rootfs/var/lib/no-id")"
    assertTrue 'a journal' "[ -d /var/log/journal/$machine_id ]"
}

testNotAFile() {
    local make
    for make in mkdir mkfifo 'ln -s machine-id' 'ln -s ../../../../../../etc/machine-id' 'ln -s nowhere/' \
        'ln -s /proc/nowhere/srv/id'; do
        rm -rf "$rootfs/etc/machine-id"
        $make "$rootfs/etc/machine-id"
        prepare='mount -t proc proc $rootfs/proc' start_container || return
        run_hook
        assert_warns '/etc/machine-id is not a regular file: left as it is'
        assert_left
        assertNull 'no journal that nobody writes' "$(ls -A /var/log/journal)"
        assertEquals "$make" "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
        kill_container
    done
    assertEquals "the host's" 0123456789abcdef0123456789abcdef "$(cat /etc/machine-id)"
}

# The user's word counts, and his file is left
testUsersFile() {
    echo DDDDDDDD-dddd-dddd-dddd-dddddddddddd >"$bundle/id"
    add_mount bind "$bundle/id" /etc/machine-id bind ro
    prepare='mount --bind $bundle/id $rootfs/etc/machine-id' start_container || return
    assert_silent
    machine_id=dddddddddddddddddddddddddddddddd
    assertEquals 'DDDDDDDD-dddd-dddd-dddd-dddddddddddd' "$(in_container cat "$rootfs/etc/machine-id")"
    assertEquals "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
    assertTrue 'one id everywhere' "[ -d '/var/log/journal/$machine_id' ]"
    assertEquals 'systemd cannot commit a mount' /dev/null "$(in_container readlink "$rootfs$mask")"
    assertTrue 'systemd may unmount it' "in_container [ -s '$(drop_in /etc/machine-id)' ]"
    assertTrue 'systemd may unmount it' "in_container [ -s '$(drop_in "/var/log/journal/$machine_id")' ]"
    snapshot
    assert_silent
    assert_unchanged 'second call'
}

testUsersFileIsRubbish() {
    echo rubbish >"$bundle/id"
    add_mount bind "$bundle/id" /etc/machine-id bind
    prepare='mount --bind $bundle/id $rootfs/etc/machine-id' start_container || return
    run_hook
    assert_warns "The container's /etc/machine-id, which its user mounted, cannot be read or holds no id: no journal on the host"
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
    assertNull "$(ls -A /var/log/journal)"
    assertEquals rubbish "$(in_container cat "$rootfs/etc/machine-id")"
    assertEquals "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
}

# Its user chose an id, and the administrator its journal: no other id will do
testUsersFileIsRubbishAndJournalHost() {
    echo rubbish >"$bundle/id"
    add_mount bind "$bundle/id" /etc/machine-id bind
    prepare='mount --bind $bundle/id $rootfs/etc/machine-id' start_container || return
    run_hook --journal=host
    assert_fails 'cannot be read or holds no id: no journal on the host, which --journal=host asks for'
}

testEnvironment() {
    local uuid=eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee
    edit_config ".process.env += [\"container_uuid=$uuid\"]"
    start_container || return
    assert_silent
    assert_bound /etc/machine-id
    kill_container
    start_container || return
    assert_silent --id-from-env
    machine_id=${uuid//-/}
    assert_bound /etc/machine-id
    assertEquals "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
}

testOtherIds() {
    local first
    id=web
    start_container || return
    assert_silent
    machine_id=$(in_container cat "$rootfs/run/host/container-uuid")
    assertTrue "$machine_id" "[[ '$machine_id' =~ ^[0-9a-f]{32}$ ]]"
    assert_bound /etc/machine-id
    assertTrue 'one id everywhere' "[ -d '/var/log/journal/$machine_id' ]"
    first=$machine_id
    kill_container
    mv "$bundle" "$bundle.moved" && bundle+=.moved && rootfs=$bundle/rootfs
    start_container || return
    assert_silent
    assertNotEquals 'the same name elsewhere is another container' "$first" "$(in_container cat "$rootfs/run/host/container-uuid")"
}

testRunHost() {
    local manager
    mkdir "$rootfs/run/host" && echo image >"$rootfs/run/host/container-manager"
    for manager in libpod:podman cri-o:crio other:oci; do
        edit_config --arg m "${manager%:*}" '.annotations["io.container.manager"] = $m'
        start_container || return
        assert_silent
        assertEquals "${manager#*:}" "$(in_container cat "$rootfs/run/host/container-manager")"
        kill_container
    done
    start_container || return
    assert_silent
    assertEquals 'tmpfs ro,nosuid,nodev,noexec,relatime' "$(mount_of /run/host)"
    assertEquals '755 0:0' "$(stat_of /run/host)"
    assertEquals "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
    assertEquals "$(cat /etc/os-release)" "$(in_container cat "$rootfs/run/host/os-release")"
}

testNoOsRelease() {
    mkdir "$bundle/upper" "$bundle/work"
    mount -t overlay -o "lowerdir=/usr/lib,upperdir=$bundle/upper,workdir=$bundle/work" overlay /usr/lib ||
        { skip 'kernel: no overlay file system'; return; }
    rm -f /etc/os-release /usr/lib/os-release
    start_container || return
    assert_silent
    assertEquals "$machine_id" "$(in_container cat "$rootfs/run/host/container-uuid")"
    kill_container
    ln -s /dev/null /etc/os-release
    start_container || return
    run_hook
    assert_warns "Failed to read the host's os-release, ignoring: Invalid argument"
    umount /usr/lib
    ln -sf ../usr/lib/os-release /etc/os-release
}

# What soft-reboot would unmount: the drop-ins are there, by the names of the units
testMountsOutlastSoftReboot() {
    local unit
    start_container || return
    assert_silent
    for unit in 'etc-machine\x2did' "var-log-journal-$machine_id"; do
        assertContains "$unit" "$(in_container cat "$rootfs/run/systemd/system/$unit.mount.d/50-oci-systemd-hook.conf")" DefaultDependencies=no
    done
}

. shunit2
