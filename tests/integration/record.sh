#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# hooks/record: what a hook is called with is saved, and the hook sees no difference.
. "${0%/*}/../lib/common.sh"

RECORD=$TOP_SRCDIR/hooks/record

oneTimeSetUp() {
    # A hook that shows all that it was given, and fails in its own way.
    hook=$SHUNIT_TMPDIR/hook
    # shellcheck disable=SC2016 # the hook expands it
    printf '%s\n' '#!/bin/sh' 'for a; do echo "argument <$a>"; done' 'command -p env | command -p grep -v "^\(PWD\|SHLVL\|_\)="' \
        'command -p cat' 'echo complaint >&2' 'exit 7' >"$hook"
    chmod +x "$hook"
    bundle=$SHUNIT_TMPDIR/bundle
    mkdir "$bundle"
    printf '{"ociVersion": "1.0.2", "annotations": {}}' >"$bundle/config.json"
}

setUp() {
    calls=$SHUNIT_TMPDIR/calls
    rm -rf "$calls"
}

# call STATE ARGUMENT...: the hook by itself and through record
call() {
    local state=$1
    shift
    printf '%s' "$state" >"$SHUNIT_TMPDIR/state"
    run env -i A=b PATH=/nowhere "$hook" "$@" <"$SHUNIT_TMPDIR/state"
    alone=$status:$out:$err
    run env -i A=b PATH=/nowhere "$RECORD" "$calls" "$hook" "$@" <"$SHUNIT_TMPDIR/state"
    recorded=$(echo "$calls"/*)
}

testHookSeesNoDifference() {
    call "{\"id\":\"web\",\"pid\":7,\"bundle\":\"$bundle\"}" --option='two words' createRuntime
    assertEquals "$alone" "$status:$out:$err"
    assertEquals 7 "$status"
    assertContains "$out" 'argument <--option=two words>'
}

testAllIsSaved() {
    call "{\"id\":\"web\",\"bundle\":\"$bundle\"}" --debug poststop
    assertTrue 'state' "cmp '$SHUNIT_TMPDIR/state' '$recorded/state.json'"
    assertTrue 'config.json' "cmp '$bundle/config.json' '$recorded/config.json'"
    assertEquals "$hook
--debug
poststop" "$(cat "$recorded/arguments")"
    assertContains "$(cat "$recorded/environment")" 'A=b'
    assertContains "$(cat "$recorded/environment")" 'PATH=/nowhere'
    assertEquals 'for root only' 700 "$(stat -c %a "$recorded")"
}

# What runc, podman and crun 1.28 write.
testBundleIsFoundInEveryLayout() {
    local state escaped=${bundle//\//\\/}
    for state in "{\"id\":\"web\",\"bundle\":\"$bundle\",\"annotations\":{\"x\":\"\\\"bundle\\\": 1\",\"bundle\":\"/no\"}}" \
        "{
    \"id\": \"web\",
    \"bundle\": \"$escaped\",
    \"annotations\": {
        \"bundle\": \"/no\"
    }
}"; do
        rm -rf "$calls"
        call "$state"
        assertTrue "$state" "cmp '$bundle/config.json' '$recorded/config.json'"
    done
}

testEachCallHasItsOwnFolder() {
    call "{\"id\":\"web\",\"bundle\":\"$bundle\"}"
    call "{\"id\":\"web\",\"bundle\":\"$bundle\"}"
    assertEquals 2 "$(find "$calls" -name state.json | wc -l)"
}

# A recorder that cannot write, or not all, must not fail the container.
testHookRunsWhereNothingCanBeSaved() {
    : >"$calls"
    call "{\"id\":\"web\",\"bundle\":\"$bundle\"}" createRuntime
    assertEquals 7 "$status"
    assertContains "$out" "{\"id\":\"web\",\"bundle\":\"$bundle\"}"
    assertContains "$out" 'argument <createRuntime>'
}

testHookRunsWhereBundleIsGone() {
    call '{"id":"web","bundle":"/nonexistent"}'
    assertEquals 7 "$status"
    assertTrue 'state' "cmp '$SHUNIT_TMPDIR/state' '$recorded/state.json'"
    assertFalse 'config.json' "[ -e '$recorded/config.json' ]"
}

. shunit2
