#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Read-only root file systems, images that lack directories, and images that have links where others have directories.
# All of the file's containers boot side by side.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

# What Debian's logind and apache2 cannot do without on a read-only root file system.
WRITABLE=(--tmpfs /var/lib/systemd --tmpfs /var/log/apache2)

oneTimeSetUp() {
    mkdir -p /tmp/no-hooks
    image_variant minimal-image 'rm -rf etc var run tmp'
    image_variant linked-image 'mkdir -p data/log data/tmp volatile
        cp -a run/. volatile/ && cp -a tmp/. data/tmp/ && cp -a var/log/. data/log/
        rm -rf run tmp var/log && ln -s data/tmp tmp && ln -s ../data/log var/log && ln -s volatile run'
    # the other way round than usual
    image_variant turned-image 'rm var/run && cp -a run var/run && rm -rf run && ln -s var/run run'
    mark
    declare -gA machine_of
    both minimal minimal-image
    both linked linked-image
    both turned turned-image
    begin read-only --read-only "${WRITABLE[@]}" web
    begin no-tmpfs --read-only --read-only-tmpfs=false "${WRITABLE[@]}" web
    begin read-only-linked --read-only "${WRITABLE[@]}" linked-image
    bare_containers
}

oneTimeTearDown() {
    remove_bare bare bare-minimal
    remove_all
}

# begin NAME OPTION... IMAGE
begin() {
    start "$@"
    machine_of[$1]=$machine
}

# both NAME IMAGE: with and without the hooks, which begins with `plain-`
both() {
    begin "$1" "$2"
    begin "plain-$1" --hooks-dir /tmp/no-hooks "$2"
}

bare_containers() {
    bare bare : '.root.readonly = true | .mounts += [("/var/lib/systemd", "/var/log/apache2") |
        {destination: ., type: "tmpfs", source: "tmpfs"}]'
    bare bare-minimal 'rm -rf etc var run tmp' '.root.readonly = true'
}

failed_in() {
    podman exec "$1" systemctl --failed --no-legend --plain | cut -d ' ' -f 1
}

# assert_complete NAME [RUN TMP LOG]: boots, and has all that the hooks promise where the image's links lead. With a link
# for /run, Debian 13's systemd does not find the mount on /run/lock, with and without the hooks.
assert_complete() {
    local id=${machine_of[$1]} path expected=running failed=
    if [ "$SUITE" = trixie ] && [ "${2:-/run}" != /run ]; then
        expected=degraded failed=run-lock.mount
        state_of plain-linked >/dev/null
        assertEquals "$1: without hooks" "$failed" "$(failed_in plain-linked)"
    fi
    assertEquals "$1" $expected "$(state_of "$1")"
    assertEquals "$1: failed" "$failed" "$(failed_in "$1")"
    assertEquals "$1: machine-id" "$id" "$(podman exec "$1" cat /etc/machine-id)"
    assertEquals "$1: machined" "Id=$id" "$(machinectl show -p Id "$id")"
    for path in "${2:-/run}" "${2:-/run}/lock" "${2:-/run}/host" "${3:-/tmp}" "${4:-/var/log}/journal/$id"; do
        assertEquals "$1: $path" tmpfs "$(podman exec "$1" findmnt -n -o FSTYPE --mountpoint "$path" | tail -n 1)"
    done
    podman exec "$1" journalctl --sync
    assertContains "$1: journal" "$(journalctl --no-pager -D "/var/log/journal/$id" -o cat)" 'Startup finished in'
}

# written_in NAME: what changed in a container's layer; without names that differ each time
written_in() {
    podman diff "$(podman inspect --type container -f '{{.Id}}' "$1")" | grep -v /systemd-private- | sort
}

# assert_nothing_of_ours NAME: nothing in its layer that would not be there without the hooks
assert_nothing_of_ours() {
    state_of "plain-$1" >/dev/null
    assertEquals "$1: written" '' "$(comm -23 <(written_in "$1") <(written_in "plain-$1"))"
}

assert_apache() {
    assertEquals "$1" 'hello from apache under systemd' "$(curl -s -m 10 "http://$(address_of "$1")/")"
}

# systemd makes /var and what it needs of /etc by itself; apache2 is not enabled without the image's /etc.
testNoEtcVarRunTmp() {
    assert_complete minimal
    assert_nothing_of_ours minimal
}

testLinksForRunTmpLog() {
    assert_complete linked /volatile /data/tmp /data/log
    assert_nothing_of_ours linked
    assert_apache linked
}

testRunIsInVar() {
    assert_complete turned /var/run
    assert_nothing_of_ours turned
    assert_apache turned
}

testReadOnly() {
    assert_complete read-only
    assert_apache read-only
    run podman exec read-only sh -c 'echo x >/etc/x || echo x >/var/x'
    assertNotEquals 'writable' 0 "$status"
}

testReadOnlyWithoutTmpfs() {
    assert_complete no-tmpfs
    assert_apache no-tmpfs
}

testReadOnlyAndLinks() {
    assert_complete read-only-linked /volatile /data/tmp /data/log
    assert_apache read-only-linked
}

testTheHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

# written_by_bare NAME: type, mode and size of all that is in the upper layer, the machine's id as ID
written_by_bare() {
    local id
    id=$("$RUNTIME" exec "$1" cat /etc/machine-id)
    find "$bare_dir/$1/upper" -mindepth 1 -printf '/%P %y %m %s\n' | sed -e "s/$id/ID/" -e '/ d /s/ [0-9]*$//' | sort
}

bare_state() {
    wait_for 30 "$RUNTIME" exec "$1" test -S /run/systemd/private
    "$RUNTIME" exec "$1" timeout 60 systemctl is-system-running --wait
}

testBareReadOnly() {
    assertEquals running "$(bare_state bare)"
    assertEquals '' "$("$RUNTIME" exec bare systemctl --failed --no-legend)"
    assertContains "$("$RUNTIME" exec bare findmnt -n -o OPTIONS /)," ro,
    assertEquals 'places for mounts alone' '/var d 755
/var/log d 755
/var/log/journal d 2755
/var/log/journal/ID d 2755' "$(written_by_bare bare)"
}

# There is no D-Bus without /etc/passwd: systemd's own job.
testBareReadOnlyWithoutEtcVarRunTmp() {
    local id path
    assertEquals degraded "$(bare_state bare-minimal)"
    id=$("$RUNTIME" exec bare-minimal cat /etc/machine-id)
    for path in /run /run/lock /run/host /tmp "/var/log/journal/$id" /etc/machine-id; do
        assertEquals "$path" tmpfs "$("$RUNTIME" exec bare-minimal findmnt -n -o FSTYPE --mountpoint "$path")"
    done
    assertTrue 'journal' "[ -s /var/log/journal/$id/system.journal ]"
    assertEquals 'places for mounts alone' '/etc d 755
/etc/machine-id f 444 0
/run d 755
/tmp d 755
/var d 755
/var/log d 755
/var/log/journal d 755
/var/log/journal/ID d 755' "$(written_by_bare bare-minimal)"
}

. shunit2
