#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The host's cgroup layout ($CGROUP) × systemd of each image ($IMAGES) × cgroup namespace × each of $RUNTIMES (a,b) × with and
# without a cgroup mount in config.json ($MOUNTS).
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/cgroup-cell.sh
. "${0%/*}/cgroup-cell.sh"

RUNTIMES=${RUNTIMES:-$RUNTIME} RUNTIMES=${RUNTIMES//,/ }

oneTimeSetUp() {
    prepare_cells
}

oneTimeTearDown() {
    remove_cells
    return 0
}

# row SUITE NAMESPACE: with each runtime. Without a cgroup namespace the runtime itself clears the options of the machine's
# cgroup2 if config.json has a cgroup mount.
row() {
    local runtime mounts=${MOUNTS:-mounted unmounted} mount
    [[ " $IMAGES " == *" $1 "* ]] || { skip "hardware: this host was not given the image of $1"; return; }
    [ "$CGROUP:$2" != v2:host ] || mounts=unmounted
    for runtime in $RUNTIMES; do
        for mount in $mounts; do
            cell "$1" "$2" "$runtime" "$mount"
        done
    done
    assert_same_mounts
}

testBookwormPrivate() {
    row bookworm private
}

testBookwormHost() {
    row bookworm host
}

testTrixiePrivate() {
    row trixie private
}

testTrixieHost() {
    row trixie host
}

# impossible NAMESPACE: systemd 258 and later knows v2 only. Beside v1 (hybrid) the hook gives it that.
impossible() {
    local runtime=${RUNTIMES%% *} cell="$CGROUP, systemd of forky, namespace $1"
    make_bundle forky "$1" "$runtime" mounted || { fail "$cell: no bundle"; return; }
    # it has its say on a terminal
    edit_bundle '.process.terminal = true'
    timeout $((60 * ${SLOWNESS:-1})) script -qec "$runtime $systemd_cgroup run --bundle $bundle web" /dev/null \
        </dev/null >$cells/out 2>&1
    assertNotEquals "$cell" 0 $?
    assertContains "$cell" "$(cat $cells/out)" 'Detected unsupported legacy cgroup hierarchy, refusing execution.'
    assertContains "$cell" "$(cat $cells/said)" 'boot the host with systemd.unified_cgroup_hierarchy=1'
    assertEquals "$cell" 1 "$(wc -l <$cells/said)"
    remove_bundle "$runtime"
}

testForkyPrivate() {
    if [ "$CGROUP" = legacy ]; then impossible private; else row forky private; fi
}

testForkyHost() {
    if [ "$CGROUP" = legacy ]; then impossible host; else row forky host; fi
}

# podman itself, in its own systemd mode. On v1 that shows the container the host's whole name=systemd, writable: left, with
# a line.
testPodman() {
    local runtime cell limits=()
    ! has_controller memory || limits=(--memory "$memory_limit" --memory-swap "$memory_limit" --pids-limit "$pids_limit")
    need_image web
    for runtime in $RUNTIMES; do
        cell="$CGROUP, podman with $runtime"
        use_runtime "$runtime"
        [ ! -d /run/systemd/system ] || mark
        start web "${limits[@]}" web
        [ "$status" -eq 0 ] || continue
        pid=$(podman inspect -f '{{.State.Pid}}' web)
        cgroup_file=/proc/$pid/cgroup
        assertEquals "$cell" running "$(state_of web)"
        if [ "$CGROUP" = v2 ]; then
            assert_nothing_wider
            assert_confined private podman exec web
            assertEquals "$cell" '' "$(said)"
        else
            assertNotContains "$cell" "$(podman exec web sh -c "$intruder")" release_agent
            assert_limits
            [ ! -d /run/systemd/system ] || assertContains "$cell" "$(said)" 'as its engine or user mounted them'
        fi
        podman rm -f -t 0 web >/dev/null
    done
    assert_same_mounts
}

. shunit2
