#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Is this host one that the hooks can be proved on? Inside a host: tests/hosts/run SUITE tests/lib/run-shunit2 tests/hosts/smoke.sh
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

testHostIsBooted() {
    assertEquals 'state of the host' running "$(systemctl is-system-running)"
    assertEquals 'PID 1' systemd "$(cat /proc/1/comm)"
}

testCgroupIsPureV2WithNsdelegate() {
    assertEquals cgroup2fs "$(stat -f -c %T /sys/fs/cgroup)"
    assertContains "$(findmnt -n -o FS-OPTIONS /sys/fs/cgroup)" nsdelegate
}

testMachinedIsActivatable() {
    run busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager ListMachines
    assertEquals "$err" 0 "$status"
    assertEquals active "$(systemctl is-active systemd-machined)"
}

testJournalIsPersistent() {
    journalctl --flush
    assertTrue 'a journal below /var/log/journal' "[ -e /var/log/journal/$(cat /etc/machine-id)/system.journal ]"
}

testPodmanUsesTheRuntime() {
    assertEquals "$RUNTIME" "$(podman info -f '{{.Host.OCIRuntime.Name}}')"
    assertEquals overlay "$(podman info -f '{{.Store.GraphDriverName}}')"
}

testSystemdContainerRunsAndServes() {
    need_image web
    run podman run -d --name web web
    assertEquals "$err" 0 "$status" || return
    assertEquals running "$(state_of web)"
    assertEquals '' "$(podman exec web systemctl --failed --no-legend)"
    assertEquals 'hello from apache under systemd' "$(curl -s -m 10 "http://$(address_of web)/")"
    run podman stop web
    assertEquals "$err" 0 "$status"
    assertEquals 'exit status of a clean shutdown' 0 "$(podman inspect -f '{{.State.ExitCode}}' web)"
    podman rm -f web >/dev/null
}

testBusyboxContainerRuns() {
    need_image busybox
    run podman run --rm busybox /bin/echo alive
    assertEquals "$err" alive "$out"
}

. shunit2
