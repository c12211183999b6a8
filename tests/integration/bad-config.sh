#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both hooks and a config.json that is wrong or missing; lib/bad-input.sh says what is expected.
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

testConfigEmptyOrTruncated() {
    local text length
    good_input || return
    text=$(jq -c . "$bundle/config.json")
    : >"$bundle/config.json"
    both "config.json of $bundle: /: is empty"
    for ((length = 1; length < ${#text}; length += 23)); do
        printf '%s' "${text::length}" >"$bundle/config.json"
        both "config.json of $bundle: line 1, column [0-9]+: .+"
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
    both_config '/process/args/0: holds a NUL character' '.process.args[0] += "\u0000"'
    both_config '/process/env/1: holds a NUL character' '.process.env = ["A=\u0000", "PATH=/bin\u0000:/x"]'
    both_config '/mounts: is an object, expected an array' '.mounts = {}'
    both_config '/mounts/3: is null, expected an object' '.mounts[3] = null | .mounts[0, 1, 2] = {destination: "/a"}'
    both_config '/mounts/0/destination: is missing' '.mounts[0] = {}'
    both_config '/mounts/3/type: is a boolean, expected a string' \
        '.mounts[0, 1, 2] = {destination: "/a"} | .mounts[3] = {destination: "/b", type: false}'
    both_config '/mounts/0/options/1: is an integer, expected a string' \
        '.mounts[0] = {destination: "/a", options: ["ro", 1]}'
    both_config '/annotations/io.container.manager: is an integer, expected a string' '.annotations["io.container.manager"] = 1'
    both_config '/annotations/io.containers.systemd-hook: holds a NUL character' \
        '.annotations["io.containers.systemd-hook"] = "true\u0000"'
    both_config '/hostname: is an array, expected a string' '.hostname = []'
    both_config '/linux: is a string, expected an object' '.linux = ""'
}

# What no hook uses makes none fail: not as text, type, number or name.
testConfigOfOthers() {
    local program text
    good_input || return
    edit_config '.annotations = {"io.containers.systemd-hook": "false", "io.containers.register-machine": "false", "a\u0000": "b\u0000", n: null, o: {}}
        | .process.env += [null, "A=\u0000"] | .linux.seccomp = {} | .["\u0000"] = 1'
    text=$(cat "$bundle/config.json")
    printf '%s' "${text%\}}"', "x": 1e999, "y": "\ud800", "\udfff": -0, "x": [1E+2, 99999999999999999999]}' >"$bundle/config.json"
    for program in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
        run "$program" <"$bundle/state.json"
        assertEquals "${program##*/}: $err" 0 "$status"
        assertNull "${program##*/}" "$out$err"
    done
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

# shellcheck source=/dev/null
. shunit2
