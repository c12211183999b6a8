#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# A rootless engine: the hook in a user namespace, and its user's own machined.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
unshare -r true 2>/dev/null || skip_all 'kernel: no user namespaces'
enter_fake_host "$@"

# The user is root: any other could not be seen from the tests' own namespace.
RUNTIME_DIR=/run/user/0
BUS_SOCKET=$RUNTIME_DIR/bus
SCOPE=/user.slice/user-0.slice/user@0.service/user.slice/libpod-$ID.scope/container

oneTimeSetUp() {
    printf '#!/bin/sh\nexec unshare -r %s "$@"\n' "$REGISTER_HOOK" >"$SHUNIT_TMPDIR/hook"
    chmod 755 "$SHUNIT_TMPDIR/hook"
    REGISTER_HOOK=$SHUNIT_TMPDIR/hook
}

# The hook cannot look into a process of the host's root, so the container opts in.
setUp() {
    mkdir -p $RUNTIME_DIR/systemd/machine $RUNTIME_DIR/systemd/machines
    : >$RUNTIME_DIR/systemd/machine/io.systemd.Machine
    make_container "${1:-$SCOPE}" '"io.containers.register-machine": "true"'
}

tearDown() {
    end_container
    end_fakes
    rm -rf $RUNTIME_DIR
}

testRegisters() {
    fake bus new
    register
    assertSilent
    assertContains "$(cat "$asked")" "$NAME LeaderPIDFD=$leader"
    assertContains "$(cat "$asked")" "$NAME RootDirectory=$bundle/rootfs"
    assertEquals 'asks first' GetMachineByPID "$(sed -n 2p "$asked")"
}

# A registration that fails makes machined stop the unit: it is not even tried.
testKnowsTheLeader() {
    fake bus known
    register
    assertWarnedOnce "its process or unit is machine 'zzz' already"
    assertNotContains "$(cat "$asked")" Register
}

testUserHasNone() {
    rm $RUNTIME_DIR/systemd/machine/io.systemd.Machine
    fake bus new
    register
    assertSilent
    assertFalse 'the bus was asked' "[ -e $asked ]"
    register --explain
    assertContains "$out" 'its user has no systemd-machined'
}

testBusKnowsNone() {
    fake bus error:org.freedesktop.DBus.Error.ServiceUnknown
    register --strict
    assertSilent
}

testNoBus() {
    register --strict
    assertSilent
}

testRuntimeDirectoryOfAnother() {
    chown 1 $RUNTIME_DIR
    fake bus new
    register
    assertSilent
    assertFalse 'the bus was asked' "[ -e $asked ]"
}

testBusHangs() {
    fake bus hang
    expect_timeout
}

testNotTheContainersUnit() {
    end_container
    setUp /user.slice/user-0.slice/user@0.service/app.slice/run-1.service
    fake bus new
    register
    assertEquals 0 "$status"
    assertContains "$err" 'its unit is not its own'
    assertFalse 'the bus was asked' "[ -e $asked ]"
}

testSystemsMachinedIsNotAsked() {
    BUS_SOCKET=/run/dbus/system_bus_socket fake bus new
    fake varlink ok
    register
    assertSilent
    assertFalse 'it was asked' "[ -e $asked ]"
    rm -f /run/dbus/system_bus_socket
}

testPoststop() {
    : >"$RUNTIME_DIR/systemd/machines/$NAME"
    end_container
    fake bus new
    unregister
    assertSilent
    assertContains "$(cat "$asked")" 'GetMachine (no auto start)'
    assertNotContains "$(cat "$asked")" Terminate
}

testPoststopWithoutMachine() {
    end_container
    fake bus new
    unregister
    assertSilent
    assertFalse 'the bus was asked' "[ -e $asked ]"
}

. shunit2
