#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2119,SC2154,SC2016 # shared with common.sh and systemd-hook.sh, or expanded elsewhere
# Which capabilities oci-systemd-hook keeps, that each is needed, and that nobody with fewer can look into it.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
. "${0%/*}/../lib/privilege.sh"
need setpriv pgrep
enter_host "$@"

INSIDE=(chown dac_override fowner fsetid setfcap sys_admin)
ENTER=("${INSIDE[@]}" setgid setuid sys_chroot sys_ptrace)
REMOVE=(dac_override fowner sys_admin)

# prepare_image: the container is a user namespace's, and its image has what only a capability can copy
prepare_image() {
    join_user_namespace 100000 200000 || return
    edit_config '.linux.namespaces += [{type: "user", path: "/run/user-namespace"}]'
    mkdir -p "$rootfs/run/httpd/closed"
    echo hello | tee "$rootfs/run/httpd/file" "$rootfs/run/httpd/closed/file" >"$rootfs/run/program"
    chown -R 100033:200033 "$rootfs/run/httpd" && chmod 2770 "$rootfs/run/httpd" && chmod 0 "$rootfs/run/httpd/closed"
    # VFS_CAP_REVISION_3, of the root 100000
    setfattr -n security.capability -v 0x0100000300040000000000000000000000000000a0860100 "$rootfs/run/program" || return
    start_container
}

# end_state: what the container has in /run then, and the host's journal
end_state() {
    {
        in_container bash -c "$(declare -f tree); tree '$rootfs/run'"
        in_container findmnt -n -r -o TARGET | grep "$rootfs"
        tree /var/log
    } 2>&1
}

# hook_under COMMAND: the hook with the capabilities that this leaves it
hook_under() {
    kill_container
    rm -rf "${rootfs:?}"/{run,var/log/journal} /var/log/journal/*
    mkdir "$rootfs/run"
    prepare_image || return
    wrapper=$1 run_hook --strict
}

# What is kept is enough, and nothing of it can be missed.
testKeptIsWhatIsNeeded() {
    local wanted capability
    hook_under ''
    assertEquals 0 "$status$err"
    wanted=$(end_state)
    assertContains "$wanted" 'security.capability'
    hook_under "setpriv --bounding-set=-all,$(with + "${ENTER[@]}")"
    assertEquals 0 "$status$err"
    assertEquals 'with these alone' "$wanted" "$(end_state)"
    for capability in "${ENTER[@]}"; do
        [ "$capability" != sys_ptrace ] || continue
        hook_under "setpriv --bounding-set=-$capability"
        assertNotEquals "without $capability" "0 $wanted" "$status $(end_state)"
    done
}

# A runtime's process has all capabilities, and root of the host owns the user namespace that is below his own.
testPtraceIsNeeded() {
    start_container || return
    edit_config '.annotations["io.containers.systemd-hook"] = "true"'
    wrapper='setpriv --bounding-set=-sys_ptrace' run_hook
    assert_fails 'Permission denied'
}

# Stopped as it enters the container's mount namespace, and as it mounts something in there.
testWhatIsKept() {
    need_strace || return 0
    prepare_image || return
    state >"$bundle/state.json"
    stop_in setns 1 "$SYSTEMD_HOOK" || return
    assert_kept "${ENTER[@]}"
    assert_closed_to_others
    let_go
    assertEquals 0 "$status$err"
    kill_container
    prepare_image || return
    state >"$bundle/state.json"
    stop_in move_mount 3 "$SYSTEMD_HOOK" || return
    assert_kept "${INSIDE[@]}"
    assert_closed_to_others
    let_go
    assertEquals 0 "$status$err"
}

# The caller's ambient ones are put away with the rest.
testWhatIsKeptOfAmbient() {
    need_strace || return 0
    start_container || return
    state >"$bundle/state.json"
    stop_in move_mount 3 setpriv --inh-caps=+chown,+net_admin --ambient-caps=+chown,+net_admin "$SYSTEMD_HOOK" || return
    assert_kept "${INSIDE[@]}"
    let_go
    assertEquals 0 "$status$err"
}

testWhatIsKeptAtPoststop() {
    need_strace || return 0
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    start_container || return
    assert_silent
    kill_container
    touch "/var/log/journal/$machine_id/file"
    run_hook_poststop
    state stopped >"$SHUNIT_TMPDIR/state.json"
    mv "$bundle" "$bundle.gone"
    mkdir "$bundle.trace"
    bundle=$bundle.trace
    mv "$SHUNIT_TMPDIR/state.json" "$bundle"
    stop_in unlinkat 2 "$SYSTEMD_HOOK" || return
    assert_kept "${REMOVE[@]}"
    assert_closed_to_others
    let_go
    assertEquals 0 "$status$err"
    assertFalse 'the journal is still there' "[ -e '/var/log/journal/$machine_id' ]"
}

# Each is needed there too: the container's root made a directory that is not root's, and sticky.
testKeptAtPoststopIsWhatIsNeeded() {
    local capability keep
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    for capability in none "${REMOVE[@]}"; do
        start_container || return
        assert_silent
        kill_container
        mkdir "/var/log/journal/$machine_id/sticky" && touch "/var/log/journal/$machine_id/sticky/file"
        chown -R 1000:1000 "/var/log/journal/$machine_id/sticky" && chmod 1700 "/var/log/journal/$machine_id/sticky"
        keep=$(with + "${REMOVE[@]}")
        run_hook_poststop
        OCI_HOOKS_TEST_WRAPPER="setpriv --bounding-set=-all,${keep/+$capability/-$capability}" run_hook_gone
        if [ "$capability" = none ]; then
            assertFalse "with these alone: $err" "[ -e '/var/log/journal/$machine_id' ]"
        else
            assertNotNull "without $capability" "$(find /var/log/journal -mindepth 1)"
        fi
        rm -rf /var/log/journal/* /var/log/journal/.[0-9a-f]* "${rootfs:?}/var/log/journal"
    done
}

# What is not ours is not worth a single call.
testNotOursPutsNothingAway() {
    need_strace || return 0
    ln -sfn ../bin/busybox "$rootfs/sbin/init"
    start_container || return
    wrapper="strace -qq -o $bundle/trace -e trace=prctl,capget,capset" run_hook
    assertEquals 0 "$status$err"
    assertNull "$(cat "$bundle/trace")"
}

. shunit2
