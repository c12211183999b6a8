#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# What the packages' files repeat of the source. The packages themselves: tests/packages, run by tools/ci.
. "${0%/*}/../lib/common.sh"

CONTROL=$TOP_SRCDIR/debian/control
SPEC=$TOP_SRCDIR/rpm/oci-systemd-hooks.spec.in

# loaded_libraries: those that the programs say they load, as systemd's ELF notes have it
loaded_libraries() {
    grep -ahoE '"soname":\["[^"]+"\]' "$SYSTEMD_HOOK" "$REGISTER_HOOK" | cut -d '"' -f 4 | sort -u
}

testLoadedLibrariesAreDependencies() {
    local soname package
    assertContains "$(loaded_libraries)" libsystemd.so.0
    for soname in $(loaded_libraries); do
        assertTrue "rpm: $soname" "grep -qxE 'Requires: +$soname%\{\?elf_suffix\}' '$SPEC'"
        package=${soname/.so./}
        assertTrue "debian: $package" "sed -n '/^Depends:/,/^[A-Z]*:/p' '$CONTROL' | grep -qw '$package'"
    done
}

testVersionIsOne() {
    local version
    version=$("$SYSTEMD_HOOK" --version | grep -oE '[0-9][0-9.]*' | head -n 1)
    assertContains 'debian/changelog' "$(head -n 1 "$TOP_SRCDIR/debian/changelog")" "oci-systemd-hooks ($version) "
    assertContains 'NEWS.md' "$(grep -m 1 '^## ' "$TOP_SRCDIR/NEWS.md") " "## $version "
}

. shunit2
