#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the articles about systemd in containers do besides booting: power off and reboot from inside, look at the console,
# wait in a unit until the container is up, and exec while it boots.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    mark
    start off web
    start once web
    start again --restart=always web
    start console -t web
}

oneTimeTearDown() {
    systemctl stop waits 2>/dev/null
    podman stop -t 5 again >/dev/null 2>&1
    remove_all
}

pid_of() {
    podman inspect -f '{{.State.Pid}}' "$1"
}

# assert_ends NAME COMMAND: from inside; cleanly
assert_ends() {
    assertEquals "$1" running "$(state_of "$1")"
    podman exec "$1" "$2"
    assert_soon "$1 ended" 20 is exited podman inspect -f '{{.State.Status}}' "$1"
    assertEquals "$1" 0 "$(podman inspect -f '{{.State.ExitCode}}' "$1")"
}

testPoweroffInside() {
    assert_ends off poweroff
}

# For a container that its engine does not restart it is the same.
testRebootInside() {
    local id before
    assert_ends once reboot
    assertEquals running "$(state_of again)"
    before=$(pid_of again)
    id=$(podman inspect -f '{{slice .ID 0 32}}' again)
    podman exec again reboot
    assert_soon 'another first process' 30 not_pid again "$before"
    assertEquals running "$(state_of again)"
    assertEquals 'the same machine' "$(pid_of again)" "$(machinectl show -p Leader --value "$id")"
    assertEquals 'two boots in one journal' 2 \
        "$(podman exec again journalctl --sync; journalctl --no-pager -D "/var/log/journal/$id" -o cat | grep -c 'Startup finished in')"
}

not_pid() {
    local now
    now=$(pid_of "$1")
    [ "$now" != 0 ] && [ "$now" != "$2" ]
}

testBootLogIsOnTheConsoleOfATty() {
    local log
    assertEquals running "$(state_of console)"
    log=$(podman logs console)
    assertContains "$log" 'Welcome to'
    assertContains "$log" 'Multi-User System'
    assertTrue 'a terminal' "podman exec console test -c /dev/console"
    podman exec console sh -c 'echo said on the console >/dev/console'
    assert_soon 'podman logs' 5 said_on_console
}

said_on_console() {
    podman logs console | grep -q 'said on the console'
}

# The unit is active when the container's systemd says that it has booted.
testUnitWaitsForTheContainer() {
    local id
    cat >/run/systemd/system/waits.service <<'UNIT'
[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/bin/podman run --name waits --rm -d --sdnotify=container --cgroups=split web
ExecStop=/usr/bin/podman stop waits
UNIT
    systemctl daemon-reload
    run systemctl start waits
    assertEquals "$err" 0 "$status"
    assertEquals 'at once' running "$(podman exec waits systemctl is-system-running)"
    assertEquals '' "$(podman exec waits systemctl list-jobs --no-legend --plain | grep -v '^No jobs')"
    id=$(podman inspect -f '{{slice .ID 0 32}}' waits)
    assertEquals 'registered' waits.service "$(machinectl show -p Unit --value "$id")"
    systemctl stop waits
    assert_soon 'no machine' 10 has_no_machine "$id"
}

testQuadletNotify() {
    [ "$SUITE" != bookworm ] || return 0 # its podman has no Quadlet
    mkdir -p /etc/containers/systemd
    printf '[Container]\nImage=localhost/web\nContainerName=notifies\nNotify=true\n' >/etc/containers/systemd/notifies.container
    systemctl daemon-reload
    run systemctl start notifies
    assertEquals "$err" 0 "$status"
    assertEquals 'at once' running "$(podman exec notifies systemctl is-system-running)"
    systemctl stop notifies
    rm /etc/containers/systemd/notifies.container
    systemctl daemon-reload
}

# A process that exec puts into the container's root cgroup can keep systemd from giving controllers to its services (EBUSY).
# A container host of ours may have none to give; then this is about exec alone.
testManyExecsWhileItBoots() {
    local i failed
    podman create --name busy web >/dev/null
    podman start busy >/dev/null
    for i in {1..12}; do
        podman exec busy sh -c 'sleep 0.3' || echo "$i" >>"$SHUNIT_TMPDIR/failed"
    done 2>/dev/null &
    for i in {1..12}; do
        podman exec busy sleep 1 2>/dev/null || echo "late $i" >>"$SHUNIT_TMPDIR/failed" &
    done
    wait
    failed=$(cat "$SHUNIT_TMPDIR/failed" 2>/dev/null)
    assertEquals 'execs that failed' '' "$failed"
    assertEquals running "$(state_of busy)"
    assertEquals '' "$(podman exec busy systemctl --failed --no-legend)"
    run podman exec busy systemd-run --wait -q -p TasksMax=20 true
    assertEquals "a service with a limit: $err" 0 "$status"
    assertNotContains "$(podman exec busy journalctl --no-pager -b -o cat)" 'resource busy'
}

testTheHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
