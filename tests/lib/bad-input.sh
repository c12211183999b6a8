# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2119,SC2154 # start_container has optional arguments, variables are of common.sh and systemd-hook.sh
# Both hooks and input that is wrong: one line that names file, place and reason, exit 1, and nothing
# is changed, in the container, in its bundle and on the host. Each input is a good one with one fault.

# snapshot FILE: everything that a hook could change; times of change tell of a write that leaves no
# other trace, but cgroupfs makes them up
snapshot() {
    {
        cat /proc/self/mountinfo
        [ ! -e "/proc/${pid:-none}" ] || cat "/proc/$pid/mountinfo"
        find "$bundle" /etc/machine-id /var/log /run -printf '%p %y %m %U:%G %s %T@ %C@ %l\n' | sort
        find "/sys/fs/cgroup$own" ! -name cgroup.kill -printf '%p %y %m %U:%G\n' | sort
        getfattr -R -d -m - "$bundle" /var/log "/sys/fs/cgroup$own" 2>/dev/null
    } >"$SHUNIT_TMPDIR/$1"
}

# good_input: a container that both hooks have work for, and its state
good_input() {
    start_container || return
    state >"$bundle/state.json"
}

# both PATTERN [ARG...]: what both hooks say, after their name and the container's id if they know it
both() {
    local pattern=$1 program
    shift
    snapshot before
    for program in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
        run timeout 20 "$program" "$@" <"$bundle/state.json"
        assertEquals "status of ${program##*/}: $err" 1 "$status"
        assertNull "stdout: $out" "$out"
        [[ $err =~ ^${program##*/}:\ (${id::12}:\ )?$pattern$ ]] || fail "says '$err', not '$pattern'"
    done
    snapshot after
    assertNull "changed: $pattern" "$(diff "$SHUNIT_TMPDIR/before" "$SHUNIT_TMPDIR/after")"
}

# both_state PATTERN FILTER: the state, changed by the jq filter
both_state() {
    state | jq -c "$2" >"$bundle/state.json"
    both "state: $1"
}

# both_config PATTERN FILTER: config.json, changed by the jq filter
both_config() {
    cp "$bundle/config.json" "$SHUNIT_TMPDIR/config.json"
    edit_config "$2"
    both "config.json of $bundle: $1"
    cp "$SHUNIT_TMPDIR/config.json" "$bundle/config.json"
}

# nested N: an array so deep
nested() {
    head -c "$1" /dev/zero | tr '\0' '['
    head -c "$1" /dev/zero | tr '\0' ']'
}
