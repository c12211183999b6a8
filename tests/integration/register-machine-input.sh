#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# oci-register-machine: options, --explain, names, and input that is refused.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
enter_fake_host "$@"

testExplainChangesNothing() {
    fake varlink ok
    register --explain
    assertEquals 0 "$status"
    assertNull "$err" "$err"
    assertFalse "machined was asked" "[ -e $asked ]"
    for line in "do         register" "name       $NAME ($NAME-${ID:0:12} if that is taken)" "class      container" \
        "service    oci" "id         $NAME" "leader     $leader" "root       $bundle/rootfs" \
        "unit       libpod-$ID.scope" "machined   by Varlink, $VARLINK_SOCKET"; do
        assertContains "$out" "$line"
    done
    end_fakes
    register --explain
    assertContains "$out" "machined   not there"
    fake bus new
    register --explain
    assertContains "$out" "machined   by D-Bus, $BUS_SOCKET"
    write_config "\"io.containers.register-machine\": \"no\""
    register --explain
    assertContains "$out" "do         nothing: its annotation opts out"
    unregister --explain
    assertContains "$out" "do         nothing: there is no machine '$NAME'"
    assertFalse "machined was asked" "[ -e $asked ]"
}

# name_with [OPTION...]: the name that it would get.
name_with() {
    register --explain "$@"
    sed -n 's/^name *\([^ ]*\).*/\1/p' <<<"$out"
}

testNames() {
    write_config '"io.containers.machine-name": "blue"'
    assertEquals "$NAME" "$(name_with)"
    assertEquals blue "$(name_with --machine-name=annotation)"
    assertEquals web "$(name_with --machine-name=engine,hostname,annotation)"
    assertEquals "$NAME" "$(name_with --machine-name=engine)"
    write_config '"io.containers.machine-name": "my_box"'
    register --explain --machine-name=annotation,hostname
    assertContains "$err" "'my_box' is not a machine name, ignoring"
    assertContains "$out" "name       web "
    write_config '"io.kubernetes.pod.name": "p", "io.kubernetes.container.name": "c", "io.kubernetes.pod.namespace": "n"'
    assertEquals "c-p-n-${ID:0:12}" "$(name_with --machine-name=engine)"
    assertEquals "$NAME" "$(name_with)"
}

# expect_refused TEXT [OPTION...]: one line with that in it, exit 1, nothing done.
expect_refused() {
    local text=$1
    shift
    run hook_with_state "$@"
    assertEquals "exit status: $err" 1 "$status"
    assertEquals "lines of: $err" 1 "$(grep -c . <<<"$err")"
    assertContains "$err" "$text"
    assertFalse "machined was asked" "[ -e $asked ]"
}

testBadInput() {
    fake varlink ok
    state creating >"$SHUNIT_TMPDIR/state"
    expect_refused "Unknown option '--pid=1'" --pid=1
    expect_refused "Option '--timeout' needs a value" --timeout
    expect_refused "Option --timeout: '0'" --timeout=0
    expect_refused "Option --timeout: '1s'" --timeout=1s
    expect_refused "Option --machine-name: 'id,id'" --machine-name=id,id
    expect_refused "Unknown stage 'poststart'" poststart
    state creating | jq 'del(.pid)' >"$SHUNIT_TMPDIR/state"
    expect_refused "state: /pid: is missing"
    state creating | jq '.pid = 0' >"$SHUNIT_TMPDIR/state"
    expect_refused "state: /pid: is missing"
    state creating | jq '.pid = 2147483647' >"$SHUNIT_TMPDIR/state"
    expect_refused "No such process"
    state creating | jq '.bundle = "/nowhere"' >"$SHUNIT_TMPDIR/state"
    expect_refused "config.json of /nowhere"
    echo '{' >"$SHUNIT_TMPDIR/state"
    expect_refused "state"
}

testHelpAndVersion() {
    local option
    run "$REGISTER_HOOK" --help
    assertEquals 0 "$status"
    for option in machine-name id-from-env strict timeout explain debug; do
        assertContains "$out" "--$option"
    done
    run "$REGISTER_HOOK" --version
    assertContains "$out" "oci-register-machine "
}

. shunit2
