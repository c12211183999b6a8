#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # ids is set by new_ids
# machined, D-Bus and journald restarted, killed, frozen, stopped and masked in the middle of starts and ends: no container
# fails for that, what is said is one warning, and afterwards all is right, or a restart of the container makes it so.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-load.sh
. "${0%/*}/in-load.sh"
# shellcheck source=tests/hosts/in-fault.sh
. "${0%/*}/in-fault.sh"

# the hook's own limit, so that a frozen machined does not cost two seconds each time
oneTimeSetUp() {
    local socket
    need_image busybox
    warm_up
    watch_ended
    mkdir -p $load_dir && mount -t tmpfs tmpfs $load_dir
    for socket in systemd-machined dbus systemd-journald; do
        mkdir -p /run/systemd/system/$socket.service.d
        # they are restarted more often than a host would have it
        printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/$socket.service.d/limit.conf
    done
    systemctl daemon-reload
}

oneTimeTearDown() {
    do_not_watch_ended
    umount $load_dir 2>/dev/null
    return 0
}

restart_machined() {
    touch "$SHUNIT_TMPDIR/again"
    again systemctl restart systemd-machined &
}
testMachinedRestarted() {
    under 'machined restarted over and over' restart_machined enough
}

kill_machined() {
    touch "$SHUNIT_TMPDIR/again"
    again systemctl kill -s KILL systemd-machined &
}
testMachinedKilled() {
    under 'machined killed over and over' kill_machined enough
}

freeze_machined() {
    systemctl start systemd-machined
    systemctl kill -s STOP systemd-machined
}
thaw_machined() {
    systemctl kill -s CONT systemd-machined
}
testMachinedFrozen() {
    under 'machined frozen (SIGSTOP)' freeze_machined thaw_machined
}

stop_machined() {
    systemctl stop systemd-machined.service 2>/dev/null
}
testMachinedStopped() {
    under 'machined stopped, its socket left' stop_machined :
}

mask_machined() {
    systemctl -q mask --runtime systemd-machined.service dbus-org.freedesktop.machine1.service 2>/dev/null
    systemctl stop systemd-machined.socket systemd-machined.service 2>/dev/null
}
unmask_machined() {
    systemctl -q unmask --runtime systemd-machined.service dbus-org.freedesktop.machine1.service
    systemctl start systemd-machined.socket 2>/dev/null
    systemctl start systemd-machined.service
}
testMachinedMasked() {
    under 'machined masked' mask_machined unmask_machined
}

restart_journald() {
    touch "$SHUNIT_TMPDIR/again"
    again systemctl restart systemd-journald &
}
testJournaldRestarted() {
    under 'journald restarted over and over' restart_journald enough
}

kill_journald() {
    touch "$SHUNIT_TMPDIR/again"
    again systemctl kill -s KILL systemd-journald &
}
testJournaldKilled() {
    under 'journald killed over and over' kill_journald enough
}

. shunit2
