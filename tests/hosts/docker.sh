#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# docker run with our CDI device, or with our example of a runtime as its default: boots, is listed, stops.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

DEVICE=oci-systemd-hooks/container=systemd
WRAPPER=/usr/share/doc/oci-systemd-hooks/hooks/runtime-with-hooks
LIMITLESS=/srv/tests/hosts/without-limits

# docker_with PATH ARGUMENT...: restarts the daemon with another default runtime
docker_with() {
    mkdir -p /etc/docker
    jq -n --arg path "$1" '{"default-runtime": "mine", runtimes: {mine: {$path, runtimeArgs: $ARGS.positional}}}' \
        --args "${@:2}" >/etc/docker/daemon.json
    systemctl restart docker
}

# begin NAME [OPTION...] IMAGE [COMMAND...]: as a user does. Sets $id and $machine.
begin() {
    local name=$1
    shift
    run docker run -d --name "$name" "$@"
    assertEquals "docker run: $err" 0 "$status" || return
    id=$(docker inspect -f '{{.Id}}' "$name")
    machine=${id:0:32}
}

oneTimeSetUp() {
    if [ "$RUNTIME" = runc ]; then
        systemctl start docker
    else
        # It minds that Docker sets an I/O weight where there is no such controller.
        docker_with "$LIMITLESS" "$RUNTIME"
    fi
    docker import -c 'CMD ["/sbin/init"]' -c 'STOPSIGNAL SIGRTMIN+3' "/srv/images/$SUITE.tar" web >/dev/null
    docker import /srv/images/busybox.tar busybox >/dev/null
    mark
    begin web --device $DEVICE web
}

oneTimeTearDown() {
    docker ps -aq | xargs -r docker rm -f >/dev/null
    return 0
}

in_web() {
    docker exec web "$@"
}

# booted NAME: what its systemd says of itself once it has booted
booted() {
    wait_for 30 docker exec "$1" test -S /run/dbus/system_bus_socket
    docker exec "$1" timeout 60 systemctl is-system-running --wait
}

exit_code() {
    docker inspect -f '{{if .State.Running}}running{{else}}{{.State.ExitCode}}{{end}}' "$1"
}

testReachesRunning() {
    assertEquals running "$(booted web)"
    assertEquals '' "$(in_web systemctl --failed --no-legend)"
    assertEquals docker "$(in_web systemd-detect-virt)"
}

testApacheAnswers() {
    assertEquals 'hello from apache under systemd' \
        "$(curl -s -m 10 "http://$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web)/")"
}

testContainerIsUnprivileged() {
    assertEquals 'the 14 capabilities that Docker gives' 00000000a80425fb \
        "$(in_web sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
    assertEquals 'its seccomp filter' 2 "$(in_web sed -n 's/^Seccomp:[[:space:]]*//p' /proc/1/status)"
}

testOwnLimitsAreOutOfReach() {
    run in_web sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
    run in_web sh -c 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
    assertEquals "own cgroup: $err" 0 "$status"
}

testImageContentIsInRunAndTmp() {
    local lower directory line count=0
    lower=$(docker inspect -f '{{.GraphDriver.Data.LowerDir}}' web)
    for directory in /run/httpd /tmp; do
        while IFS= read -r line; do
            assertContains "$(listing "/proc/$(docker inspect -f '{{.State.Pid}}' web)/root$directory")" "$line"
            count=$((count + 1))
        done < <(listing "${lower##*:}$directory")
    done
    assertEquals '9 entries, 5 files, 1 capability' 15 $count
}

testRegisteredWithOneId() {
    assertContains "$(machinectl list --no-legend --no-pager)" "$machine container docker"
    assertEquals "$machine" "$(machinectl show -p Id --value "$machine")"
    assertEquals "docker-$id.scope" "$(machinectl show -p Unit --value "$machine")"
    assertEquals "$machine" "$(in_web cat /etc/machine-id)"
    assertContains "$(journalctl --no-pager -M "$machine" -o cat)" 'Startup finished in'
    assertEquals running "$(systemctl -M "$machine" is-system-running)"
}

testRestartIsTheSameMachine() {
    run docker restart web
    assertEquals "$err" 0 "$status"
    assertEquals running "$(booted web)"
    assertEquals "$machine" "$(machines)"
    assertEquals 'boots in the journal' 2 \
        "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat | grep -c 'Startup finished in')"
}

# Docker would kill it after 10 seconds, with exit status 137.
testStopIsACleanShutdown() {
    local start=$SECONDS
    run docker stop web
    assertEquals "$err" 0 "$status"
    assertTrue "took $((SECONDS - start)) s" "[ $((SECONDS - start)) -lt $((${SLOWNESS:-1} * 5)) ]"
    assertEquals 'exit status' 0 "$(exit_code web)"
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)" 'Stopped target multi-user.target'
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
}

testPoweroffByMachinectl() {
    docker start web >/dev/null
    assertEquals running "$(booted web)"
    run machinectl poweroff "$machine"
    assertEquals "$err" 0 "$status"
    assert_soon 'ended' 15 is 0 exit_code web
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
    docker rm web >/dev/null
    assertContains 'the journal stays' "$(journals)" "$machine"
}

# What Docker removes by itself, the hook cannot know: its config.json says nothing of --rm.
testJournalStaysAfterRm() {
    begin gone --rm --device $DEVICE web
    assertEquals running "$(booted gone)"
    docker stop gone >/dev/null
    assert_soon 'removed' 10 eval '! docker inspect gone'
    assertContains "$(journals)" "$machine"
}

testAnnotations() {
    begin quiet --device $DEVICE --annotation io.containers.systemd-hook.journal=no \
        --annotation io.containers.register-machine=false web
    assertEquals running "$(booted quiet)"
    assertNotContains "$(journals)" "$machine"
    assertFalse "has_machine $machine"
    docker rm -f quiet >/dev/null
}

testWhatIsNotSystemdIsLeftAlone() {
    run docker run --rm --device $DEVICE busybox /bin/sh -c 'cat /proc/self/mountinfo; ls /run/host'
    assertNotContains "$out" ' /run '
    assertNotContains "$out" ' /etc/machine-id '
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

# Without the device no hook runs, and systemd ends at once: this is what the others are worth.
testWithoutTheDevice() {
    begin bare web
    assert_soon 'ended' 10 is 255 exit_code bare
    docker rm bare >/dev/null
}

# The last test: another default runtime. No option is needed then.
testRuntimeWithHooks() {
    docker_with $WRAPPER "$LIMITLESS" "$RUNTIME"
    begin wrapped web
    assertEquals running "$(booted wrapped)"
    assertContains "$(machinectl list --no-legend --no-pager)" "$machine container docker"
    run docker stop wrapped
    assertEquals 'exit status' 0 "$(exit_code wrapped)"
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
    run docker run --rm busybox /bin/echo an ordinary container
    assertEquals "$err" 'an ordinary container' "$out"
    assertEquals '' "$(said)"
}

. shunit2
