#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podman run of an httpd-on-systemd container with no option but its name: boots, serves, has its files, stops.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    mark
    start web web
}

oneTimeTearDown() {
    remove_all
}

testReachesRunning() {
    assertEquals running "$(state_of web)"
    assertEquals '' "$(podman exec web systemctl --failed --no-legend)"
}

testApacheAnswers() {
    assertEquals 'hello from apache under systemd' "$(curl -s -m 10 "http://$(address_of web)/")"
}

testPodmanFoundTheHooksItself() {
    local config hook
    config=$(podman inspect -f '{{.OCIConfigPath}}' web)
    for hook in oci-systemd-hook oci-register-machine; do
        assertEquals "$hook in config.json" 1 \
            "$(jq "[.hooks.createRuntime[] | select(.path | endswith(\"/$hook\"))] | length" "$config")"
    done
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

testContainerIsUnprivileged() {
    assertEquals 'podman has 11 capabilities for it' 00000000800405fb \
        "$(podman exec web sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
}

testOwnLimitsAreOutOfReach() {
    run podman exec web sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
    run podman exec web sh -c 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
    assertEquals "own cgroup: $err" 0 "$status"
}

# podman asks the runtime for this copy, the hook leaves it as it is: crun's loses file capabilities, that of runc 1.1.5
# gives a directory another mode.
testImageContentIsInRunAndTmp() {
    local root directory there line shipped=0 expected=14 lost=' cap_'
    if [ "$SUITE-$RUNTIME" = bookworm-runc ]; then
        lost+='|^odd d 3770' expected=13
    fi
    root=$(podman mount web)
    for directory in /run/httpd /tmp; do
        there=$(listing "/proc/$(podman inspect -f '{{.State.Pid}}' web)/root$directory")
        while IFS= read -r line; do
            assertContains "$directory" "$there" "$line"
            shipped=$((shipped + 1))
        done < <(listing "$root$directory" | grep -vE "$lost")
    done
    podman umount web >/dev/null
    assertEquals 'things shipped: 9 entries, 5 files' $expected $shipped
}

testRunAndTmpCanExecute() {
    local directory
    for directory in /run /tmp; do
        run podman exec web sh -c "cp /bin/true $directory/program && $directory/program && rm $directory/program"
        assertEquals "$directory: $err" 0 "$status"
    done
}

testServicesGoOnWorking() {
    run podman exec web sh -c 'systemctl daemon-reload && systemctl daemon-reexec && systemctl restart apache2 &&
        systemd-run --wait --pipe -q echo from a unit'
    assertEquals "$err" 'from a unit' "$out"
    assertEquals running "$(podman exec web systemctl is-system-running)"
}

# The last test: ends the container. podman would kill it after 10 seconds, with exit status 137.
testStopIsACleanShutdown() {
    local start=$SECONDS
    run podman stop web
    assertEquals "$err" 0 "$status"
    assertTrue "took $((SECONDS - start)) s" "[ $((SECONDS - start)) -lt $((${SLOWNESS:-1} * 5)) ]"
    assertEquals 'exit status' 0 "$(podman inspect -f '{{.State.ExitCode}}' web)"
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)" 'Stopped target multi-user.target'
    assert_soon 'the machine is gone' 5 has_no_machine "$machine"
    assertEquals 'the hooks said' '' "$(said)"
}

. shunit2
