#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary user runs podman in a login session of hers. From systemd 259 on (forky) she has a machined of her own.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    # storage does not like to be on an overlay
    mount -t tmpfs tmpfs /home
    useradd -m -s /bin/bash alice
    uid=$(id -u alice)
    # so that what runs in a session may outlive it
    loginctl enable-linger alice
    wait_for 20 test -S "/run/user/$uid/bus"
    alice podman import -q -c "'CMD [\"/sbin/init\"]'" "/srv/images/$SUITE.tar" localhost/web >/dev/null
    mark
    begin web web
}

oneTimeTearDown() {
    alice podman rm -f -t 5 -a >/dev/null 2>&1
    return 0
}

# alice COMMAND...: in a session of hers; her shell reads the words again
alice() {
    su -l alice -c "$*" </dev/null
}

# begin NAME [OPTION...] IMAGE: as `start`
begin() {
    local name=$1
    shift
    run alice podman run -d --network=none --name "$name" "$@"
    assertEquals "podman run: $err" 0 "$status" || return
    id=$(alice podman inspect -f '{{.Id}}' "$name")
    machine=${id:0:32}
}

# inside CONTAINER COMMAND...
inside() {
    alice podman exec "$@"
}

state_inside() {
    wait_for 60 inside "$1" test -S /run/dbus/system_bus_socket
    inside "$1" timeout 60 systemctl is-system-running --wait
}

has_machined() {
    [ -S "/run/user/$uid/systemd/machine/io.systemd.Machine" ]
}

her_machines() {
    if has_machined; then
        alice machinectl --user list --no-legend --no-pager | awk '{ print $1 }' | sort
    fi
}

pid_of() {
    alice podman inspect -f '{{.State.Pid}}' "$1"
}

testReachesRunning() {
    assertEquals running "$(state_inside web)"
    assertEquals '' "$(inside web systemctl --failed --no-legend)"
    assertEquals 'the hooks said' '' "$(said)"
    assertEquals "$machine" "$(inside web cat /etc/machine-id)"
    assertEquals podman "$(inside web cat /run/host/container-manager)"
    assertEquals "$uid" "$(stat -c %u "/proc/$(pid_of web)/root/run/host/container-uuid")"
}

# An ordinary user cannot write the host's journal.
testJournalStaysInTheContainer() {
    assertFalse "[ -e '/var/log/journal/$machine' ]"
    assertContains "$(inside web journalctl --no-pager -o cat)" 'Startup finished in'
}

testKnownToTheUsersMachined() {
    if has_machined; then
        assertEquals "$machine" "$(her_machines)"
        assertEquals "libpod-$id.scope" "$(alice machinectl --user show -p Unit --value "$machine")"
        assertEquals "$machine" "$(alice machinectl --user show -p Id --value "$machine")"
        assertEquals "$(pid_of web)" "$(alice machinectl --user show -p Leader --value "$machine")"
        assertContains "$(alice machinectl --user status --no-pager "$machine")" 'Service: podman; class container'
    else
        alice cat "\$(podman inspect -f '{{.OCIConfigPath}}' web)" >"$SHUNIT_TMPDIR/config.json"
        assertContains 'what it would do' "$(explain)" 'nothing: the hook runs in a user namespace'
    fi
    assertEquals 'the system'\''s machined' '' "$(machines)"
}

# explain: what oci-register-machine would do for web, run as podman runs it
explain() {
    jq -nc --arg id "$id" --argjson pid "$(pid_of web)" '{ociVersion: "1.0.2", $id, status: "created", $pid,
        bundle: "/home/alice/bundle"}' >/home/alice/state
    alice mkdir -p bundle
    cp "$SHUNIT_TMPDIR/config.json" /home/alice/bundle/config.json
    chmod 644 /home/alice/bundle/config.json
    alice podman unshare /usr/libexec/oci/hooks.d/oci-register-machine --explain '<state'
}

# her_scope: of web, as long as her systemd knows it; podman ends before it does
her_scope() {
    alice systemctl --user list-units --all --no-legend --plain "libpod-$id.scope" | awk '{ print $1 }'
}

testStopAndStart() {
    alice podman stop web >/dev/null
    assert_soon 'the machine is gone' 5 is '' her_machines
    # else the name of the scope is taken
    assert_soon 'the scope is gone' 20 is '' her_scope
    alice podman start web >/dev/null
    assertEquals running "$(state_inside web)"
    ! has_machined || assertEquals "$machine" "$(her_machines)"
    assertEquals 'the hooks said' '' "$(said)"
}

testPoweroff() {
    has_machined || return 0
    run alice machinectl --user poweroff "$machine"
    assertEquals "$err" 0 "$status"
    assert_soon 'the container has ended' 30 is 'exited 0' \
        alice podman inspect -f "'{{.State.Status}} {{.State.ExitCode}}'" web
    assert_soon 'the machine is gone' 5 is '' her_machines
}

# Both JSON files match, so each hook runs twice; a second registration would stop the container or end the hook.
testSecondCallDoesNoHarm() {
    oneTimeTearDown
    begin web --annotation io.containers.systemd-hook=true --annotation io.containers.register-machine=true web
    assertEquals running "$(state_inside web)"
    assertEquals 4 "$(alice cat "\$(podman inspect -f '{{.OCIConfigPath}}' web)" | jq '.hooks.createRuntime | length')"
    ! has_machined || assertEquals "$machine" "$(her_machines)"
    assertEquals 'the hooks said' '' "$(said)"
}

# The container's root is another user of the range, in a user namespace below the one of the hook.
testNamespacesOfTheUser() {
    local options
    for options in --userns=nomap '--userns=keep-id --user=root'; do
        oneTimeTearDown
        # shellcheck disable=SC2086 # two options
        begin web $options web
        assertEquals "$options" running "$(state_inside web)"
        assertEquals "$options" 0:0 "$(inside web stat -c %u:%g /run/host/container-uuid)"
        assertEquals "$options" "$machine" "$(inside web cat /etc/machine-id)"
        ! has_machined || assertEquals "$machine" "$(her_machines)"
        assertEquals "$options: the hooks said" '' "$(said)"
    done
}

# hooks_of [OPTION...]: programs that podman writes into config.json
hooks_of() {
    alice podman "$@" create --network=none --name other web >/dev/null
    alice podman "$@" init other >/dev/null
    alice cat "\$(podman inspect -f '{{.OCIConfigPath}}' other)" | jq -r '.hooks.createRuntime[]?.path' | sort -u
    alice podman rm -f -t 0 other >/dev/null
}

testDirectoriesThatPodmanReads() {
    local ours=$'/usr/libexec/oci/hooks.d/oci-register-machine\n/usr/libexec/oci/hooks.d/oci-systemd-hook'
    oneTimeTearDown
    mkdir -p /etc/containers/oci/hooks.d /home/alice/hooks.d
    printf '{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"always":true},"stages":["createRuntime"]}\n' |
        tee /etc/containers/oci/hooks.d/other.json >/home/alice/hooks.d/other.json
    assertEquals 'by default, and not /etc/containers/oci/hooks.d' "$ours" "$(hooks_of)"
    assertEquals '--hooks-dir takes the place of the default' /bin/true "$(hooks_of --hooks-dir=/home/alice/hooks.d)"
    assertEquals 'unless that is given too' $'/bin/true\n'"$ours" \
        "$(hooks_of --hooks-dir=/usr/share/containers/oci/hooks.d --hooks-dir=/home/alice/hooks.d)"
    rm -r /etc/containers/oci/hooks.d
}

. shunit2
