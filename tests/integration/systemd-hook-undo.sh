#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: whole or nothing, twice is once, --explain changes nothing, --strict.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# An image with something of everything
fill_image() {
    mkdir -p "$rootfs"/run/{httpd,lock/sub,volume,file} "$rootfs/tmp/.X11-unix"
    echo hello >"$rootfs/run/httpd/pid" && chown 33:33 "$rootfs/run/httpd/pid" && chmod 4750 "$rootfs/run/httpd"
    ln -s /etc/passwd "$rootfs/run/link"
    setfattr -n user.note -v image "$rootfs/run/httpd/pid"
    : >"$rootfs/run/bound"
    prepare='mount -t tmpfs tmpfs $rootfs/run/volume; mkdir $rootfs/run/volume/sub
        mount -t tmpfs tmpfs $rootfs/run/volume/sub; : >$rootfs/run/volume/sub/deep
        mount --bind /etc/passwd $rootfs/run/bound'
}

# The last step fails the container: the host keeps no journal
testLastStepFails() {
    fill_image
    start_container || return
    rmdir /var/log/journal
    snapshot
    run_hook --journal=host
    assert_fails 'the host keeps no persistent journal'
    assert_unchanged 'after a failure'
}

testLastStepFailsHostNamespace() {
    fill_image
    start_container -m || return
    rmdir /var/log/journal
    snapshot
    run_hook --journal=host
    assert_fails 'the host keeps no persistent journal'
    assert_unchanged 'after a failure'
}

# An image without any of the places, and CRI-O's noexec, are undone as well
testLastStepFailsBareImage() {
    (cd "$rootfs" && rm -r run etc var sys proc)
    edit_config '.annotations["io.container.manager"] = "cri-o"'
    add_mount tmpfs tmpfs /tmp noexec
    prepare='mount -t tmpfs -o noexec tmpfs $rootfs/tmp' start_container || return
    rmdir /var/log/journal
    snapshot
    run_hook --journal=host
    assert_fails 'the host keeps no persistent journal'
    assert_unchanged 'after a failure'
    mkdir /var/log/journal
    assert_silent
    assertNotContains "$(mount_of /tmp)" noexec
}

# The journal directory that was made on the host goes too
testJournalMountFails() {
    mkdir "$rootfs/var/log/journal"
    : >"$rootfs/var/log/journal/$machine_id"
    start_container || return
    snapshot
    run_hook --journal=host
    assert_fails 'something else is there'
    assert_unchanged 'after a failure'
}

testJournalMountFailsTolerated() {
    mkdir "$rootfs/var/log/journal"
    : >"$rootfs/var/log/journal/$machine_id"
    start_container || return
    run_hook
    assert_warns 'something else is there, or on the way to it, ignoring'
    assertNull 'no directory without a journal' "$(ls -A /var/log/journal)"
    assertFalse 'nor its drop-in' "in_container [ -e '$rootfs/run/systemd/journald.conf.d' ]"
    assertContains "$(mount_of /etc/machine-id)" ro
}

testTmpIsAFile() {
    rmdir "$rootfs/tmp" && : >"$rootfs/tmp"
    start_container || return
    snapshot
    run_hook
    assert_fails 'Failed to mount a tmpfs on /tmp'
    assert_unchanged 'after a failure'
}

testStrict() {
    # over the limit of entries, which is tolerated without --strict
    mkdir "$rootfs/run/many"
    (cd "$rootfs/run/many" && seq 10001 | xargs touch)
    start_container || return
    snapshot
    run_hook --strict
    assertEquals 1 "$status"
    assertContains "$err" 'limit was reached'
    assert_unchanged 'after a failure'
}

testStrictJournal() {
    start_container || return
    mkdir "/var/log/journal/$machine_id"
    snapshot
    run_hook --strict
    assert_fails 'was not made for this container'
    assert_unchanged 'after a failure'
}

testExplainChangesNothing() {
    fill_image
    start_container || return
    snapshot
    run_hook --explain
    assertEquals "$err" 0 "$status"
    assertNull "$err" "$err"
    assertContains "$out" "id $machine_id, journal try-host"
    assertContains "$out" 'mount tmpfs on /run (mode=0755,size=20%,nr_inodes=800k)'
    assertContains "$out" 'mount tmpfs on /tmp (mode=1777,size=10%,nr_inodes=400k)'
    assertContains "$out" "mount the host's journal directory on /var/log/journal/$machine_id"
    assert_unchanged 'after --explain'
}

testTwiceIsOnce() {
    local flag
    for flag in -C -m; do
        fill_image
        start_container $flag || return
        assert_silent
        snapshot
        assert_silent
        assert_unchanged "second call, unshare $flag"
        run_hook --explain
        assertEquals 'nothing to do' "$(tail -n 1 <<<"$out")"
        kill_container
        rm -r "${rootfs:?}"/run/*
    done
}

testProcessIsGone() {
    start_container || return
    state >"$bundle/state.json"
    kill_container
    run "$SYSTEMD_HOOK" <"$bundle/state.json"
    assert_fails 'cannot get hold of process'
    assertNull "$(ls -A /var/log/journal)"
}

. shunit2
