#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# oci-hooks-check explain on a host with podman: what it says of containers is so, and what it foretells is what the hook's own
# --explain says when podman calls it.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-check.sh
. "${0%/*}/in-check.sh"

HOOKS=/usr/share/containers/oci/hooks.d

oneTimeSetUp() {
    need_image web
    need_image busybox
}

oneTimeTearDown() {
    remove_all
}

testExplain() {
    local word
    start explained --annotation io.containers.systemd-hook.journal=nonsense web
    state_of explained >/dev/null
    for word in explained "$id" "${id::12}" "$(podman inspect -f '{{.State.Pid}}' explained)" \
        "$(grep -l "$id" /proc/[0-9]*/cgroup | sort -V | tail -n 1 | cut -d / -f 3)"; do
        check explain "$word"
        assertEquals "$word: $out$err" 0 "$status"
        assertContains "$word" "$(text_of container)" 'runs as process'
        assertContains "$word" "$(text_of decision)" 'its command is systemd'
        assertContains "$word" "$(text_of container-machine)" "$machine"
        assertContains "$word" "$(text_of container-journal)" "journalctl -D /var/log/journal/$machine"
        assertContains "$word" "$(text_of hook-match)" 'matches for podman: the command'
        assertContains "$word" "$(text_of hook-message)" 'warning of'
    done
    assertNull 'the hooks were called' "$(text_of hook-not-called)"
    podman stop -t 60 explained >/dev/null
    check explain explained
    assertEquals "$out$err" 0 "$status"
    assertContains "$(text_of container)" 'does not run'
    assertContains "$(text_of container-journal)" "$machine"
    podman rm explained >/dev/null
    run oci-hooks-check explain explained
    assertEquals 2 "$status"
}

testExplainOneThatIsNotOurs() {
    podman run -d --name sleeper busybox /bin/sleep 900 >/dev/null
    check explain sleeper
    assertEquals "$out$err" 0 "$status"
    assertContains "$(text_of decision)" 'not for the hooks'
    assertContains "$(text_of hook-match)" 'does not match'
    podman rm -f -t 0 sleeper >/dev/null
}

# In a cgroup that no unit of systemd has: machined refuses, and this is foretold for the host.
testCgroupfs() {
    printf '[engine]\ncgroup_manager = "cgroupfs"\n' >/etc/containers/containers.conf.d/cgroupfs.conf
    check
    assertEquals engine-cgroupfs "$(wrong)"
    mark
    start odd --stop-signal SIGTERM web
    check explain odd
    assertEquals "container-unit
container-stop-signal" "$(wrong)"
    assertContains "$(said)" 'Not registered with systemd-machined'
    podman rm -f -t 0 odd >/dev/null
    rm /etc/containers/containers.conf.d/cgroupfs.conf
}

# explained [OPTION...]: the plan as it is foretold while the container runs, and as the hook prints it at the next start; the
# hook does nothing then, so that PID 1 writes an id by itself
explained() {
    local journal
    podman create --name planned --annotation run.oci.hooks.stdout=/tmp/plan "$@" web >/dev/null
    journal="/var/log/journal/($(podman inspect -f '{{slice .ID 0 32}}' planned)|$(cat /tmp/id))"
    podman start planned >/dev/null 2>&1
    wait_for 20 podman exec planned grep -q . /etc/machine-id
    check explain planned
    jq -r '.findings[] | select(.check == "hook-plan" and .subject == "oci-systemd-hook").text | ltrimstr("at the next start would ")' <<<"$out" |
        sed -E "s#$journal\$#[...]#; s#/sys/fs/cgroup/<its cgroup>#[...]#" >/tmp/plan.check
    podman stop -t 0 planned >/dev/null 2>&1
    rm -f /tmp/plan
    podman start planned >/dev/null 2>&1
    # into a file, where crun writes it, the hook prints no text of the container
    sed '1d; s/^note:/warn:/' /tmp/plan >/tmp/plan.hook
    podman rm -f -t 0 planned >/dev/null
    assertTrue "$*: a plan" '[ -s /tmp/plan.hook ]'
    assertEquals "$*" "$(cat /tmp/plan.hook)" "$(cat /tmp/plan.check)"
}

# crun alone writes down what a hook prints.
testPlanIsTheHooks() {
    local file
    echo 0123456789abcdef0123456789abcde0 >/tmp/id
    mkdir -p /etc/containers/oci/hooks.d
    for file in "$HOOKS"/oci-systemd-hook*.json; do
        jq '.hook.args += ["--explain", "--tmp-size=3%"]' "$file" >"/etc/containers/oci/hooks.d/${file##*/}"
    done
    printf '[engine]\nhooks_dir = ["%s", "/etc/containers/oci/hooks.d"]\n' $HOOKS >/etc/containers/containers.conf.d/explain.conf
    use_runtime crun
    explained
    explained --systemd=false
    explained --systemd=false --cgroupns=host --network=none
    explained --cgroupns=host
    explained -v /var/tmp:/tmp -v /srv:/run/x
    explained -v /var/tmp:/run
    explained -v /var/tmp:/var/log/journal
    explained -v /tmp/id:/etc/machine-id
    explained --systemd=false --tmpfs /run:size=1m
    use_runtime "$RUNTIME"
    rm -r /etc/containers/oci /etc/containers/containers.conf.d/explain.conf
}

# Dead at once, as the hook was not there; podman mount shows its command.
testDeadAtOnce() {
    mkdir /away && mv $HOOKS/*.json /away
    podman run -d --name dead --systemd=false --stop-signal SIGRTMIN+3 web >/dev/null
    wait_for 20 is exited podman inspect -f '{{.State.Status}}' dead
    check explain dead
    assertNotNull "$(text_of decision-unknown)"
    assertContains "$(text_of hook-plan)" 'would mount tmpfs on /run '
    podman mount dead >/dev/null
    check explain dead
    assertContains "$(text_of decision)" 'its command is systemd'
    assertEquals "hook-not-called
hook-not-called" "$(wrong)"
    podman umount dead >/dev/null
    podman rm dead >/dev/null
    mv /away/*.json $HOOKS && rmdir /away
}

testOptedOutOfMachined() {
    start quiet --annotation io.containers.register-machine=false web
    state_of quiet >/dev/null
    check explain quiet
    assertEquals "$(wrong)" 0 "$status"
    podman rm -f -t 0 quiet >/dev/null
}

. shunit2
