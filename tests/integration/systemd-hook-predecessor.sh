#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: what its predecessor did wrong, and no other test is about (docs/SECURITY-TESTS.md has the list).
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# no_journal_but TEXT NAME...: in the container there is no mount of the host's journal but of these directories
no_journal_but() {
    assertEquals "$1" "${*:2}" "$(in_container findmnt -n -l -o TARGET | sed -n "s,^$rootfs/var/log/journal/*,,p")"
}

# An image that sets container_uuid gets no directory by it: not all journals, none elsewhere, not the host's, no other's
testIdOfTheImage() {
    local host=0123456789abcdef0123456789abcdef other=eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee uuid option
    mkdir -p /var/log/journal/{$host,$other} /var/log/secret
    setfattr -n trusted.oci-systemd-hook.owner -v $'eeee\n/bundle' /var/log/journal/$other
    for uuid in '' . .. ../secret ../../../etc / "$host" "$other" "$other/.." "${other::31}"; do
        for option in --debug --id-from-env; do
            edit_config --arg v "container_uuid=$uuid" '.process.env = ["PATH=/bin", $v]'
            start_container || return
            tree /var/log/secret "/var/log/journal/$host" "/var/log/journal/$other" >"$bundle/before"
            run_hook $option
            assertEquals "$uuid $option: $err" 0 "$status"
            case $option$uuid in
            "--id-from-env$host") assertContains "$err" "is the host's or all zeros" && no_journal_but "$uuid $option" ;;
            "--id-from-env$other") assertContains "$err" 'was not made for this container' && no_journal_but "$uuid $option" ;;
            *) no_journal_but "$uuid $option" "$machine_id" ;;
            esac
            assertEquals "$uuid $option" "$(cat "$bundle/before")" \
                "$(tree /var/log/secret "/var/log/journal/$host" "/var/log/journal/$other")"
            kill_container
        done
    done
}

# Volumes on mounts that are shared with others: a mount there cannot be moved, but it can be cloned
testSharedMounts() {
    mkdir -p "$rootfs"/{run,tmp}/volume
    prepare='mount --make-shared $rootfs; for path in run tmp; do
            mount -t tmpfs user $rootfs/$path/volume; echo kept >$rootfs/$path/volume/file; done'
    start_container || return
    assert_silent
    assertEquals 'tmpfs rw,nosuid,nodev,relatime' "$(mount_of /tmp)"
    assertEquals $'kept\nkept' "$(in_container cat "$rootfs"/{run,tmp}/volume/file)"
}

# What the image ships is there afterwards, and what it ships as its id is not taken for ours to remove
testImageStays() {
    mkdir -p "$rootfs/var/log/journal/of-the-image"
    echo ffffffffffffffffffffffffffffffff >"$rootfs/etc/machine-id"
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    start_container || return
    assert_silent
    assertTrue "in_container [ -d '$rootfs/var/log/journal/of-the-image' ]"
    kill_container
    run_hook_poststop
    assertEquals 0 "$status$err"
    assertEquals ffffffffffffffffffffffffffffffff "$(cat "$rootfs/etc/machine-id")"
}

testEntersTheMountNamespaceAlone() {
    need_strace || return 0
    start_container || return
    wrapper="strace -qq -o $bundle/trace -e trace=setns,clone,clone3,vfork,execve" run_hook
    assertEquals "$err" 0 "$status"
    assertEquals 'setns CLONE_NEWNS' "$(sed -n 's/^setns([0-9]*, \([A-Z_|]*\).*/setns \1/p' "$bundle/trace")"
    assertEquals 'runs no other program' "execve(\"$SYSTEMD_HOOK\"" "$(grep -E '^(clone|vfork|execve)' "$bundle/trace" | cut -d , -f 1)"
}

# The engine's umask is not that of what is made
testUmask() {
    (cd "$rootfs" && rm -r tmp etc var)
    start_container || return
    (umask 077 && run_hook && assertEquals 0 "$status$err")
    assertEquals '1777 0:0 755 0:0 755 0:0 755 0:0' \
        "$(for path in /tmp /run /etc /var/log/journal; do stat_of $path; done | paste -sd ' ')"
    assertEquals '2755 0:4' "$(stat -c '%a %u:%g' "/var/log/journal/$machine_id")"
}

. shunit2
