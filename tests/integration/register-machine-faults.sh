#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# machined that is absent, deaf, hangs, or answers nonsense: one warning, in time, and the container starts.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
enter_fake_host "$@"

testAbsent() {
    register
    assertWarnedOnce "it is not there"
}

testNobodyListens() {
    fake varlink ok
    fake bus new
    end_fakes_but_sockets
    register
    assertWarnedOnce "it is not there"
}

# end_fakes_but_sockets: as after a crash.
end_fakes_but_sockets() {
    local pid
    for pid in "${fakes[@]}"; do
        kill "$pid"
        wait "$pid" 2>/dev/null
    done
    fakes=()
}

testStrict() {
    register --strict
    assertEquals 1 "$status"
    assertEquals "$err" 1 "$(grep -c . <<<"$err")"
    assertContains "$err" "it is not there"
    assertNotContains "$err" "ignoring"
}

testVarlinkHangs() {
    fake varlink hang
    expect_timeout
}

# The queue of a listener that does not accept has room for one connection. The first call waits for an answer, the
# second one for room.
testVarlinkDoesNotAccept() {
    fake varlink deaf
    expect_timeout
    start_again
    expect_timeout
}

testVarlinkAnswersGarbage() {
    fake varlink garbage
    register
    assertWarnedOnce "its answer is not Varlink"
}

testVarlinkAnswersWithoutEnd() {
    fake varlink endless
    register
    assertWarnedOnce "its answer is larger than the limit of 65536 bytes"
}

testVarlinkHangsUpInTheMiddle() {
    fake varlink half
    register
    assertWarnedOnce "it hung up in the middle of its answer"
}

# As where systemd listens for a service that is masked. The bus may know better.
testVarlinkHangsUp() {
    fake varlink close
    register
    assertWarnedOnce "it is not there"
}

testVarlinkRefuses() {
    fake varlink error:org.varlink.service.PermissionDenied
    register
    assertWarnedOnce "org.varlink.service.PermissionDenied"
    assertEquals 2 "$(wc -l <"$asked")"
}

testVarlinkWithoutMethodGoesToTheBus() {
    fake varlink error:org.varlink.service.MethodNotFound
    fake bus new
    register
    assertSilent
    assertContains "$(cat "$asked")" RegisterMachineEx
}

testVarlinkContradictsItself() {
    fake varlink error:io.systemd.Machine.NoSuchMachine
    register
    assertWarnedOnce "it contradicts itself"
}

testSecondCallDoesNotWaitAgain() {
    fake varlink hang
    expect_timeout
    register --timeout=60
    assertSilent
    assertTrue "took $took ms" "[ $took -lt 10000 ]"
    assertEquals "it was asked once" 1 "$(grep -c connect "$asked")"
    # Nor does it hide the failure from an admin who asked for strictness.
    register --timeout=60 --strict
    assertEquals 1 "$status"
    assertEquals "$err" 1 "$(grep -c . <<<"$err")"
}

testNextStartAsksAgain() {
    fake varlink hang
    expect_timeout
    start_again
    fake varlink ok
    register
    assertSilent
    assertEquals 1 "$(grep -c connect "$asked")"
}

testPoststopWithoutMachineAsksNobody() {
    fake varlink hang
    fake bus hang
    kill "$leader"
    wait "$leader" 2>/dev/null
    leader=''
    unregister --timeout=60
    assertSilent
    assertFalse "nobody was asked" "[ -e $asked ]"
}

testPoststopWithMachinedHanging() {
    : >"/run/systemd/machines/$NAME"
    fake varlink hang
    unregister --timeout=1
    assertWarnedOnce "did not answer in time"
}

testPoststopWithMachinedGone() {
    : >"/run/systemd/machines/$NAME"
    unregister
    assertSilent
    fake bus error:org.freedesktop.DBus.Error.NameHasNoOwner
    unregister
    assertSilent
    assertContains "$(cat "$asked")" "GetMachine (no auto start)"
}

testPoststopOfAnothersMachine() {
    : >"/run/systemd/machines/$NAME"
    fake bus known
    unregister
    assertSilent
    assertNotContains "$(cat "$asked")" Unregister
}

. shunit2
