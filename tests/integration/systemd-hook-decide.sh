#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook: which containers are its own, and that the others are not touched.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

# assert_ours ARG0: the plan is not empty
assert_ours() {
    edit_config --arg a "$1" '.process.args = [$a, "--x"]'
    run_hook --explain
    assertEquals "$1: $err" 0 "$status"
    assertContains "$1" "$out" "id $machine_id"
}

# assert_not_ours ARG0: silent and nothing changes
assert_not_ours() {
    edit_config --arg a "$1" '.process.args = [$a]'
    snapshot
    assert_silent
    assert_unchanged "$1"
    run_hook --explain
    assertEquals "$1" 'nothing to do: the container is not ours' "$out"
}

testCommands() {
    local systemd=$rootfs/usr/lib/systemd/systemd name
    mkdir -p "$rootfs"/{bin,lib,usr/local/sbin,opt/dir,dev}
    ln -s /usr/lib/systemd/systemd "$rootfs/bin/init"
    ln -s /bin "$rootfs/opt/bin"
    ln -s "$(printf '../%.0s' {1..30})usr/lib/systemd/systemd" "$rootfs/opt/up"
    ln -s /bin/init "$rootfs/opt/systemd-link"
    cp "$systemd" "$rootfs/opt/systemd" && cp "$systemd" "$rootfs/usr/local/sbin/systemd"
    cp "$systemd" "$rootfs/init" && cp "$systemd" "$rootfs/dev/init" && cp "$systemd" "$rootfs/usr/bin/busybox"
    ln -s /usr/bin/busybox "$rootfs/usr/bin/init"
    ln -s loop "$rootfs/opt/loop" && ln -s loop2 "$rootfs/opt/loop1" && ln -s loop1 "$rootfs/opt/loop2"
    ln -s /usr/lib/systemd "$rootfs/opt/is-directory" && mkdir "$rootfs/opt/dir/systemd" && mkfifo "$rootfs/opt/fifo"
    ln -s /proc/self/exe "$rootfs/opt/magic" && ln -s nowhere "$rootfs/opt/dangling"
    edit_config '.process.env = ["PATH=/nowhere:/opt/dir:/usr/local/sbin:/bin"]'
    prepare='mount -t proc proc $rootfs/proc' start_container || return
    for name in /sbin/init /bin/init /usr/lib/systemd/systemd /opt/up /opt/systemd /opt/bin/init /opt/systemd-link systemd init; do
        assert_ours "$name"
    done
    for name in /init /dev/init /usr/bin/init /usr/bin/busybox busybox /opt/loop /opt/loop1 /opt/is-directory /opt/dir/systemd \
        /opt/fifo /opt/magic /opt/dangling /nowhere /usr/lib/systemd '' / . .. 'no such' sh /etc/passwd /proc/self/exe; do
        assert_not_ours "$name"
    done
}

testNoCommand() {
    start_container || return
    snapshot
    for process in 'del(.process)' '.process = {}' '.process = {args: []}'; do
        edit_config "$process"
        assert_silent
        assert_unchanged "$process"
    done
}

testAnnotation() {
    local value
    start_container || return
    for value in true yes on 1 enabled; do
        edit_config --arg v $value '.annotations["io.containers.systemd-hook"] = $v'
        assert_ours /no/such/command
    done
    for value in false no off 0 disabled; do
        edit_config --arg v $value '.annotations["io.containers.systemd-hook"] = $v'
        assert_not_ours /sbin/init
    done
    edit_config '.process.args = ["/no/such/command"] | .annotations["io.containers.systemd-hook"] = "perhaps\n\u001b[2J"'
    run_hook
    assert_warns "is neither true nor false, ignoring: 'perhaps\\x0a\\x1b[2J'"
    assertNull 'the command decides' "$(mount_of /run)"
    edit_config '.process.args = ["/sbin/init"]'
    run_hook
    assertContains "$(mount_of /run)" tmpfs
}

testEnvironment() {
    local value
    start_container || return
    for value in disabled DISABLED Disabled; do
        edit_config --arg v "oci-systemd-hook=$value" '.process.env = [$v]'
        assert_not_ours /sbin/init
    done
    for value in oci-systemd-hook=disable oci-systemd-hook=disabledx OCI-SYSTEMD-HOOK=disabled xoci-systemd-hook=disabled oci-systemd-hook; do
        edit_config --arg v "$value" '.process.env = [$v]'
        assert_ours /sbin/init
    done
    # the annotation is the user's word, the environment may be the image's
    edit_config '.process.env = ["oci-systemd-hook=disabled"] | .annotations["io.containers.systemd-hook"] = "true"'
    assert_ours /sbin/init
}

testStages() {
    start_container || return
    run_hook --explain prestart
    assertContains "$out" "id $machine_id"
    run_hook --explain createRuntime
    assertContains "$out" "id $machine_id"
    snapshot
    for stage in createContainer startContainer poststart precreate x ''; do
        run_hook "$stage"
        assert_fails "Unknown stage '$stage'"
    done
    run_hook --no-such-option
    assert_fails "Unknown option '--no-such-option'"
    run_hook --journal
    assert_fails "Option '--journal' needs a value"
    assert_unchanged 'bad arguments'
}

# what is not to be seen cannot be systemd; who opts in is told
testRootIsNotToBeSeen() {
    start_container || return
    edit_config '.root.path = "nowhere"'
    snapshot
    assert_silent
    edit_config '.annotations["io.containers.systemd-hook"] = "true"'
    run_hook
    assertEquals "$err" 1 "$status"
    assertContains "$err" '/root/path: cannot open'
    assert_unchanged
}

. shunit2
