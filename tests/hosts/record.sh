#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# hooks/record between podman and the hook, as hooks/README.md has it: nothing is different for the container, and what is left
# can be looked at anywhere.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

RECORD=/usr/share/doc/oci-systemd-hooks/hooks/record
HOOK=/usr/libexec/oci/hooks.d/oci-systemd-hook
LATER=/etc/containers/oci/hooks.d
CALLS=/var/tmp/hook-calls

oneTimeSetUp() {
    need_image web
    mkdir -p $LATER
    jq --arg record $RECORD --arg calls $CALLS --arg hook $HOOK '.hook.path = $record | .hook.args = ["record", $calls, $hook, "--debug"]' \
        /usr/share/containers/oci/hooks.d/oci-systemd-hook.json >$LATER/oci-systemd-hook.json
    printf '[engine]\nhooks_dir = ["/usr/share/containers/oci/hooks.d", "%s"]\n' $LATER >/etc/containers/containers.conf.d/record.conf
}

oneTimeTearDown() {
    remove_all
    rm -rf /etc/containers/oci /etc/containers/containers.conf.d/record.conf $CALLS
}

plan_of() {
    oci-hooks-check --json explain "$1" | jq -r '.findings[] | select(.check == "hook-plan" and .subject == "oci-systemd-hook").text'
}

testRecordedCall() {
    local calls copy
    mark
    start recorded web
    assertEquals running "$(state_of recorded)"
    assertEquals "$machine" "$(podman exec recorded cat /etc/machine-id)"
    assertNull 'warnings' "$(said | grep -i fail)"
    calls=("$CALLS"/*)
    assertEquals 'one call' 1 ${#calls[@]}
    assertEquals "$id" "$(jq -r .id "${calls[0]}/state.json")"
    assertEquals "$HOOK
--debug" "$(cat "${calls[0]}/arguments")"
    assertContains "$(cat "${calls[0]}/environment")" PATH=
    assertTrue 'config.json' "cmp '${calls[0]}/config.json' '$(podman inspect -f '{{.OCIConfigPath}}' recorded)'"

    # as on the machine of whoever gets the report
    copy=/root/$id
    mv "${calls[0]}" "$copy"
    assertNotNull "$(plan_of "$copy/")"
    assertEquals "$(plan_of recorded)" "$(plan_of "$copy/")"

    podman rm -f -t 60 recorded >/dev/null
    calls=("$CALLS"/*)
    assertEquals 'poststop too' stopped "$(jq -r .status "${calls[0]}/state.json")"
}

. shunit2
