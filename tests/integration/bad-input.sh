#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both hooks and input that is wrong: one line that names file, place and reason, exit 1, and nothing
# is changed, in the container, in its bundle and on the host. Each input is a good one with one fault.
# shellcheck disable=SC2119,SC2154 # start_container has optional arguments, variables are of common.sh and systemd-hook.sh

# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"
# messages of the hooks do not belong into this machine's journal
mount -t tmpfs tmpfs /run || exit

# snapshot FILE: everything that a hook could change; times of change tell of a write that leaves no
# other trace, but cgroupfs makes them up
snapshot() {
    {
        cat /proc/self/mountinfo
        [ ! -e "/proc/${pid:-none}" ] || cat "/proc/$pid/mountinfo"
        find "$bundle" /etc/machine-id /var/log /run -printf '%p %y %m %U:%G %s %T@ %C@ %l\n' | sort
        find "/sys/fs/cgroup$own" -printf '%p %y %m %U:%G\n' | sort
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

# Without the faults there would be work to do.
testGoodInput() {
    local program
    good_input || return
    for program in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
        run "$program" --explain <"$bundle/state.json"
        assertEquals "${program##*/}: $err" 0 "$status"
        assertContains "${program##*/}: $out" "$out" "${id::32}"
        assertNull "$err" "$err"
    done
}

testStateEmpty() {
    good_input || return
    : >"$bundle/state.json"
    both 'state: /: is empty'
    printf ' \n' >"$bundle/state.json"
    both "state: line [0-9]+, column [0-9]+: '\\[' or '\\{' expected near end of file"
}

testStateTruncated() {
    local text length
    good_input || return
    text=$(state)
    for ((length = 1; length < ${#text}; length += 11)); do
        printf '%s' "${text::length}" >"$bundle/state.json"
        both 'state: line 1, column [0-9]+: .* (near .*|end of input)'
    done
}

testStateHuge() {
    local writer
    good_input || return
    { state && printf '%*s' 1048576 ''; } >"$bundle/state.json"
    both 'state: /: is larger than the limit of 1048576 bytes'
    # a writer that never ends
    mkfifo "$bundle/fifo"
    yes '{"id": "web"}' >"$bundle/fifo" 2>/dev/null &
    writer=$!
    run timeout 20 "$SYSTEMD_HOOK" <"$bundle/fifo"
    assertEquals "$err" 1 "$status"
    assertContains "$err" 'is larger than the limit'
    # the pipe was closed before all was written
    assertFalse 'the writer came to its end' "wait $writer"
}

testStateDeep() {
    good_input || return
    state | jq -c ". + {a: $(nested 64)}" >"$bundle/state.json"
    both 'state: line 1, column [0-9]+: nests deeper than the limit of 64 levels'
    nested 400000 >"$bundle/state.json"
    both 'state: line 1, column 65: nests deeper than the limit of 64 levels'
}

testStateWrong() {
    good_input || return
    both_state '/: is an array, expected an object' '[.]'
    both_state '/id: is missing' 'del(.id)'
    both_state '/id: is an integer, expected a string' '.id = 1'
    both_state '/id: is not a container id' '.id = "../web"'
    both_state '/id: is longer than the limit of 1024 bytes' '.id = "x" * 1025'
    both_state '/bundle: is missing' 'del(.bundle)'
    both_state '/bundle: is an object, expected a string' '.bundle = {}'
    both_state '/bundle: is not an absolute path' '.bundle = "rootfs"'
    both_state '/status: is a boolean, expected a string' '.status = true'
    both_state '/pid: is a string, expected an integer' '.pid = "1"'
    both_state '/pid: is out of range, 0 to 2147483647' '.pid = -1'
    both_state '/pid: is out of range, 0 to 2147483647' '.pid = 4294967297'
    both_state '/root: is an array, expected a string' '.root = []'
    state | sed 's/"id"/"id":"a","id"/' >"$bundle/state.json"
    both "state: line 1, column [0-9]+: duplicate object key near '\"id\"'"
    { state | tr -d '\n' && printf '\0'; } >"$bundle/state.json"
    both 'state: line 1, column [0-9]+: is a NUL byte'
    state | sed 's/"created"/"\xff"/' >"$bundle/state.json"
    both 'state: line 1, column [0-9]+: unable to decode byte 0xff near .*'
}

testConfigEmptyOrTruncated() {
    local text length
    good_input || return
    text=$(jq -c . "$bundle/config.json")
    : >"$bundle/config.json"
    both "config.json of $bundle: /: is empty"
    for ((length = 1; length < ${#text}; length += 23)); do
        printf '%s' "${text::length}" >"$bundle/config.json"
        both "config.json of $bundle: line 1, column [0-9]+: .* (near .*|end of input)"
    done
}

testConfigHuge() {
    good_input || return
    printf '%*s' $((16 * 1024 * 1024)) '' >>"$bundle/config.json"
    both "config.json of $bundle: /: is larger than the limit of 16777216 bytes"
}

testConfigDeep() {
    good_input || return
    both_config 'line [0-9]+, column [0-9]+: nests deeper than the limit of 64 levels' ". + {a: $(nested 64)}"
    nested 4000000 >"$bundle/config.json"
    both "config.json of $bundle: line 1, column 65: nests deeper than the limit of 64 levels"
}

testConfigWrong() {
    good_input || return
    both_config '/: is an array, expected an object' '[.]'
    both_config '/root: is missing' 'del(.root)'
    both_config '/root/path: is an integer, expected a string' '.root.path = 1'
    both_config '/root/path: is empty' '.root.path = ""'
    both_config '/process: is a string, expected an object' '.process = ""'
    both_config '/process/args: is an object, expected an array' '.process.args = {}'
    both_config '/process/args/0: is null, expected a string' '.process.args = [null]'
    both_config '/process/env/1: is an integer, expected a string' '.process.env = ["A=b", 1]'
    both_config '/mounts: is an object, expected an array' '.mounts = {}'
    both_config '/mounts/3: is null, expected an object' '.mounts[3] = null | .mounts[0, 1, 2] = {destination: "/a"}'
    both_config '/mounts/0/destination: is missing' '.mounts[0] = {}'
    both_config '/mounts/3/type: is a boolean, expected a string' \
        '.mounts[0, 1, 2] = {destination: "/a"} | .mounts[3] = {destination: "/b", type: false}'
    both_config '/mounts/0/options/1: is an integer, expected a string' \
        '.mounts[0] = {destination: "/a", options: ["ro", 1]}'
    both_config '/annotations/a~1b: is an integer, expected a string' '.annotations = {"a/b": 1}'
    both_config '/annotations/a\\x0ab: is an integer, expected a string' '.annotations = {"a\nb": 1}'
    both_config '/hostname: is an array, expected a string' '.hostname = []'
    both_config '/linux: is a string, expected an object' '.linux = ""'
    both_config '/linux/namespaces/0/type: is missing' '.linux.namespaces = [{}]'
    both_config '/linux/uidMappings/0/hostID: is out of range, 0 to 4294967294' \
        '.linux = {namespaces: [{type: "user"}], uidMappings: [{containerID: 0, hostID: 4294967295, size: 1}]}'
}

testNoBundle() {
    good_input || return
    state | jq -c '.bundle = "/nowhere"' >"$bundle/state.json"
    both 'Failed to read config.json of /nowhere: No such file or directory'
    state >"$bundle/state.json"
    mv "$bundle/config.json" "$bundle/config.jsonx"
    both "Failed to read config.json of $bundle: No such file or directory"
    mkdir "$bundle/config.json"
    both "Failed to read config.json of $bundle: Is a directory"
    rmdir "$bundle/config.json" && mkfifo "$bundle/config.json"
    both "config.json of $bundle: /: is empty"
}

testPid() {
    good_input || return
    both_state '/pid: is missing, but needed at this stage' 'del(.pid)'
    both_state '/pid: is missing, but needed at this stage' '.pid = 0'
    state >"$bundle/state.json"
    kill_container
    both 'state: /pid: cannot get hold of process [0-9]+: No such process'
}

testCommandLine() {
    local stage
    good_input || return
    both "Unknown option '--no-such-option'; see --help" --no-such-option
    both "Unknown option '--no-such-option=1'; see --help" --no-such-option=1 poststop
    both "Unknown option '-x'; see --help" -x
    both "Unknown option '-x'; see --help" -xyz
    both "Unknown option '--strict=maybe'; see --help" createRuntime --strict=maybe
    for stage in createContainer startContainer poststart precreate start CreateRuntime '' ' '; do
        both "Unknown stage '$stage': this hook is for createRuntime \\(prestart\\) and poststop" "$stage"
    done
    both "Unknown stage 'a\\\\x1b\\[1mb': .*" $'a\e[1mb'
}

# shellcheck source=/dev/null
. shunit2
