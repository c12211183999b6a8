#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# Inside a host: oci-register-machine and the host's own machined, by Varlink and by D-Bus, without an engine. The
# container is a process in a scope with the name that podman gives it, as runc and as crun leave it there.
. "${0%/*}/in-host.sh"
# its run(): to a file the hook does not say what machined's reason is
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"

REGISTER_HOOK=/usr/libexec/oci/hooks.d/oci-register-machine
OTHER=other-${ID:0:12}

# make_container [COMMAND...]: in the scope libpod-ID.scope; $leader is its first process.
make_container() {
    [ $# -gt 0 ] || set -- sleep 600
    bundle=$SHUNIT_TMPDIR/bundle
    mkdir -p "$bundle/rootfs"
    write_config '"io.containers.register-machine": "true"'
    unit=libpod-$ID.scope
    systemd-run -q --collect --scope --slice=machine.slice --unit="$unit" -p Delegate=yes "$@" </dev/null >/dev/null 2>&1 &
    wait_for 10 systemctl -q is-active "$unit" || { fail "no scope"; return; }
    cgroup=/sys/fs/cgroup$(systemctl show -P ControlGroup "$unit")
    wait_for 10 grep -q . "$cgroup/cgroup.procs"
    leader=$(head -n 1 "$cgroup/cgroup.procs")
    [ "$layout" = runc ] || enter_subgroup
}

# enter_subgroup: crun's layout.
enter_subgroup() {
    mkdir "$cgroup/container"
    echo "$leader" >"$cgroup/container/cgroup.procs"
    cgroup=$cgroup/container
}

has_no_scope() {
    [ "$(systemctl show -P LoadState "libpod-$ID.scope")" = not-found ]
}

# The next scope has the same name: it cannot be made before systemd has forgotten this one; and machined, when it forgets a
# machine that nobody has unregistered, stops the unit of that name.
end_container() {
    systemctl stop "libpod-$ID.scope" 2>/dev/null
    wait_for 10 has_no_machine || fail "machines are still there: $(machines)"
    wait_for 10 test ! -e "$cgroup"
    systemctl reset-failed "libpod-$ID.scope" 2>/dev/null
    wait_for 10 has_no_scope || fail "the scope is still there"
    leader=''
}

# forget_attempt: the next call is not the second one of the same start.
forget_attempt() {
    setfattr -x trusted.oci_register_machine "$cgroup" 2>/dev/null
}

# hook_with_state [OPTION...]: with transport=bus machined's socket is out of the hook's sight.
# shellcheck disable=SC2016
hook_with_state() {
    if [ "$transport" = varlink ]; then
        "$REGISTER_HOOK" "$@" <"$SHUNIT_TMPDIR/state"
        return
    fi
    mkdir -p /run/systemd/machine
    unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/machine && exec "$@"' - \
        "$REGISTER_HOOK" "$@" <"$SHUNIT_TMPDIR/state"
}

# add_machine NAME PID: somebody else's.
add_machine() {
    busctl -q call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager \
        RegisterMachine sayssus "$1" 0 other container "$2" ''
}

machines() {
    machinectl list --no-legend --no-pager | awk '{ print $1 }' | sort | tr '\n' ' '
}

has_no_machine() {
    [ -z "$(machines)" ]
}

has_processes() {
    [ "$(wc -l <"$cgroup/cgroup.procs")" = "$1" ]
}

# has_ended PID: nothing runs there any more, or nobody has waited for it yet. A process that is killed leaves its cgroup
# before that.
has_ended() {
    ! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

property() {
    machinectl show -P "$1" "${2:-$NAME}" 2>/dev/null || machinectl show "${2:-$NAME}" | sed -n "s/^$1=//p"
}

# under_all BODY: with both layouts, over both transports.
under_all() {
    for layout in runc crun; do
        for transport in varlink bus; do
            make_container
            "$1"
            end_container
        done
    done
}

# Containers are the tests' own affair here.
setUp() {
    layout=runc transport=varlink
}
tearDown() {
    systemctl stop other.scope 2>/dev/null
    end_container
    return 0
}

assertUnharmed() {
    assertEquals "$layout, $transport: the unit" active "$(systemctl is-active "libpod-$ID.scope")"
    assertTrue "$layout, $transport: the process" "kill -0 $leader"
}

registers_once() {
    register
    assertSilent
    assertEquals "$layout, $transport" "$NAME " "$(machines)"
    assertEquals "$NAME" "$(property Id)"
    assertEquals "$leader" "$(property Leader)"
    assertEquals container "$(property Class)"
    assertEquals "$bundle/rootfs" "$(property RootDirectory)"
    assertEquals "libpod-$ID.scope" "$(property Unit)"

    # the same leader again, as if nothing had been noted; machined acts a moment later if it does
    forget_attempt
    register
    assertSilent
    sleep 1
    assertEquals "$NAME " "$(machines)"
    assertUnharmed

    unregister
    assertSilent
    assertEquals '' "$(machines)"
    unregister
    assertSilent
    assertUnharmed

    forget_attempt
    register
    assertSilent
    assertEquals "$NAME " "$(machines)"
}
testRegistersOnce() {
    under_all registers_once
}

survives_restart_of_machined() {
    register
    assertSilent
    systemctl restart systemd-machined
    forget_attempt
    register
    assertSilent
    assertEquals "$layout, $transport" "$NAME " "$(machines)"
    assertUnharmed
}
testRestartOfMachined() {
    under_all survives_restart_of_machined
}

other_name_on_clash() {
    systemd-run -q --scope --unit=other.scope sleep 600 </dev/null >/dev/null 2>&1 &
    wait_for 10 systemctl -q is-active other.scope
    add_machine "$NAME" "$(head -n 1 "/sys/fs/cgroup$(systemctl show -P ControlGroup other.scope)/cgroup.procs")"
    register
    assertSilent
    assertEquals "$layout, $transport" "$NAME $NAME-${ID:0:12} " "$(machines)"
    forget_attempt
    register
    assertSilent
    unregister
    assertSilent
    assertEquals "the other one is left" "$NAME " "$(machines)"
    assertUnharmed
    systemctl stop other.scope
}
testOtherNameOnClash() {
    under_all other_name_on_clash
}

# Over D-Bus machined would stop the container's unit, or send us a signal: so it is not tried.
leader_known_as_another() {
    add_machine "$OTHER" "$leader"
    register
    assertWarnedOnce "its process or unit is machine '$OTHER' already"
    sleep 1
    assertEquals "$layout, $transport" "$OTHER " "$(machines)"
    assertUnharmed
}
testLeaderKnownAsAnother() {
    under_all leader_known_as_another
}

# An entry that its leader's end did not remove, as the unit lives on.
testEarlierLifeIsReplaced() {
    for transport in varlink bus; do
        make_container sh -c 'sleep 601 & exec sleep 602'
        wait_for 10 has_processes 2
        register
        assertSilent
        kill "$leader"
        wait_for 10 has_ended "$leader" || fail "the first process lives on"
        wait_for 10 has_processes 1
        leader=$(head -n 1 "$cgroup/cgroup.procs")
        register
        assertSilent
        assertEquals "$transport" "$NAME " "$(machines)"
        assertEquals "$leader" "$(property Leader)"
        assertUnharmed
        end_container
    done
}

# It is forgotten without any poststop.
testEndOfContainer() {
    for layout in runc crun; do
        make_container
        register
        assertSilent
        end_container
        wait_for 10 has_no_machine || fail "$layout: $(machines)"
        unregister
        assertSilent
    done
}

# register_from_inside PID: as an engine in a container that has the host's /run, in whose PID namespace the container has
# that number. $leader is the container's process, as the host numbers it.
# shellcheck disable=SC2016
register_from_inside() {
    leader=$1
    state creating >"$SHUNIT_TMPDIR/state"
    run unshare -pf --mount-proc bash -c '
        cgroup=$1 pid=$2
        shift 2
        echo $((pid - 1)) 2>/dev/null >/proc/sys/kernel/ns_last_pid
        until sleep 600 & [ $! -ge "$pid" ]; do kill $!; done </dev/null >/dev/null 2>&1
        [ $! = "$pid" ] || exit
        echo "$pid" >"$cgroup/cgroup.procs"
        "$@"' - "$cgroup" "$leader" "${in_transport[@]}" "$REGISTER_HOOK" <"$SHUNIT_TMPDIR/state"
}

# Its number is that of another process of the host: `machinectl terminate` would stop that.
testAnotherProcessOfTheHost() {
    local victim in_transport

    mkdir -p /run/systemd/machine
    systemd-run -q --scope --unit=other.scope sleep 600 </dev/null >/dev/null 2>&1 &
    wait_for 10 systemctl -q is-active other.scope
    victim=$(head -n 1 "/sys/fs/cgroup$(systemctl show -P ControlGroup other.scope)/cgroup.procs")
    for transport in varlink bus; do
        in_transport=()
        [ "$transport" = varlink ] ||
            in_transport=(unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/machine && exec "$@"' -)
        make_container
        register_from_inside "$victim"
        assertWarnedOnce "it is in another PID namespace than this hook"
        assertEquals "$transport" '' "$(machines)"
        assertTrue "$transport: the other process" "kill -0 $victim"
        assertEquals "$transport: its unit" active "$(systemctl is-active other.scope)"
        end_container
    done
}

testMasked() {
    local socket

    socket=$(systemctl is-active systemd-machined.socket)
    make_container
    systemctl -q mask --runtime systemd-machined.service dbus-org.freedesktop.machine1.service 2>/dev/null
    systemctl stop systemd-machined.service
    register
    assertWarnedOnce "masked"
    register
    assertSilent
    assertUnharmed
    systemctl -q unmask --runtime systemd-machined.service dbus-org.freedesktop.machine1.service
    [ "$socket" != active ] || systemctl restart systemd-machined.socket
    forget_attempt
    register
    assertSilent
    assertEquals "$NAME " "$(machines)"
}

testStopped() {
    make_container
    systemctl start systemd-machined
    kill -STOP "$(systemctl show -P MainPID systemd-machined)"
    register --timeout=1
    kill -CONT "$(systemctl show -P MainPID systemd-machined)"
    assertWarnedOnce "did not answer in time"
    assertTrue "took $took ms" "[ $took -lt 4000 ]"
    assertUnharmed
}

. shunit2
