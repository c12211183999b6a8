#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # ids is set by new_ids
# File systems without room, without inodes, or read-only: the host's /var/log/journal, the container's /run, the image's.
# What systemd needs fails the container as a whole, what it does not is one warning.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-load.sh
. "${0%/*}/in-load.sh"

own_journal=/run/own-journal

oneTimeSetUp() {
    need_image web
    need_image busybox
    warm_up
    do_not_watch_ended
    mkdir -p $own_journal $load_dir
    mount --bind --make-private /var/log/journal $own_journal
    mount -t tmpfs tmpfs $load_dir
}

oneTimeTearDown() {
    umount $own_journal $load_dir 2>/dev/null
    return 0
}

tearDown() {
    delete_one "$id" 2>/dev/null
    while mountpoint -q "$load_dir/$id/rootfs" && umount "$load_dir/$id/rootfs"; do :; done
    umount "$load_dir/$id/disk" /var/log/journal 2>/dev/null
    rm -rf "${load_dir:?}/$id"
    return 0
}

# The host's own journal, where another file system covers it.
journalctl() {
    case $1 in
    --sync) command journalctl --sync ;;
    *) command journalctl -D $own_journal "$@" ;;
    esac
}

# container IMAGE FILTER: sets $id, of a container with that change of its config.json
container() {
    template "$1" "$2"
    new_ids 1
    bundles "${ids[0]}"
    id=${ids[0]}
}

# journal_without ROOM: the host's journal is on a small file system: `inodes` leaves one, which is too few, `space` none
journal_without() {
    case $1 in
    inodes)
        mount -t tmpfs -o nr_inodes=3 tmpfs /var/log/journal
        touch /var/log/journal/filler
        ;;
    space)
        mount -t tmpfs -o size=16k tmpfs /var/log/journal
        head -c 16384 /dev/zero >/var/log/journal/filler
        ;;
    writing) mount -t tmpfs -o ro tmpfs /var/log/journal ;;
    esac
}

inside() {
    "$RUNTIME" exec "$id" "$@"
}

# assert_boots WARNING: the hooks say that and nothing else, and it runs, with a journal of its own
assert_boots() {
    mark
    start_one "$id"
    assertEquals "$(cat "$load_dir/$id/said")" 0 "$(cat "$load_dir/$id/status")"
    assertEquals "$1" "$(said)"
    wait_for 60 inside test -S /run/dbus/system_bus_socket
    assertEquals running "$(inside timeout 60 systemctl is-system-running --wait)"
    assertContains "$(inside journalctl --no-pager -o cat)" 'Startup finished in'
    assertEquals "${id::32}" "$(machines)"
}

# assert_fails_whole MESSAGE: one line, and nothing is left
assert_fails_whole() {
    local before
    before=$(host_state; find /var/log/journal "$load_dir/$id" | sort)
    mark
    start_one "$id"
    assertNotEquals 0 "$(cat "$load_dir/$id/status")"
    rm "$load_dir/$id"/{said,status}
    assertEquals "$1" "$(said)"
    assertEquals '' "$(diff <(echo "$before") <(host_state; find /var/log/journal "$load_dir/$id" | sort))"
}

# complaint REASON [END]: about the journal
complaint() {
    echo "${id::12}: Failed to mount the host's journal directory on /var/log/journal/${id::32}${2-, ignoring}: $1"
}

# id_complaint REASON: about the machine id, and what follows
id_complaint() {
    echo "${id::12}: Failed to mount the container's id on /etc/machine-id, so systemd-machined knows the container by another \
id, and the journal stays in the container: $1"
}

journal_on_full_disk() {
    local kind=$1 reason=$2
    container web .
    journal_without "$kind"
    assert_boots "$(complaint "$reason")"
    assertEquals 'left in the journal' '' "$(find /var/log/journal -mindepth 1 ! -name filler)"
    tearDown
    container web '.hooks.createRuntime[0].args += ["--journal=host"]'
    journal_without "$kind"
    assert_fails_whole "$(complaint "$reason" '')"
    report "/var/log/journal without $kind" 2 "\`try-host\`: one warning, boots, journal inside; \`host\`: fails whole"
}

testJournalReadOnly() {
    journal_on_full_disk writing 'Read-only file system'
}

testJournalWithoutInodes() {
    journal_on_full_disk inodes 'No space left on device'
}

# A directory takes no block there, so the container gets it; its own journald is left with what it has in /run.
testJournalWithoutSpace() {
    container web .
    journal_without space
    assert_boots ''
    assertEquals "${id::32}" "$(journals | grep -v filler)"
    report '/var/log/journal without space' 1 'boots; its journald keeps what it has to say in /run'
}

testPoststopReadOnly() {
    container busybox "$sleeps | .annotations[\"io.podman.annotations.autoremove\"] = \"true\""
    mount -t tmpfs tmpfs /var/log/journal
    mark
    start_one "$id"
    mount -o remount,ro /var/log/journal
    delete_one "$id"
    assertEquals "$(cat "$load_dir/$id/said")" 0 "$(cat "$load_dir/$id/status")"
    assertEquals "${id::12}: Failed to note that the container ended, so its journal stays: Read-only file system" "$(said)"
    assertEquals '' "$(machines)"
    assertFalse "[ -e /run/$RUNTIME/$id ]"
    report '/var/log/journal read-only at the end of a --rm container' 1 'one message, the container goes'
}

# assert_starts_with WARNINGS: and nothing else is said
assert_starts_with() {
    mark
    start_one "$id"
    assertEquals "$(cat "$load_dir/$id/said")" 0 "$(cat "$load_dir/$id/status")"
    assertEquals "$1" "$(said)"
    assertEquals "${id::32}" "$(machines)"
}

testRunWithoutSpace() {
    container busybox "$sleeps | .hooks.createRuntime[0].args += [\"--run-size=4096\"]"
    head -c 4096 /dev/zero >"$load_dir/$id/rootfs/run/shipped"
    assert_starts_with "${id::12}: Failed to write a drop-in for etc-machine\x2did.mount below /run/systemd/system, so a soft-reboot unmounts it: \
No space left on device
$(complaint 'No space left on device' ', at /run/systemd/journald.conf.d, ignoring')"
    assertEquals 'left in the journal' '' "$(find "/var/log/journal/${id::32}" /var/log/journal/.oci* 2>/dev/null)"
    report '/run full after the copy-up' 1 'starts, two warnings, journal inside'
}

testRunWithoutInodes() {
    container busybox "$sleeps | .mounts += [{type: \"tmpfs\", source: \"tmpfs\", destination: \"/run\", options: [\"nr_inodes=1\"]}]"
    assert_fails_whole "${id::12}: Failed to mount a tmpfs on /run/lock: No space left on device"
    report "the engine's /run without inodes" 1 "fails whole"
}

# image_disk_full [COMMAND]: the container's own file system has no inode left, after a command in its root directory
image_disk_full() {
    local dir=$load_dir/$id number=0
    umount "$dir/rootfs"
    mkdir "$dir/disk"
    mount -t tmpfs -o nr_inodes=100 tmpfs "$dir/disk"
    mkdir "$dir"/disk/{upper,work}
    mount -t overlay -o "lowerdir=$lower,upperdir=$dir/disk/upper,workdir=$dir/disk/work" overlay "$dir/rootfs"
    (cd "$dir/rootfs" && eval "${1:-:}")
    while touch "$dir/disk/$((number++))" 2>/dev/null; do :; done
}

testImageDiskFull() {
    container busybox "$sleeps"
    image_disk_full
    assert_starts_with "$(id_complaint 'No space left on device')"
    assertEquals 'left in the journal' '' "$(find "/var/log/journal/${id::32}" /var/log/journal/.oci* 2>/dev/null)"
    report "the image's disk full, no place for machine-id and journal" 1 "starts, one warning, journal inside"
}

testImageDiskFullWithoutRun() {
    container busybox "$sleeps"
    image_disk_full 'rmdir run'
    assert_fails_whole "${id::12}: Failed to mount a tmpfs on /run: No space left on device"
    report "the image's disk full, no place for /run" 1 "fails whole"
}

# config.json does not tell of it
testImageReadOnly() {
    local dir
    container busybox "$sleeps"
    dir=$load_dir/$id
    umount "$dir/rootfs"
    mount -t overlay -o "ro,lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/rootfs"
    assert_starts_with "$(id_complaint 'Read-only file system')"
    assertEquals 'left in the journal' '' "$(find "/var/log/journal/${id::32}" /var/log/journal/.oci* 2>/dev/null)"
    report "the image's file system read-only, no place for machine-id and journal" 1 "starts, one warning, journal inside"
}

. shunit2
