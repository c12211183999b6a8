#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run, id and machine by start
# The packages come and go while containers run. Last of all areas, as it takes the hooks away.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

PACKAGES='oci-systemd-hooks oci-systemd-hooks-cdi'
PROGRAMS=/usr/libexec/oci/hooks.d

oneTimeSetUp() {
    need_image web
}

is_registered() {
    machinectl show "$machine" >/dev/null 2>&1
}

testHooksAreThePackages() {
    local file
    for file in "$PROGRAMS"/* /usr/share/containers/oci/hooks.d/*; do
        assertContains "$file" "$(dpkg -S "$file" 2>&1)" "oci-systemd-hooks: $file"
    done
    assertEquals /etc/cdi/oci-systemd-hooks-container.json "$(dpkg-query -f '${Conffiles}' -W oci-systemd-hooks-cdi | awk '{ print $1 }' | xargs)"
}

# What podman would see for a moment, if packages came and went in another order: JSON without its program is no hook.
testJsonWithoutProgram() {
    mv $PROGRAMS /tmp/programs
    start early web
    assertEquals running "$(state_of early)"
    assertFalse 'registered' is_registered
    run podman rm -f -t 10 early
    assertEquals "$err" 0 "$status"
    mv /tmp/programs $PROGRAMS
}

testContainerOutlivesTheHooks() {
    start web web
    assertEquals running "$(state_of web)"
    assertTrue 'not registered' is_registered
    # shellcheck disable=SC2086 # two names
    run apt-get remove -y $PACKAGES
    assertEquals "$err" 0 "$status"
    assertEquals running "$(state_of web)"
    run podman stop web
    assertEquals "$err" 0 "$status"
    assertTrue 'machined forgets it' 'wait_for 10 eval "! is_registered"'
    run podman start web
    assertEquals "$err" 0 "$status"
    assertEquals running "$(state_of web)"
    assertFalse 'registered' is_registered
    podman rm -f -t 10 web >/dev/null
}

testNothingIsLeft() {
    # shellcheck disable=SC2086
    run apt-get purge -y $PACKAGES
    assertEquals "$err" 0 "$status"
    assertEquals '' "$(find / -xdev -path /proc -prune -o -path /srv -prune -o \
        \( -name '*oci-systemd-hook*' -o -name '*oci-register-machine*' \) -print)"
    assertFalse 'directories' "[ -e /usr/libexec/oci -o -e /usr/share/containers/oci -o -e /etc/cdi ]"
}

. shunit2
