#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Starting and ending: one machine, one id, one journal, and nothing left of what is removed.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    systemctl enable --now oci-hooks-journals-ended.path 2>/dev/null
}

tearDown() {
    remove_all
}

# assert_one NAME: it runs, it is the only machine, and there is one journal
assert_one() {
    assertEquals "$1" running "$(state_of web)"
    assertEquals "$1: machines" "$machine" "$(machines)"
    assertEquals "$1: leader" "Leader=$(podman inspect -f '{{.State.Pid}}' web)" "$(machinectl show -p Leader "$machine")"
    assertEquals "$1: id" "$machine" "$(podman exec web cat /etc/machine-id)"
    assertEquals "$1: journals" "$machine" "$(comm -13 <(echo "$others") <(journals))"
}

testStopStartRestart() {
    local others round
    others=$(journals)
    start web web || return
    assert_one 'first start'
    for round in 1 2 3; do
        podman stop web >/dev/null
        assert_soon "round $round: no machine" 5 has_no_machine "$machine"
        podman start web >/dev/null
        assert_one "round $round: start"
        podman restart web >/dev/null
        assert_one "round $round: restart"
    done
    podman exec web journalctl --sync
    assertEquals 'boots in the one journal' 7 \
        "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | grep -c 'Startup finished in')"
}

testKilledContainerStartsAgain() {
    local others
    others=$(journals)
    start web web || return
    assert_one 'first start'
    podman kill -s KILL web >/dev/null
    assert_soon 'no machine' 5 has_no_machine "$machine"
    podman start web >/dev/null
    assert_one 'after SIGKILL'
}

# host_state: everything that the hooks could leave on a host
host_state() {
    find /var/log/journal /run/systemd/machines /run/systemd/nspawn -mindepth 1 -maxdepth 1 2>/dev/null
    find /run /var/lib -xdev -name '*oci*hook*' 2>/dev/null
    find /sys/fs/cgroup -name '*libpod*'
    grep -cE 'machine-id|/var/log/journal/' /proc/self/mountinfo
    machines
}

# new_since STATE: what is there now and was not; journals of the tests before this one may go at any time
new_since() {
    comm -13 <(sort <<<"$1") <(host_state | sort)
}

testRmLeavesNothing() {
    local before
    before=$(host_state)
    start web --rm web || return
    assertEquals running "$(state_of web)"
    assertTrue 'a journal while it runs' "[ -s '/var/log/journal/$machine/system.journal' ]"
    podman stop web >/dev/null
    assert_soon 'container gone' 10 is '' podman ps -aq
    assert_soon 'machine gone' 5 has_no_machine "$machine"
    assert_soon 'nothing is left' 30 is '' new_since "$before"
}

testRmOfAContainerThatPowersOff() {
    local before
    before=$(host_state)
    start web --rm web || return
    assertEquals running "$(state_of web)"
    podman exec web systemctl poweroff --no-block
    assert_soon 'container gone' 30 is '' podman ps -aq
    assert_soon 'machine gone' 5 has_no_machine "$machine"
    assert_soon 'nothing is left' 30 is '' new_since "$before"
}

# podman calls no poststop hook for a container that never started: an empty journal directory is all that may stay.
testFailedStartLeavesNothingElse() {
    local before
    before=$(host_state)
    # a third hook that fails, after ours in name and so in order
    printf '{"version":"1.0.0","hook":{"path":"/bin/false"},"when":{"always":true},"stages":["createRuntime"]}\n' \
        >/usr/share/containers/oci/hooks.d/zz-fails.json
    run podman run -d --name web web
    rm /usr/share/containers/oci/hooks.d/zz-fails.json
    assertNotEquals 'the container started' 0 "$status"
    podman rm -f web >/dev/null 2>&1
    find /var/log/journal -mindepth 1 -maxdepth 1 -type d -empty -delete
    assert_soon 'new on the host' 5 is '' new_since "$before"
    assertNull "$(new_since "$before")"
}

testSeveralAtOnce() {
    local name
    for name in one two three; do
        podman run -d --name $name web >/dev/null &
    done
    wait
    for name in one two three; do
        assertEquals $name running "$(state_of $name)"
    done
    assertEquals "$(podman ps -q --no-trunc | cut -c 1-32 | sort)" "$(machines)"
    assertEquals 3 "$(machines | wc -l)"
}

. shunit2
