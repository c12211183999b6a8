#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Limits that the engine set, on cgroup v2 with all controllers: root of the container cannot raise them, with and without
# nsdelegate, with and without a cgroup namespace. In a virtual machine: the options are the whole machine's.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/cgroup-cell.sh
. "${0%/*}/cgroup-cell.sh"

RUNTIMES=${RUNTIMES:-$RUNTIME} RUNTIMES=${RUNTIMES//,/ }
has_controller memory || skip_all 'hardware: this host has no memory controller in cgroup v2'
[ ! -e /run/host/container-manager ] || skip_all 'hardware: the options of this host are the whole machine'\''s'

# set_options OPTIONS: of cgroup2, and no others
set_options() {
    mount --options-mode=ignore -o "remount,rw,nosuid,nodev,noexec$1" /sys/fs/cgroup
    prepare_cells
    assertEquals "nsdelegate: ${1:-none}" "${1:+1}" "$(grep -o nsdelegate <<<"$cgroup_mounts" | sed 's/.*/1/')"
}

rows() {
    local runtime
    for runtime in $RUNTIMES; do
        cell "$SUITE" private "$runtime" mounted
        cell "$SUITE" host "$runtime" unmounted
    done
    assert_same_mounts
    remove_cells
}

testWithNsdelegate() {
    set_options ,nsdelegate,memory_recursiveprot
    rows
}

testWithoutNsdelegate() {
    set_options ''
    rows
}

# What those two would not show: a limit that can be raised is seen to be raised.
testALimitInReachIsSeen() {
    local cell='without the guard'
    prepare_cells
    make_bundle "$SUITE" private runc mounted || { fail 'no bundle'; return; }
    edit_bundle '(.mounts[] | select(.type == "cgroup") | .options) |= map(if . == "ro" then "rw" else . end)'
    # shellcheck disable=SC2086
    run runc $systemd_cgroup run -d --bundle $bundle web </dev/null
    assertEquals "$err" 0 "$status" || return
    wait_for 30 runc exec web test -S /run/dbus/system_bus_socket
    assertContains "$(runc exec web sh -c "$intruder" - '' '')" 'wrote ./memory.max'
    remove_bundle runc
    remove_cells
}

. shunit2
