#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119,SC2154 # start_container has optional arguments, variables are of common.sh and systemd-hook.sh
# stdout and stderr of both hooks as everything that they may be, with a container that chose what it could: of its text nothing gets
# into a file, by whatever kind of descriptor, and a reader gets all of it.

# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"
# messages of the hooks do not belong into this machine's journal
mount -t tmpfs tmpfs /run || exit

kept=/run/kept

# hostile_input: annotations that are wrong, and a bundle whose name is chosen; config.json is refused at the end
hostile_input() {
    start_container || return
    edit_config '.annotations += {"io.containers.systemd-hook": "EVIL a", "io.containers.register-machine": "EVIL b",
        "io.containers.systemd-hook.journal": "EVIL c", "io.containers.machine-name": "EVIL d"} | .process.args = ["/EVIL"]'
    state >"$bundle/state.json"
}

# both: both hooks say what is wrong, with their stdout and stderr where those of this call are
both() {
    local program
    for program in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
        "$program" --debug "$@" <"$bundle/state.json" || true
    done
}

testReaders() {
    hostile_input || return
    both 2>&1 >/dev/null | cat >"$kept"
    assertContains "pipe" "$(cat "$kept")" "'EVIL a'"
    assertContains "pipe" "$(cat "$kept")" "'EVIL b'"
}

# Of a file we know the name of the program, what is wrong, and where to read more.
testFiles() {
    hostile_input || return
    : >"$kept"
    both >>"$kept" 2>&1
    both 2>>"$kept" >/dev/null
    assertNotContains "file" "$(cat "$kept")" EVIL
    assertContains "$(cat "$kept")" "ignoring: '[...]' (see journalctl -t oci-systemd-hook)"
    : >"$kept"
    both --explain >>"$kept" 2>&1
    assertNotContains "explain" "$(cat "$kept")" EVIL
}

testNothingElse() {
    local place
    hostile_input || return
    rm -f "$kept" && mkfifo "$kept"
    exec 7<>"$kept"
    both --explain >&7 2>&1
    both --explain 7>&- >"$kept" 2>&1
    printf 'end\n' >&7
    read -r place <&7
    exec 7>&-
    rm -f "$kept"
    assertEquals 'FIFO' end "$place"
    both --explain >/dev/null 2>&1
    both --explain >&- 2>&-
    assertEquals 'statuses do not depend on it' 0 $?
}

testIdsThatAreNone() {
    hostile_input || return
    jq -c '.id = "EVIL ALL=(ALL)"' "$bundle/state.json" >"$bundle/state.json.new"
    mv "$bundle/state.json.new" "$bundle/state.json"
    : >"$kept"
    both >>"$kept" 2>&1
    assertNotContains "$(cat "$kept")" EVIL
    assertContains "$(cat "$kept")" ": [...]: "
}

# shellcheck source=/dev/null
. shunit2
