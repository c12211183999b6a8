#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # set by run and start
# podman calls poststop hooks at every stop: the journal of a --rm container stays as long as the container, and goes soon
# after it; that of an id which the user chose goes on with the next container.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    systemctl enable --now oci-hooks-journals-ended.path 2>/dev/null
    before=$(everything)
}

tearDown() {
    remove_all
    systemctl start oci-hooks-journals-ended.path
}

oneTimeTearDown() {
    systemctl disable --now oci-hooks-journals-ended.path 2>/dev/null
}

# everything: in the host's journal, hidden things too
everything() {
    find /var/log/journal -mindepth 1 -maxdepth 1 -printf '%f\n' | sort
}

# begin RUN-ARGS...: a --rm container that says $token in its journal
begin() {
    token=token-$RANDOM$RANDOM
    start web --rm "$@" web || return
    assertEquals running "$(state_of web)"
    podman exec web logger -t token "$token"
    podman exec web journalctl --sync
}

# assert_goes_on WHY: the same container, with the same journal and more in it
assert_goes_on() {
    assertEquals "$1" running "$(state_of web)"
    podman exec web journalctl --sync
    assertContains "$1: what it said" "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat 2>&1)" "$token"
    assertEquals "$1: boots" "$2" "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | grep -c 'Startup finished in')"
}

# assert_goes WHY: the container is gone, and so is its journal, soon
assert_goes() {
    assert_soon "$1: container" 30 is '' podman ps -aq
    assert_soon "$1: journal" 30 is "$before" everything
}

testRestart() {
    begin || return
    podman restart web >/dev/null
    assert_goes_on 'first restart' 2
    podman restart web >/dev/null
    assert_goes_on 'second restart' 3
    sleep 20 # longer than the service looks away
    assert_goes_on 'later' 3
    podman stop web >/dev/null
    assert_goes 'stop'
}

testRestartPolicy() {
    begin --restart=on-failure || return
    kill -KILL "$(podman inspect -f '{{.State.Pid}}' web)"
    assert_soon 'another process' 30 is true podman inspect -f '{{.State.Running}}' web
    assert_goes_on 'after a crash' 2
    podman rm -f -t 10 web >/dev/null
    assert_goes 'rm'
}

testPodRestart() {
    podman pod create --name pod >/dev/null || return
    begin --pod pod || return
    podman pod restart pod >/dev/null
    assert_goes_on 'restart of the pod' 2
    podman pod rm -f -t 10 pod >/dev/null
    assert_goes 'rm of the pod'
}

testKill() {
    begin || return
    podman kill web >/dev/null
    assert_goes 'kill'
}

# What a killed engine, or a host that lost power, does not call: nothing is noted, and the daily timer removes the journal.
testNoPoststop() {
    begin || return
    mv /usr/libexec/oci/hooks.d/oci-systemd-hook /usr/libexec/oci/hooks.d/away
    podman rm -f -t 10 web >/dev/null
    mv /usr/libexec/oci/hooks.d/away /usr/libexec/oci/hooks.d/oci-systemd-hook
    assert_soon 'container' 30 is '' podman ps -aq
    assertContains "$(everything)" "$machine"
    run oci-hooks-check journals --prune --older-than=30d
    assertEquals "$out$err" 0 "$status"
    assert_goes 'prune'
}

# On a host without systemd's path unit another call of the hook removes it.
testNextHookRemoves() {
    local first
    systemctl stop oci-hooks-journals-ended.path oci-hooks-journals-ended.service
    begin || return
    first=$machine
    podman stop web >/dev/null
    assert_soon 'container' 30 is '' podman ps -aq
    assertContains 'a note' "$(everything)" .oci-systemd-hook.ended
    start web web || return
    assertNotContains "$(everything)" "$first"
    assertNotContains "$(everything)" .oci-systemd-hook
    podman rm -f -t 10 web >/dev/null
    rm -r "/var/log/journal/$machine"
    assertEquals "$before" "$(everything)"
}

# The service starts and ends, again and again, without systemd giving up on it.
testCycles() {
    local i
    need_image busybox
    for ((i = 0; i < 20; i++)); do
        podman run --rm --annotation io.containers.systemd-hook=true busybox /bin/sleep 0 >/dev/null
    done
    assert_goes 'cycles'
    assert_soon 'the service ends' 60 is inactive systemctl is-active oci-hooks-journals-ended.service
    assertEquals 'active waiting' "$(systemctl show -P ActiveState -P SubState oci-hooks-journals-ended.path | xargs)"
    begin || return
    podman stop web >/dev/null
    assert_goes 'after that'
}

# A mounted id: the second container goes on where the first one ended.
testChosenId() {
    local chosen=11112222333344445555666677778888 i
    echo $chosen >/srv/id
    mark
    for i in 1 2 3; do
        start web --rm -v /srv/id:/etc/machine-id:ro web || return
        assertEquals running "$(state_of web)"
        assertEquals "boots: $i" "$i" "$(journalctl --no-pager -D /var/log/journal/$chosen -o cat | grep -c 'Startup finished in')"
        [ $i = 3 ] || podman rm -f -t 20 web >/dev/null
    done
    assertEquals 'the hooks said' '' "$(said | grep -v registered)"
    podman run -d --name second -v /srv/id:/etc/machine-id:ro web >/dev/null
    assertContains 'two at once' "$(said)" 'another container that runs has this machine-id'
    assertEquals running "$(state_of second)"
    podman rm -f -t 20 second web >/dev/null
    sleep 8
    assertTrue 'it outlives --rm' "[ -s /var/log/journal/$chosen/system.journal ]"
    rm -r /var/log/journal/$chosen
}

. shunit2
