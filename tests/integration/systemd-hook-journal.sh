#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: the journal directory on the host, its owner, its end.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

host_dir=/var/log/journal/81f9f270b6608ffb6a500ac7ec36e137
ended=/var/log/journal/.oci-systemd-hook.ended

owner() {
    getfattr --only-values --absolute-names -n trusted.oci-systemd-hook.owner "$1" 2>/dev/null
}

testMadeAndMounted() {
    start_container || return
    assert_silent
    assertEquals '2755 0:4 directory' "$(stat -c '%a %u:%g %F' "$host_dir")"
    assertEquals "$id"$'\n'"$bundle" "$(owner "$host_dir")"
    assertEquals "${host_dir##*/}" "$(ls -A /var/log/journal)"
    assertEquals 'tmpfs rw,nosuid,nodev,noexec,relatime' "$(mount_of "$host_dir")"
    in_container touch "$rootfs$host_dir/system.journal"
    assertTrue 'the same directory' "[ -f '$host_dir/system.journal' ]"
    assertEquals '755 0:0' "$(stat_of /var/log/journal)"
    assertContains "$(in_container cat "$rootfs/run/systemd/journald.conf.d/50-oci-systemd-hook.conf")" \
        $'[Journal]\nSystemMaxUse=256M'
}

testMaxUse() {
    start_container || return
    assert_silent --journal-max-use=1G
    assertContains "$(in_container cat "$rootfs/run/systemd/journald.conf.d/50-oci-systemd-hook.conf")" SystemMaxUse=1G
}

# Started once more: the same directory, with what is in it
testStartedAgain() {
    start_container || return
    assert_silent
    touch "$host_dir/system.journal"
    kill_container
    start_container || return
    assert_silent
    assertTrue "in_container [ -f '$rootfs$host_dir/system.journal' ]"
}

testHostKeepsNone() {
    local mode
    rmdir /var/log/journal
    for mode in '' --journal=try-host --journal=auto --journal=no; do
        start_container || return
        # shellcheck disable=SC2086 # none or one
        assert_silent $mode
        assertNull "$mode" "$(mount_of "$host_dir")$(ls -A /var/log)"
        assertFalse "$mode" "in_container [ -e '$rootfs/var/log/journal' ]"
        kill_container
    done
    start_container || return
    run_hook --journal=host
    assert_fails 'the host keeps no persistent journal'
}

testModes() {
    start_container || return
    assert_silent --journal=no
    assertNull "$(ls -A /var/log/journal)"
    assert_silent --journal=auto
    assertNull 'auto makes none' "$(ls -A /var/log/journal)"
    assert_silent --journal=host
    assertEquals 'tmpfs rw,nosuid,nodev,noexec,relatime' "$(mount_of "$host_dir")"
    kill_container
    start_container || return
    assert_silent --journal=auto
    assertEquals 'auto takes what is there' 'tmpfs rw,nosuid,nodev,noexec,relatime' "$(mount_of "$host_dir")"
}

testAnnotationOnlyLowers() {
    edit_config '.annotations["io.containers.systemd-hook.journal"] = "host"'
    start_container || return
    assert_silent --journal=no
    assertNull "$(ls -A /var/log/journal)"
    edit_config '.annotations["io.containers.systemd-hook.journal"] = "no"'
    assert_silent --journal=host
    assertNull "$(ls -A /var/log/journal)"
    edit_config '.annotations["io.containers.systemd-hook.journal"] = "No\n; rm"'
    run_hook
    assert_warns 'is none of host, try-host, auto, no, ignoring'
    assertTrue 'as if it were not there' "[ -d '$host_dir' ]"
}

# A pod must not fill a node's disk unasked
testKubernetes() {
    edit_config '.annotations["io.kubernetes.pod.name"] = "pod"'
    start_container || return
    assert_silent
    assertNull "$(ls -A /var/log/journal)"
    assert_silent --journal=try-host
    assertTrue "[ -d '$host_dir' ]"
}

testForeignIsNotTaken() {
    local foreign
    for foreign in 'mkdir' 'mkdir -m 777' 'touch' 'ln -s /etc' 'ln -s nowhere' mkfifo; do
        $foreign "$host_dir"
        start_container || return
        tree /var/log >"$bundle/log"
        run_hook
        assert_warns 'was not made for this container, ignoring'
        assertNull "$foreign" "$(mount_of "$host_dir")"
        assertEquals "$foreign" "$(cat "$bundle/log")" "$(tree /var/log)"
        run_hook --journal=host
        assert_fails 'was not made for this container'
        kill_container
        rm -r "$host_dir"
    done
}

# The same id from another bundle, or from a longer id, is another container
testAnotherContainersIsNotTaken() {
    start_container || return
    assert_silent
    id=${machine_id}ffffffffffffffffffffffffffffffff
    kill_container
    start_container || return
    run_hook
    assert_warns 'was not made for this container'
    assertNull "$(mount_of "$host_dir")"
}

# The host's id, and none: no journal directory, no machine id
testIdOfTheHost() {
    local text
    for text in 0123456789abcdef0123456789abcdef 00000000000000000000000000000000; do
        id=${text}3790c53cf7eee0c0a048bb9062af3e38
        start_container || return
        run_hook
        assert_warns "The container's id $text is the host's or all zeros"
        assertNull "$(ls -A /var/log/journal)"
        assertNull "$(mount_of /etc/machine-id)"
        kill_container
        start_container || return
        snapshot
        run_hook --journal=host
        assert_fails 'which --journal=host asks for'
        assert_unchanged 'after a failure'
        kill_container
    done
}

testHostModeAndAVolume() {
    mkdir "$rootfs/var/log/journal"
    prepare='mount -t tmpfs user $rootfs/var/log/journal' start_container || return
    snapshot
    run_hook --journal=host
    assert_fails 'it is on a volume'
    assert_unchanged 'after a failure'
}

# The journal goes when the container is gone, and not before: poststop may be a restart
testRemovedWithTheContainer() {
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    start_container || return
    assert_silent
    kill_container
    mkdir -p "$host_dir/$(seq -s / 300)" "$host_dir/raised-0"
    touch "$host_dir/system.journal" "$host_dir/raised-0/file"
    ln -s /etc "$host_dir/link"
    run_hook_poststop --explain
    assertContains "$out" "remove the journal directory of $machine_id when the container is gone"
    assertEquals 'no note' "${host_dir##*/}" "$(ls -A /var/log/journal)"
    run_hook_poststop --journal=host
    assertEquals 'an admin who says host keeps it' "${host_dir##*/}" "$(ls -A /var/log/journal)"
    run_hook_poststop
    assertEquals "$err" "0" "$status$err"
    assertEquals 'a note' "2700 $id" "$(stat -c %a $ended) $(readlink "$ended/$machine_id")"
    assertTrue 'the journal is there' "[ -f '$host_dir/system.journal' ]"
    run_hook_poststop
    assertTrue 'and still, as the bundle is' "[ -f '$host_dir/system.journal' ]"
    run_hook_gone --explain
    assertTrue 'nothing is removed' "[ -f '$host_dir/system.journal' ]"
    run_hook_gone
    assertEquals "$err" "0" "$status$err"
    assertNull "$(ls -A /var/log/journal)"
    assertTrue 'no link is followed' '[ -f /etc/machine-id ]'
    run_hook_gone
    assertEquals 'and once more' "0" "$status$err"
}

testRestart() {
    local i
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    for i in 1 2 3; do
        start_container || return
        assert_silent
        assertEquals "start $i" "${host_dir##*/}" "$(ls -A /var/log/journal)"
        echo "$i" >>"$host_dir/system.journal"
        kill_container
        run_hook_poststop
        assertEquals "$err" "0" "$status$err"
    done
    assertEquals '1 2 3 ' "$(tr '\n' ' ' <"$host_dir/system.journal")"
}

# The next call for whichever container removes it: a start, or an end
testRemovedByAnotherCall() {
    local stage first=$bundle first_id=$id other_id=abcd${id:4}
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    cp -a "$bundle" "$bundle.other"
    for stage in start end; do
        bundle=$first rootfs=$first/rootfs id=$first_id machine_id=${first_id::32}
        start_container || return
        assert_silent
        kill_container
        run_hook_poststop
        bundle=$first.other rootfs=$first.other/rootfs id=$other_id machine_id=${other_id::32}
        start_container || return
        [ $stage = start ] || assert_silent
        mv "$first" "$first.gone"
        if [ $stage = end ]; then run_hook_poststop; else assert_silent; fi
        assertEquals "$stage: $err" 0 "$status"
        assertFalse "$stage" "[ -e '$host_dir' ]"
        assertTrue 'its own stays' "[ -d '/var/log/journal/$machine_id' ]"
        kill_container
        mv "$first.gone" "$first"
    done
}

# What cannot be told is not gone
testStoreThatIsNotTheSame() {
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    mkdir "$SHUNIT_TMPDIR/store" "$SHUNIT_TMPDIR/store/x" && mv "$bundle" "$SHUNIT_TMPDIR/store" || return
    bundle=$SHUNIT_TMPDIR/store/${bundle##*/} rootfs=$SHUNIT_TMPDIR/store/${bundle##*/}/rootfs
    start_container || return
    assert_silent
    kill_container
    run_hook_poststop
    mv "$SHUNIT_TMPDIR/store" "$SHUNIT_TMPDIR/moved" && cp -a "$SHUNIT_TMPDIR/moved" "$SHUNIT_TMPDIR/store" && rm -r "${bundle:?}"
    state stopped >"$SHUNIT_TMPDIR/state.json"
    run "$SYSTEMD_HOOK" <"$SHUNIT_TMPDIR/state.json"
    assertTrue 'a copy of the store' "[ -d '$host_dir' ]"
    rm -r "$SHUNIT_TMPDIR/store"
    run "$SYSTEMD_HOOK" <"$SHUNIT_TMPDIR/state.json"
    assertTrue 'no store' "[ -d '$host_dir' ]"
    mv "$SHUNIT_TMPDIR/moved" "$SHUNIT_TMPDIR/store" && mv "$bundle" "$bundle.gone" && mv "$SHUNIT_TMPDIR/store/x" "$SHUNIT_TMPDIR/x"
    mv "$bundle.gone" "$SHUNIT_TMPDIR/gone"
    run "$SYSTEMD_HOOK" <"$SHUNIT_TMPDIR/state.json"
    assertTrue 'an empty store' "[ -d '$host_dir' ]"
    mkdir "$SHUNIT_TMPDIR/store/other"
    run "$SYSTEMD_HOOK" <"$SHUNIT_TMPDIR/state.json"
    assertFalse 'the store, without this bundle' "[ -e '$host_dir' ]"
}

# A call for another container does only a little of the work, and drops notes that are old
testBounds() {
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    start_container || return
    assert_silent
    kill_container
    (cd "$host_dir" && seq 2500 | xargs touch)
    run_hook_poststop
    run_hook_gone
    assertEquals 1500 "$(find "/var/log/journal/.$machine_id.oci-systemd-hook.old" -type f | wc -l)"
    run_hook_gone
    run_hook_gone
    assertNull "$(ls -A /var/log/journal)"

    mkdir -m 700 $ended "$host_dir" && ln -s "$id" "$ended/$machine_id"
    setfattr -n trusted.oci-systemd-hook.owner -v "$id"$'\n'"$bundle" "$host_dir"
    run_hook_gone
    assertEquals 'not of --rm: the note goes, the journal stays' "${host_dir##*/}" "$(ls -A /var/log/journal)"
    setfattr -n trusted.oci-systemd-hook.container -v '{"rm":true}' "$host_dir"
    mkdir -m 700 $ended && ln -s "$id" "$ended/$machine_id"
    run_hook_gone
    assertTrue 'it cannot be told' "[ -L '$ended/$machine_id' ]"
    touch -h -d '2 hours ago' "$ended/$machine_id"
    run_hook_gone
    assertEquals 'an old note' "${host_dir##*/}" "$(ls -A /var/log/journal)"
}

# A user's own engine may have no access to the host's journal, and then nothing is in there for it.
testPoststopOfAUser() {
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    chmod 700 /var/log
    chown 65534 /var/log
    OCI_HOOKS_TEST_WRAPPER='unshare -U -r' run_hook_poststop
    assertEquals "0" "$status$err"
}

testNotRemovedWithTheContainer() {
    start_container || return
    assert_silent
    kill_container
    run_hook_poststop
    run_hook_gone
    assertEquals 'not --rm' "${host_dir##*/}" "$(ls -A /var/log/journal)"
    edit_config '.annotations["io.podman.annotations.autoremove"] = "TRUE"'
    setfattr -n trusted.oci-systemd-hook.owner -v "another"$'\n'"$bundle" "$host_dir"
    run_hook_poststop
    run_hook_gone
    assertEquals "somebody else's" "${host_dir##*/}" "$(ls -A /var/log/journal)"
}

# assert_limit TEXT: what our drop-in says
assert_limit() {
    start_container || return
    assert_silent
    assertContains "$(in_container cat "$rootfs/run/systemd/journald.conf.d/50-oci-systemd-hook.conf")" $'\n'"SystemMaxUse=$1"
    kill_container
    rm -rf /var/log/journal/*
}

# A cap never raises (unit/test-journald-limit.c has all forms)
testLowerLimitOfTheImage() {
    mkdir -p "$rootfs"/{etc,usr/lib}/systemd/journald.conf.d "$rootfs/run/systemd/journald.conf.d"
    printf '[Journal]\nSystemMaxUse=16M\n' >"$rootfs/etc/systemd/journald.conf"
    assert_limit $((16 << 20))
    printf '[Journal]\nSystemMaxUse=8M\n' >"$rootfs/usr/lib/systemd/journald.conf.d/90-image.conf"
    assert_limit $((8 << 20))
    printf '[Journal]\nSystemMaxUse=1G\n' >"$rootfs/run/systemd/journald.conf.d/95-image.conf"
    assert_limit 256M
    ln -s /dev/null "$rootfs/etc/systemd/journald.conf.d/95-image.conf"
    assert_limit $((8 << 20))
}

testSmallFileSystemOfTheHost() {
    umount /var/log && mount -t tmpfs -o size=64M tmpfs /var/log && mkdir -m 2755 /var/log/journal && chgrp 4 /var/log/journal
    assert_limit $((64 * 1024 * 1024 / 10))
}

. shunit2
