#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# machined by D-Bus: old and new, and a bus that is broken.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
enter_fake_host "$@"

testBusHangs() {
    fake bus hang
    expect_timeout
}

testBusTakesCallsAndDoesNotAnswer() {
    fake bus mute
    expect_timeout
    assertContains "$(cat "$asked")" GetMachineByPID
}

testBusIsNone() {
    local behaviour
    for behaviour in garbage endless half close; do
        fake bus $behaviour
        register
        assertWarnedOnce "the system bus"
        start_again
        end_fakes
    done
}

testBusRefuses() {
    fake bus error:org.freedesktop.DBus.Error.AccessDenied
    register
    assertWarnedOnce "as told"
}

testMaskedOnTheBus() {
    fake bus error:org.freedesktop.systemd1.UnitMasked
    register
    assertWarnedOnce "as told"
}

# A registration that fails makes machined stop the unit: it is not even tried.
testBusKnowsTheLeader() {
    fake bus known
    register
    assertWarnedOnce "its process or unit is machine 'zzz' already"
    assertNotContains "$(cat "$asked")" Register
}

testBusOfOldMachined() {
    fake bus old
    register
    assertSilent
    assertContains "$(cat "$asked")" "$NAME Service=oci Class=container Leader=$leader RootDirectory=$bundle/rootfs Id=16 bytes"
}

testBusOfNewMachined() {
    fake bus new
    register
    assertSilent
    assertContains "$(cat "$asked")" "$NAME LeaderPIDFD=$leader"
    assertContains "$(cat "$asked")" "$NAME Class=container"
    assertContains "$(cat "$asked")" "$NAME RootDirectory=$bundle/rootfs"
    assertNotContains "$(cat "$asked")" RegisterMachineWithNetwork
}

. shunit2
