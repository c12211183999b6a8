#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh, read by systemd-hook.sh
# oci-systemd-hook and an ordinary user of the host, who opens and locks what he can: he delays and fails nothing.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
. "${0%/*}/../lib/privilege.sh"
need setpriv flock
enter_host "$@"

new_directory=/var/log/journal/.oci-systemd-hook.new

as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
as_user() {
    "${as_user[@]}" "$@"
}

# assert_prompt [OPTION...]: the hook says nothing, sets all up, and waits for nobody
assert_prompt() {
    wrapper='timeout 10' assert_silent "$@"
    assertEquals 'tmpfs rw,nosuid,nodev,noexec,relatime' "$(mount_of "/var/log/journal/$machine_id")"
}

# A killed hook of an older version left a directory that everybody can open, and its lock is held.
testLeftAndLocked() {
    local holder
    mkdir -p "$new_directory/$machine_id"
    "${as_user[@]}" sh -c "exec 8<$new_directory/$machine_id && flock -x 8 && exec sleep 60" </dev/null >/dev/null 2>&1 &
    holder=$!
    while flock -n "$new_directory/$machine_id" true && kill -0 $holder; do sleep 0.02; done
    start_container || return
    assert_prompt --journal=host
    assertEquals "$new_directory/$machine_id" "$(find $new_directory -mindepth 1)"
    kill $holder
    wait $holder 2>/dev/null
    assertFalse 'nobody locks it again' "as_user test -r $new_directory/$machine_id"
}

# assert_closed: a hook in the middle of its work has nothing that a user can open
assert_closed() {
    state >"$bundle/state.json"
    stop_in fsetxattr 1 "$SYSTEMD_HOOK" || return
    assertTrue 'there is a new directory' "[ -d '$new_directory/$machine_id' ]"
    assertFalse 'for root alone' "as_user ls $new_directory"
    assertFalse 'by its name' "as_user ls $new_directory/$machine_id"
    let_go
    assertEquals 0 "$status$err"
    assertTrue 'the journal itself is as open as journald makes it' "as_user ls /var/log/journal/$machine_id"
}

testNewIsClosed() {
    need_strace || return 0
    start_container || return
    assert_closed
}

# Debian's tmpfiles.d gives /var/log/journal a default ACL for groups; an administrator may have given it more.
testNewIsClosedWithDefaultAcl() {
    need_strace || return 0
    # u::rwx u:65534:rwx g::r-x m::rwx o::rwx
    setfattr -n system.posix_acl_default /var/log/journal \
        -v 0x0200000001000700ffffffff02000700feff000004000500ffffffff10000700ffffffff20000700ffffffff ||
        { skip 'kernel: no ACLs on this file system'; return; }
    start_container || return
    assert_closed
}

testNewOfAnOlderVersionIsClosed() {
    need_strace || return 0
    mkdir -m 2755 "$new_directory" && touch "$new_directory/file"
    start_container || return
    assert_closed
    assertEquals '2700' "$(stat -c %a $new_directory)"
}

. shunit2
