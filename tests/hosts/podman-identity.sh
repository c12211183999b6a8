#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One id everywhere, and never the image's word for it.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

BAKED=5eed5eed5eed5eed5eed5eed5eed5eed

oneTimeSetUp() {
    need_image web
}

tearDown() {
    remove_all
}

# assert_identity NAME: all who know this container's id know the same one, and it is the container's
assert_identity() {
    assertEquals "$1 boots" running "$(state_of "$1")"
    assertEquals "$1: machine-id" "$machine" "$(podman exec "$1" cat /etc/machine-id)"
    assertEquals "$1: systemd" "$machine" "$(podman exec "$1" systemd-id128 machine-id)"
    assertEquals "$1: /run/host" "$machine" "$(podman exec "$1" cat /run/host/container-uuid)"
    assertEquals "$1: machined" "Id=$machine" "$(machinectl show -p Id "$machine")"
    assertEquals "$1: journal" "/var/log/journal/$machine" "$(podman exec "$1" findmnt -n -o TARGET "/var/log/journal/$machine")"
    assertTrue "$1: journal written on the host" "[ -s '/var/log/journal/$machine/system.journal' ]"
}

# two_of IMAGE: two containers that are each themselves
two_of() {
    start one "$1" || return
    assert_identity one
    start two "$1" || return
    assert_identity two
    assertNotEquals "$(podman exec one cat /etc/machine-id)" "$(podman exec two cat /etc/machine-id)"
}

testAllAgree() {
    start web web || return
    assert_identity web
    assertEquals podman "$(podman exec web cat /run/host/container-manager)"
    assertEquals "$(grep PRETTY_NAME /etc/os-release)" \
        "$(podman exec web grep PRETTY_NAME /run/host/os-release)"
    run podman exec web sh -c 'echo x >/run/host/container-uuid || echo x >/etc/machine-id'
    assertNotEquals 'writable from inside' 0 "$status"
}

testBakedInIdIsNotUsed() {
    image_variant baked "echo $BAKED >etc/machine-id"
    two_of baked
    assertTrue 'a directory of the baked-in id' "[ ! -e /var/log/journal/$BAKED ]"
}

testHostsIdInTheImageIsNotUsed() {
    local before
    before=$(find /var/log/journal/"$(cat /etc/machine-id)" -printf '%P %m %U:%G\n' | sort)
    image_variant hosts "cat /etc/machine-id >etc/machine-id"
    start web hosts || return
    assert_identity web
    assertNotEquals "$(cat /etc/machine-id)" "$machine"
    assertEquals "$before" "$(find /var/log/journal/"$(cat /etc/machine-id)" -printf '%P %m %U:%G\n' | sort)"
}

testImageEnvironmentIsNotUsed() {
    image_variant environment : "ENV container_uuid=$BAKED"
    two_of environment
    assertTrue 'a directory of that id' "[ ! -e /var/log/journal/$BAKED ]"
}

testNoMachineIdInTheImage() {
    image_variant without "rm etc/machine-id"
    two_of without
}

testUninitialized() {
    image_variant uninitialized "echo uninitialized >etc/machine-id"
    two_of uninitialized
}

testReadOnlyRootFileSystem() {
    start web --read-only web || return
    assertEquals "$machine" "$(wait_for 30 podman exec web true; podman exec web cat /etc/machine-id)"
    assertTrue 'journal' "[ -d '/var/log/journal/$machine' ]"
}

testCommitCarriesNoIdOfOurs() {
    local image root found
    for image in web baked; do
        start source "$image" || return
        state_of source >/dev/null
        podman stop source >/dev/null
        podman commit -q source "localhost/committed-$image" >/dev/null
        root=$(podman mount "$(podman create --name copy "committed-$image")")
        assertEquals "$image" "$([ $image = web ] || echo $BAKED)" "$(cat "$root/etc/machine-id")"
        found=$(grep -rlF "$machine" "$root/etc" "$root/var" "$root/run" "$root/tmp" 2>/dev/null
            find "$root" -xdev -name "*$machine*")
        assertEquals "$image: our id in" '' "$found"
        podman umount copy >/dev/null
        remove_all
    done
}

testUsersMachineIdIsTheId() {
    local theirs=0123456789abcdef0123456789abcdef
    echo $theirs >/tmp/machine-id
    start web -v /tmp/machine-id:/etc/machine-id:ro web || return
    wait_for 30 podman exec web test -S /run/dbus/system_bus_socket
    assertEquals $theirs "$(podman exec web cat /etc/machine-id)"
    assertEquals $theirs "$(podman exec web cat /run/host/container-uuid)"
    assertEquals "Id=$theirs" "$(machinectl show -p Id "$machine")"
    assertEquals "/var/log/journal/$theirs" "$(podman exec web findmnt -n -o TARGET "/var/log/journal/$theirs")"
}

. shunit2
