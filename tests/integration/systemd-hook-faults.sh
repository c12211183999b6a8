#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: each system call fails in turn, or the hook is killed in it: whole or nothing.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
need strace
[ -z "${OCI_HOOKS_TEST_PROGRAMS:-}" ] || skip_all "$VALGRIND_AND_STRACE"
enter_host "$@"
strace -qq -o /dev/null true 2>/dev/null || skip_all 'kernel: strace may not trace here'

# The leak check of a sanitizer build is itself a tracer.
export ASAN_OPTIONS=detect_leaks=0

# inject SYSCALL NUMBER WHAT [OPTION...]: run the hook with that fault; false if it made no such call
inject() {
    wrapper="strace -qq -o $bundle/trace -e trace=$1 -e inject=$1:$3:when=$2" run_hook "${@:4}"
    grep -q '(INJECTED)\|killed by SIGKILL' "$bundle/trace"
}

# Something to do for every step
prepare_image() {
    mkdir -p "$rootfs"/run/{httpd,lock/sub,volume} "$rootfs/run/host/volume"
    echo hello >"$rootfs/run/httpd/pid"
    ln -s /etc/passwd "$rootfs/run/link"
    setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$rootfs/run/httpd/pid"
    edit_config '.annotations["io.container.manager"] = "cri-o"'
    add_mount tmpfs tmpfs /tmp noexec
    add_mount cgroup cgroup /sys/fs/cgroup ro
    prepare='mount -t tmpfs -o noexec tmpfs $rootfs/tmp
        mount -t tmpfs tmpfs $rootfs/run/volume; mount -t tmpfs tmpfs $rootfs/run/host/volume'
}

# first_use SYSCALL: its number; the first call of these only asks whether the kernel has it
first_use() {
    case $1 in
    fsopen | fsmount | open_tree | move_mount) echo 2 ;;
    *) echo 1 ;;
    esac
}

# Strict: every fault fails the container, so all must be as it was.
each_call_fails() {
    local syscall number first
    prepare_image
    start_container "$1" || return
    snapshot
    for syscall in "${@:2}"; do
        first=$(first_use "$syscall")
        for ((number = first; ; number++)); do
            inject "$syscall" "$number" error=EIO --strict || break
            assertEquals "$syscall $number: $err" 1 "$status"
            assertNotNull "$syscall $number" "$err"
            assert_unchanged "$syscall $number"
        done
        assertTrue "$syscall is called" "[ $number -gt $first ]"
        assertEquals "$syscall: $err" 0 "$status"
        kill_container
        rm -rf "${rootfs:?}/var/log/journal" /var/log/journal/*
        start_container "$1" || return
        snapshot
    done
}

testMountCallsFail() {
    each_call_fails -C fsopen fsmount move_mount open_tree
}

testMountCallsFailHostNamespace() {
    each_call_fails -m move_mount mount_setattr
}

testFileCallsFail() {
    each_call_fails -C mkdirat symlinkat fsetxattr renameat2 setns sendfile fchown flock
}

# mounts: where there are mounts in the container, one a line
mounts() {
    in_container findmnt -n -l -o TARGET | sed -n "s,^$rootfs/,,p" | sort -u
}

# tolerable: the mounts but those that guard limits, which depend on nsdelegate, an option of the whole machine
tolerable() {
    mounts | grep -v '^sys/fs/cgroup/'
}

# As others may make renames and mounts without a pause, each of which can fail a look-up.
testLookUpIsTriedAgain() {
    prepare_image
    start_container || return
    wrapper="strace -qq -o /dev/null -e trace=openat2 -e inject=openat2:error=EAGAIN:when=1..200" assert_silent
}

# Tolerated: that step alone is missing, with those that need it, as the journal needs the machine id.
testToleratedIsLeftOut() {
    local number wanted missing=
    prepare_image
    start_container || return
    assert_silent
    wanted=$(tolerable)
    kill_container
    for ((number = $(first_use move_mount); ; number++)); do
        rm -rf "${rootfs:?}/var/log/journal" /var/log/journal/*
        start_container || return
        snapshot
        inject move_mount "$number" error=EIO || break
        if [ "$status" = 0 ]; then
            assertTrue "$number: $err" "grep -Eq 'Failed to mount .*(, ignoring|, so systemd-machined knows)' <<<\"\$err\""
            assertNull "$number" "$(comm -13 <(echo "$wanted") <(tolerable))"
            missing+="$(comm -23 <(echo "$wanted") <(tolerable) | tr '\n' ' '); "
            assertEquals "$number" "$(mounts | grep -c journal)" "$(find /var/log/journal -mindepth 1 | wc -l)"
        else
            assert_unchanged "$number"
        fi
        kill_container
    done
    assertEquals 'run/host ; run/host ; etc/machine-id '"var/log/journal/$machine_id ; var/log/journal/$machine_id ; " "$missing"
}

new_directory=/var/log/journal/.oci-systemd-hook.new

# left_on_host: what a killed run left in the host's journal
left_on_host() {
    find /var/log/journal -mindepth 1
}

testKilled() {
    local syscall number left
    prepare_image
    for syscall in mkdirat flock fsetxattr open_tree setns move_mount renameat2; do
        for ((number = 1; ; number++)); do
            start_container || return
            inject "$syscall" "$number" signal=KILL 2>/dev/null || break
            assertEquals "$syscall $number" 137 "$status"
            left=$(left_on_host)
            case $left in
            '' | "$new_directory" | "$new_directory"$'\n'"$new_directory/$machine_id") ;;
            *) fail "$syscall $number left: $left" ;;
            esac
            kill_container
            rm -rf "${rootfs:?}/var/log/journal"
        done
        assertTrue "$syscall is called" "[ $number -gt 1 ]"
        assertEquals "$syscall, the next run: $err" "/var/log/journal/$machine_id" "$(left_on_host)"
        assertEquals "0" "$status$err"
        kill_container
        rm -rf "${rootfs:?}/var/log/journal" /var/log/journal/*
    done
}

# What one container's killed run left, another container's run removes; not what a live run holds.
testLeftByAnother() {
    local other
    mkdir -p "$new_directory"/{dead,live}
    exec 9<"$new_directory/live"
    flock -x 9
    start_container || return
    assert_silent
    exec 9<&-
    assertEquals "$new_directory $new_directory/live /var/log/journal/$machine_id " "$(left_on_host | LC_ALL=C sort | tr '\n' ' ')"

    kill_container
    other=$machine_id id=${id/81f9/abcd} machine_id=${machine_id/81f9/abcd}
    start_container || return
    assert_silent
    assertEquals "$(printf "/var/log/journal/%s\n" "$other" "$machine_id")" "$(left_on_host | sort)"
}

# Another hook takes what was just made for left, as it is not locked yet: it is made again.
testTakenForLeft() {
    local remover
    start_container || return
    wrapper='strace -qq -o /dev/null -e trace=flock -e inject=flock:delay_enter=500000:when=1'
    {
        until [ -d "$new_directory/$machine_id" ]; do sleep 0.02; done
        exec 9<"$new_directory/$machine_id"
        flock -x 9
        sleep 2
        rmdir "$new_directory/$machine_id" "$new_directory"
    } &
    remover=$!
    assert_silent
    assertTrue 'it does not wait for the lock' "[ -d '$new_directory/$machine_id' ]"
    wait $remover
    assertEquals "/var/log/journal/$machine_id" "$(left_on_host)"
}

# Removal is killed: the next call comes to the end
testKilledAtPoststop() {
    local number
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    start_container || return
    assert_silent
    kill_container
    mkdir -p "/var/log/journal/$machine_id/a/b" && touch "/var/log/journal/$machine_id"/{1,2,a/3}
    run_hook_poststop
    for number in 2 3 4; do
        OCI_HOOKS_TEST_WRAPPER="strace -qq -o /dev/null -e inject=unlinkat:signal=KILL:when=$number" run_hook_gone 2>/dev/null
        assertEquals 137 "$status"
        assertFalse "[ -e '/var/log/journal/$machine_id' ]"
    done
    run_hook_gone
    assertEquals "0" "$status$err"
    assertNull "$(left_on_host)"
}

. shunit2
