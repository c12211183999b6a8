#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# machinectl and friends on a container: each with the answer that this version of machined can give for a machine that was
# registered, not created (the table is in README.md).
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    start web web
    state_of web >/dev/null
}

oneTimeTearDown() {
    remove_all
}

# on_terminal COMMAND...: its output when it runs on a terminal (which echoes the end of our input as ^@)
on_terminal() {
    timeout $((20 * ${SLOWNESS:-1})) script -qec "$*" /dev/null </dev/null | tr -d '\r' | sed 's/^\^@//; s/\x00//g'
}

property() {
    machinectl show -p "$1" --value "$machine"
}

# running_again: what ended the container has; start it anew
running_again() {
    assert_soon 'container ended' 20 is false podman inspect -f '{{.State.Running}}' web
    assert_soon 'machine gone' 5 has_no_machine "$machine"
    podman start web >/dev/null
    assertEquals running "$(state_of web)"
    assertEquals "$machine" "$(machines)"
}

testList() {
    run machinectl list --no-legend --no-pager
    assertEquals "$err" "$machine container podman debian" "$(awk '{ print $1, $2, $3, $4 }' <<<"$out")"
    assertContains "$out" "$(address_of web)"
}

testShow() {
    assertEquals 'leader' "$(podman inspect -f '{{.State.Pid}}' web)" "$(property Leader)"
    assertEquals 'class' container "$(property Class)"
    assertEquals 'service' podman "$(property Service)"
    assertEquals 'id' "$machine" "$(property Id)"
    assertEquals 'unit' "libpod-$id.scope" "$(property Unit)"
    assertEquals 'state' running "$(property State)"
    assertEquals 'root directory' "$(podman inspect -f '{{.GraphDriver.Data.MergedDir}}' web)" "$(property RootDirectory)"
}

testStatus() {
    run machinectl status --no-pager "$machine"
    assertEquals "$err" 0 "$status"
    assertContains "$out" 'Service: podman; class container'
    assertContains "$out" 'OS: Debian'
    assertContains "$out" 'apache2.service'
}

testShell() {
    assertEquals "$machine" "$(on_terminal machinectl -q shell "$machine" /bin/cat /etc/machine-id)"
    assertEquals www-data "$(on_terminal machinectl -q shell "www-data@$machine" /usr/bin/id -un)"
}

# A person at the prompt: types when asked.
testLogin() {
    local seen='' character terminal_PID
    coproc terminal { timeout $((30 * ${SLOWNESS:-1})) script -qec "machinectl -q login $machine" /dev/null 2>&1; }
    while IFS= read -r -n 1 -d '' -u "${terminal[0]}" character; do
        seen+=$character
        case $seen in
        *'login: ') echo root >&"${terminal[1]}" && seen+=/ ;;
        *'Password: ') echo secret >&"${terminal[1]}" && seen+=/ ;;
        *'# ') echo "echo PID 1 is \$(cat /proc/1/comm) \$((40 + 2)); exit" >&"${terminal[1]}" && seen+=/ ;;
        *'systemd 42'*) break ;;
        esac
    done
    kill "$terminal_PID" 2>/dev/null
    wait "$terminal_PID" 2>/dev/null
    assertContains "$seen" 'PID 1 is systemd 42'
}

testCopyToAndFrom() {
    echo "to the container $RANDOM" >"$SHUNIT_TMPDIR/file"
    run machinectl copy-to "$machine" "$SHUNIT_TMPDIR/file" /root/copied
    assertEquals "copy-to: $err" 0 "$status"
    assertEquals "$(cat "$SHUNIT_TMPDIR/file")" "$(podman exec web cat /root/copied)"
    run machinectl copy-from "$machine" /root/copied "$SHUNIT_TMPDIR/back"
    assertEquals "copy-from: $err" 0 "$status"
    assertEquals "$(cat "$SHUNIT_TMPDIR/file")" "$(cat "$SHUNIT_TMPDIR/back")"
}

testSystemctl() {
    assertEquals running "$(systemctl -M "$machine" is-system-running)"
    assertEquals active "$(systemctl -M "$machine" is-active apache2)"
    run systemctl -M "$machine" restart apache2
    assertEquals "$err" 0 "$status"
}

# SIGRTMIN+22 and +23 switch systemd's log level: nothing ends.
testKill() {
    run machinectl kill --signal=SIGRTMIN+22 --kill-who=leader "$machine"
    assertEquals "$err" 0 "$status"
    assert_soon 'log level debug' 10 is debug podman exec web systemctl log-level
    machinectl kill --signal=SIGRTMIN+23 --kill-who=leader "$machine"
    assert_soon 'log level info' 10 is info podman exec web systemctl log-level
    run machinectl kill --signal=SIGWINCH "$machine"
    assertEquals "all: $err" 0 "$status"
    assertEquals running "$(podman exec web systemctl is-system-running)"
}

testPoweroff() {
    run machinectl poweroff "$machine"
    assertEquals "$err" 0 "$status"
    running_again
    assertEquals 0 "$(podman inspect -f '{{.State.ExitCode}}' web)"
}

# A reboot ends a container; podman starts it again only with --restart.
testReboot() {
    run machinectl reboot "$machine"
    assertEquals "$err" 0 "$status"
    running_again
}

# 252 and 257 stop the unit; since 258 that is only done for a leader that is in the unit's own cgroup (runc), while a
# "supervisor" is signalled for one below it (crun): the hook that registered is that, and long gone.
testTerminate() {
    run machinectl terminate "$machine"
    if [ "$SUITE-$RUNTIME" = forky-crun ]; then
        assertNotEquals 'terminate' 0 "$status"
        assertContains "$err" 'No such process'
        assertEquals 'left alone' running "$(podman exec web systemctl is-system-running)"
        assertEquals "$machine" "$(machines)"
        return
    fi
    assertEquals "$err" 0 "$status"
    assertContains 'a stop of the unit' 'deactivating inactive failed' "$(systemctl is-active "libpod-$id.scope")"
}

. shunit2
