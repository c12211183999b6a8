#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# What CRI-O's own loader (crio-loader.go) makes of our hooks directory, as installed: which containers get which hooks.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

HOOKS=/usr/share/containers/oci/hooks.d
LATER=/etc/containers/oci/hooks.d

tearDown() {
    rm -rf $LATER $HOOKS/odd.json
}

# hooks_of COMMAND [ANNOTATIONS]: the hooks by stage that a container gets
hooks_of() {
    jq -n --arg command "$1" --argjson annotations "${2:-{\}}" \
        '{ociVersion: "1.0.2", process: {cwd: "/", args: [$command, "x"]}, annotations: $annotations}' |
        crio-loader $HOOKS $LATER | jq -c '.hooks // {} | map_values(map(.args | join(" ")))'
}

# assert_both COMMAND [ANNOTATIONS]
assert_both() {
    assertEquals "$*" \
        '{"createRuntime":["oci-register-machine","oci-systemd-hook"],"poststop":["oci-register-machine","oci-systemd-hook"]}' \
        "$(hooks_of "$@" 2>&1)"
}

testCommandsOfSystemd() {
    local command
    for command in /sbin/init /usr/sbin/init init /lib/systemd/systemd /usr/lib/systemd/systemd systemd /usr/local/sbin/init; do
        assert_both $command
    done
}

testOtherCommands() {
    local command
    for command in /bin/sh /init /dev/init /usr/bin/xinit /usr/bin/systemd-run /entrypoint.sh; do
        assertEquals "$command" '{}' "$(hooks_of $command)"
    done
}

testOptInByAnnotation() {
    local word
    for word in true yes on 1 enabled; do
        assert_both /entrypoint.sh "{\"io.containers.systemd-hook\": \"$word\"}"
    done
    assertEquals '{"createRuntime":["oci-register-machine"],"poststop":["oci-register-machine"]}' \
        "$(hooks_of /entrypoint.sh '{"io.containers.register-machine": "true"}')"
    assertEquals '{}' "$(hooks_of /entrypoint.sh '{"io.containers.systemd-hook": "false", "io.containers.systemd-hook.journal": "no"}')"
}

# In the order of the files' names.
testBothFilesOfAHookMayMatch() {
    assertEquals '["oci-register-machine","oci-register-machine","oci-systemd-hook","oci-systemd-hook"]' \
        "$(hooks_of /sbin/init '{"io.containers.systemd-hook": "true"}' | jq -c .createRuntime)"
}

testHookIsAsTheFileSays() {
    local program
    for program in oci-systemd-hook oci-register-machine; do
        assertEquals "$(jq -cS .hook $HOOKS/$program.json)" "$(jq -n '{process: {args: ["init"]}}' | crio-loader $HOOKS |
            jq -cS ".hooks.poststop[] | select(.args[0] == \"$program\")")"
    done
}

testLaterDirectoryTakesThePlace() {
    mkdir -p $LATER
    jq '.hook.args += ["--journal=host"]' $HOOKS/oci-systemd-hook.json >$LATER/oci-systemd-hook.json
    assertEquals '["oci-register-machine","oci-systemd-hook --journal=host"]' "$(hooks_of init | jq -c .createRuntime)"
}

# CRI-O does not start with such a file, and its message need not name it.
testBrokenFileIsRefused() {
    local content
    for content in '{' '{"version": "9.0.0"}' \
        "$(jq '.stages = ["precreate"]' $HOOKS/oci-systemd-hook.json)" "$(jq 'del(.stages)' $HOOKS/oci-systemd-hook.json)"; do
        echo "$content" >$HOOKS/odd.json
        run crio-loader $HOOKS </dev/null
        assertEquals "$content" 1 "$status"
        assertNotNull "$content" "$err"
    done
}

# This is how engines are: not a word, and the container runs without the hook.
testMissingProgramIsPassedOver() {
    jq '.hook.path = "/nonexistent"' $HOOKS/oci-systemd-hook.json >$HOOKS/odd.json
    assert_both init
}

. shunit2
