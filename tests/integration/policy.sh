#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2154 # of jq, or shared with common.sh and systemd-hook.sh
# The administrator's options hold, whichever of a hook's files made the engine call it.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
enter_host "$@"

admin=/etc/containers/oci/hooks.d
journal=/var/log/journal/81f9f270b6608ffb6a500ac7ec36e137

# hook_file FILE [ARG...]: a file of oci-systemd-hook with these arguments.
hook_file() {
    local file=$1

    shift
    mkdir -p "${file%/*}"
    jq -n '{version: "1.0.0", hook: {path: "/usr/libexec/oci/hooks.d/oci-systemd-hook",
        args: (["oci-systemd-hook"] + $ARGS.positional)}, when: {always: true}, stages: ["createRuntime"]}' \
        --args -- "$@" >"$file"
}

# matched ARG...: in config.json stands a call with these arguments, as the engine writes it
matched() {
    edit_config '.hooks.createRuntime += [{path: "/usr/libexec/oci/hooks.d/oci-systemd-hook", args: $ARGS.positional}]' \
        --args -- oci-systemd-hook "$@"
}

tearDownPolicy() {
    rm -rf /etc/containers
}

assert_journal() {
    assert_silent
    assertTrue "$1" "[ -d $journal ]"
}

assert_no_journal() {
    assert_silent
    assertFalse "$1" "[ -e $journal ]"
}

# The annotation's file has no options, and only it matched.
testFileOfTheAdministratorDidNotMatch() {
    matched
    hook_file $admin/oci-systemd-hook.json --journal=no
    start_container
    assert_no_journal 'called by the annotation'
    assert_silent --journal=host
    assertFalse 'another word of the call' "[ -e $journal ]"
    tearDownPolicy
}

testWithout() {
    matched
    start_container
    assert_journal 'no policy'
}

# A directory that only the engine knows: what it wrote into config.json counts.
testBothMatched() {
    matched
    matched --journal=no
    start_container
    assert_no_journal 'the first of two calls'
}

testFileIsReplaced() {
    hook_file $admin/a.json --journal=no
    jq '.hook.path = "/bin/true"' $admin/a.json >$admin/b.json
    mv $admin/b.json $admin/a.json
    start_container
    assert_journal 'the file is another program'"'"'s'
    tearDownPolicy
}

testBrokenFile() {
    hook_file $admin/a.json --journal=no
    sed -i 's/--journal=no"/&,,/' $admin/a.json
    hook_file $admin/b.json --run-size=5%
    start_container
    run_hook --strict
    assert_fails "$admin/a.json: "
    run_hook
    assert_warns "$admin/a.json: "
    assertContains "$err" 'its options are not known'
    assertContains "other files count" "$(in_container findmnt -n -o OPTIONS --mountpoint "$rootfs/run")" size=
    tearDownPolicy
}

testUnknownOption() {
    hook_file $admin/a.json --jurnal=no
    start_container
    run_hook
    assert_fails "$admin/a.json: Unknown option '--jurnal=no'"
    tearDownPolicy
}

# What is not ours is not delayed by a policy, nor failed.
testNotOurs() {
    hook_file $admin/a.json --jurnal=no
    edit_config '.process.args = ["/bin/sh"]'
    start_container
    assert_silent
    tearDownPolicy
}

. shunit2
