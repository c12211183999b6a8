#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# The hooks on a kernel without the system calls that came after Linux 5.10, as strace makes it seem: everything is as it is
# without that.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

# A question mark: strace may be older than the call.
MISSING='mount_setattr,?statmount,close_range'
HOOKS=/run/old-kernel-hooks

# hooks_on_old_kernel: our JSON files with each program behind strace
hooks_on_old_kernel() {
    local json
    mkdir -p $HOOKS
    for json in /usr/share/containers/oci/hooks.d/oci-*.json; do
        jq --arg missing "$MISSING" '.hook |= (.args = ["strace", "-f", "-qqq", "-o", "/run/old-kernel-trace", "-A",
            "-e", "trace=\($missing)", "-e", "inject=\($missing):error=ENOSYS", .path] + .args[1:] | .path = "/usr/bin/strace")' \
            "$json" >"$HOOKS/${json##*/}"
    done
}

# boot NAME [OPTION...]: without podman's systemd mode, so that all is the hooks' work
boot() {
    local name=$1
    shift
    run podman "$@" run -d --name "$name" --systemd=false --stop-signal SIGRTMIN+3 web
    assertEquals "$name: $err" 0 "$status"
}

oneTimeSetUp() {
    need_image web
    hooks_on_old_kernel
    mark
    boot new
    boot old --hooks-dir $HOOKS
}

oneTimeTearDown() {
    remove_all
    rm -rf $HOOKS
}

id_of() {
    podman inspect -f '{{slice .ID 0 32}}' "$1"
}

mounts_of() {
    podman exec "$1" findmnt -n -l -o TARGET,FSTYPE,VFS-OPTIONS,PROPAGATION | sed "s/$(id_of "$1")/ID/" | tr -s ' ' | sort
}

testCallsWereMissing() {
    assertContains "$(cat /run/old-kernel-trace)" 'mount_setattr('
    assertNotContains "$(grep -v '(INJECTED)' /run/old-kernel-trace)" 'mount_setattr('
}

testBoots() {
    assertEquals running "$(state_of new)"
    assertEquals running "$(state_of old)"
}

testMountsAreTheSame() {
    assertContains "$(mounts_of old)" '/var/log/journal/ID '
    assertEquals "$(mounts_of new)" "$(mounts_of old)"
}

testIdJournalAndMachine() {
    assertEquals "$(id_of old)" "$(podman exec old cat /etc/machine-id)"
    assertContains "$(machines)" "$(id_of old)"
    assertContains "$(journalctl --no-pager -M "$(id_of old)" -o cat)" 'Startup finished in'
}

testHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
