#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Containers that the hooks leave alone.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    need_image busybox
    mkdir -p /tmp/no-hooks
}

tearDown() {
    remove_all
}

# hook_processes RUN-ARGS...: how many times a hook was executed from the start of a container to its removal; a container
# that does not end by itself powers off
hook_processes() {
    timeout -k 10 $((60 * ${SLOWNESS:-1})) strace -f -qq --seccomp-bpf -e trace=execve -e signal=none \
        -o "$SHUNIT_TMPDIR/trace" podman run --rm --name traced "$@" >/dev/null 2>&1 &
    if [ $# -eq 1 ]; then
        wait_for 30 podman exec traced test -S /run/dbus/system_bus_socket
        podman exec traced systemctl poweroff --no-block
    fi
    wait
    grep -c 'execve("/usr/libexec/oci/hooks.d/' "$SHUNIT_TMPDIR/trace"
}

# mounts_of NAME: what is mounted where and how; without what differs from one container to the next
mounts_of() {
    sed -e 's/^[0-9]* [0-9]* [0-9]*:[0-9]* //' -e 's/[0-9a-f]\{64\}/ID/g' -e 's/(upper|work|lower)dir=[^, ]*//g' -E \
        "/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/mountinfo" | sort
}

# assert_untouched OPTION... IMAGE: mounts as without any hook, nothing on the host
assert_untouched() {
    local journals_before
    journals_before=$(journals)
    start touched "$@" || return
    start untouched --hooks-dir /tmp/no-hooks "$@" || return
    assertEquals mounts "$(mounts_of untouched)" "$(mounts_of touched)"
    assertEquals journals "$journals_before" "$(journals)"
}

# Proves that the count of the next test can be another than 0: each of the two at createRuntime and poststop.
testSystemdRunsTheHooks() {
    assertEquals 4 "$(hook_processes web)"
}

testOtherCommandRunsNoHook() {
    assertEquals 0 "$(hook_processes run --rm web /bin/true)"
    assertEquals 0 "$(hook_processes run --rm busybox /bin/echo x)"
    assertEquals 0 "$(hook_processes run --rm web /usr/sbin/apache2ctl configtest)"
}

testBusyboxInitIsLeftAlone() {
    mark
    assert_untouched busybox
    assertEquals '' "$(machines)"
    assertEquals '' "$(said)"
    assertEquals 1 "$(podman logs touched 2>&1 | grep -c 'busybox init is up')"
}

testDisabledInTheEnvironment() {
    mark
    assert_untouched -e oci-systemd-hook=disabled web
    assertEquals '' "$(said)"
}

testDisabledByAnnotation() {
    mark
    assert_untouched --annotation io.containers.systemd-hook=false --annotation io.containers.register-machine=false web
    assertEquals '' "$(machines)"
    assertEquals '' "$(said)"
}

testOneHookMayBeDisabledAlone() {
    start web --annotation io.containers.register-machine=false web || return
    assertEquals '' "$(machines)"
    assertTrue 'journal' "[ -d /var/log/journal/$machine ]"
}

testOptedInByAnnotation() {
    start web --annotation io.containers.systemd-hook=true web sh -c 'exec sleep 100' || return
    assertEquals "$machine" "$(machines)"
    assertEquals "$machine" "$(podman exec web cat /etc/machine-id)"
}

. shunit2
