#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034 # read by in-load.sh and in-fault.sh
# As load-services.sh, with the system's D-Bus broker, and with machined's Varlink socket out of sight, so that D-Bus is
# what the hook uses. The runtimes need it too, to make scopes: it fails when they have, and only for as long as hooks run.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-load.sh
. "${0%/*}/in-load.sh"
# shellcheck source=tests/hosts/in-fault.sh
. "${0%/*}/in-fault.sh"

# a new broker has other connections than the one before
watched=(systemd-machined)
# shellcheck disable=SC2016 # expanded there
around=(unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/machine && exec "$@"' -)
one_second+=' | .hooks.createRuntime |= [{path: "/run/load/break"}] + . + [{path: "/run/load/mend"}]'

oneTimeSetUp() {
    need_image busybox
    warm_up
    watch_ended
    mkdir -p $load_dir /run/load /run/systemd/system/dbus.service.d && mount -t tmpfs tmpfs $load_dir
    printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/dbus.service.d/limit.conf
    systemctl daemon-reload
    works
}

oneTimeTearDown() {
    do_not_watch_ended
    umount $load_dir 2>/dev/null
    return 0
}

# hooks BREAK MEND: what the hooks before and after ours do; crun fails where a hook does not read its state
hooks() {
    printf '#!/bin/sh\ncat >/dev/null\n%s\n' "$1" >/run/load/break
    printf '#!/bin/sh\ncat >/dev/null\n%s\n' "$2" >/run/load/mend
    chmod 755 /run/load/*
}

works() {
    hooks : :
}

kill_before() {
    hooks 'systemctl kill -s KILL dbus' :
}
testKilledBefore() {
    under 'D-Bus broker killed before each registration' kill_before works
}

# meanwhile COMMAND: at another moment of the hooks' work each time, and done before the runtime goes on
meanwhile() {
    hooks "touch /run/load/busy; (sleep 0.0\$(date +%2N); systemctl $1 dbus; rm /run/load/busy) >/dev/null 2>&1 &" \
        'while [ -e /run/load/busy ]; do sleep 0.02; done'
}

kill_meanwhile() {
    meanwhile 'kill -s KILL'
}
testKilledMeanwhile() {
    under 'D-Bus broker killed in each registration' kill_meanwhile works
}

restart_meanwhile() {
    meanwhile restart
}
testRestartedMeanwhile() {
    under 'D-Bus broker restarted in each registration' restart_meanwhile works
}

freeze() {
    hooks 'systemctl kill -s STOP dbus' 'systemctl kill -s CONT dbus'
}
testFrozen() {
    under 'D-Bus broker frozen (SIGSTOP)' freeze works
}

. shunit2
