#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both hooks and a state or a command line that is wrong; lib/bad-input.sh says what is expected.
# shellcheck disable=SC2119,SC2154 # start_container has optional arguments, variables are of common.sh and systemd-hook.sh

# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/systemd-hook.sh"
# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/bad-input.sh"
enter_host "$@"
# messages of the hooks do not belong into this machine's journal
mount -t tmpfs tmpfs /run || exit

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
        both 'state: line 1, column [0-9]+: .+'
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
    both "state: line 1, column [0-9]+: duplicate object key"
    { state | tr -d '\n' && printf '\0'; } >"$bundle/state.json"
    both 'state: line 1, column [0-9]+: is a NUL byte'
    state | sed 's/"created"/"\xff"/' >"$bundle/state.json"
    both 'state: line 1, column [0-9]+: unable to decode byte 0xff'
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
    both "Unknown option '--stric'; see --help" --stric
    for stage in createContainer startContainer poststart precreate start CreateRuntime '' ' '; do
        both "Unknown stage '$stage': this hook is for createRuntime \\(prestart\\) and poststop" "$stage"
    done
    both "Unknown stage 'a\\\\x1b\\[1mb': .*" $'a\e[1mb'
}

# shellcheck source=/dev/null
. shunit2
