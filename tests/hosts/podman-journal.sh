#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The container's journal on the host: journalctl -M, -m and, when the container is gone, -D.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

oneTimeSetUp() {
    need_image web
    start web web
    state_of web >/dev/null
    token=token-$RANDOM$RANDOM
    podman exec web logger -t token "$token"
    podman exec web journalctl --sync
    # where an admin's journalctl would look in vain
    podman exec web journalctl --flush
}

oneTimeTearDown() {
    remove_all
}

testMachineShowsTheBoot() {
    run journalctl --no-pager -M "$machine" -o cat
    assertContains 'a service' "$out" 'apache2.service'
    assertContains 'the end of the boot' "$out" 'Startup finished in'
    assertContains 'a message' "$out" "$token"
}

testHostShowsTheSame() {
    local machine_view host_view
    machine_view=$(journalctl --no-pager -M "$machine" -o json _TRANSPORT=journal | jq -c '[.MESSAGE, ._BOOT_ID, ._PID]')
    host_view=$(journalctl --no-pager -m _MACHINE_ID="$machine" -o json _TRANSPORT=journal | jq -c '[.MESSAGE, ._BOOT_ID, ._PID]')
    assertNotNull 'messages' "$machine_view"
    assertEquals "$machine_view" "$host_view"
    assertContains "$(journalctl --no-pager -m _MACHINE_ID="$machine" -o cat)" "$token"
}

testHostsOwnJournalIsNotMixed() {
    assertNotContains "$(journalctl --no-pager -o cat -t token)" "$token"
    assertNotContains 'the host in the container' "$(podman exec web ls /var/log/journal)" "$(cat /etc/machine-id)"
}

testMountedWithoutRights() {
    local options option
    options=$(podman exec web findmnt -n -o VFS-OPTIONS "/var/log/journal/$machine")
    for option in rw nosuid nodev noexec; do
        assertContains ",$options," ",$option,"
    done
}

testDirectoryIsMarkedWithItsOwner() {
    assertContains "$(getfattr -d -m trusted --only-values "/var/log/journal/$machine" 2>/dev/null)" "$id"
    assertEquals 'readable for the group' "$(stat -c '%a %G' /var/log/journal)" "$(stat -c '%a %G' "/var/log/journal/$machine")"
}

testJournalHasALimit() {
    assertContains "$(podman exec web sh -c 'cat /run/systemd/journald.conf.d/*')" 'SystemMaxUse=256M'
}

# The last test: ends the container.
testReadAfterTheContainerIsGone() {
    local journal
    run podman rm -f -t 60 web
    assertEquals "$err" 0 "$status"
    journal=$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)
    assertContains "$journal" 'Startup finished in'
    assertContains "$journal" "$token"
    assertContains 'the shutdown' "$journal" 'Stopped target multi-user.target'
    assertContains 'the very end' "$(tail -n 1 <<<"$journal")" 'Journal stopped'
    assertContains 'as journalctl -m' "$(journalctl --no-pager -m _MACHINE_ID="$machine" -o cat)" "$token"
    run journalctl --verify -D "/var/log/journal/$machine"
    assertEquals "whole: $err" 0 "$status"
}

. shunit2
