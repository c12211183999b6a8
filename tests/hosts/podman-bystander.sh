#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary user of the host who opens and locks all that he can of the journals while containers start.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
}

tearDown() {
    [ -z "${locker:-}" ] || { kill -- "-$locker"; wait "$locker"; } 2>/dev/null
    locker=''
    remove_all
}

# lock_all: as nobody, in a session of its own: never lets go of a lock once it has it
# shellcheck disable=SC2016 # expanded there
lock_all() {
    setsid setpriv --reuid=nobody --regid=nogroup --clear-groups bash -c '
        cd / && declare -A held
        while :; do
            for directory in /var/log/journal/{,.}*/ /var/log/journal/.*/*/; do
                [ ! -r "$directory" ] || [ "${held[$directory]:-}" = yes ] || ! exec {fd}<"$directory" || { flock -n -x $fd && held[$directory]=yes; }
            done 2>/dev/null
        done' </dev/null >/dev/null 2>&1 &
    locker=$!
}

testStartsAsEver() {
    local i left=/var/log/journal/.oci-systemd-hook.new
    # what a killed hook of an older version left
    mkdir -p $left/dddddddddddddddddddddddddddddddd
    lock_all
    assert_soon 'the user holds a lock' 20 not_free $left/dddddddddddddddddddddddddddddddd
    mark
    for i in 1 2 3 4; do
        assertTrue "start $i" "timeout $((60 * ${SLOWNESS:-1})) podman run -d --name web$i web >/dev/null"
        assertTrue "journal of $i" "[ -d '/var/log/journal/$(podman inspect -f '{{slice .ID 0 32}}' web$i)' ]"
    done
    assertTrue 'restart' "timeout $((90 * ${SLOWNESS:-1})) podman restart web1 >/dev/null"
    assertTrue 'removal' "timeout $((90 * ${SLOWNESS:-1})) podman rm -f -a >/dev/null"
    assertEquals 'the hooks said' '' "$(said)"
    assertTrue 'he still holds it' "not_free $left/dddddddddddddddddddddddddddddddd"
    kill -- "-$locker" && wait "$locker" 2>/dev/null
    locker=''
    podman run -d --name web web >/dev/null
    assertFalse 'nothing is left' "[ -e $left ]"
}

not_free() {
    ! flock -n "$1" true
}

. shunit2
