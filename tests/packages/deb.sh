#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# The built packages for Debian, in a root of their own. PACKAGES is the directory with them.
# That apt finds what they depend on is shown in booted hosts: tests/hosts/run --package.
. "${0%/*}/../lib/common.sh"
need dpkg
enter_mount_namespace "$@"
built=$(realpath -e "$PACKAGES")

CDI=/etc/cdi/oci-systemd-hooks-container.json
TIMER=/etc/systemd/system/timers.target.wants/oci-hooks-journals.timer
WATCH=/etc/systemd/system/paths.target.wants/oci-hooks-journals-ended.path

setUp() {
    root=$SHUNIT_TMPDIR/root
    mkdir -p "$root"/var/lib/dpkg/{info,updates}
    : >"$root/var/lib/dpkg/status"
}

tearDown() {
    rm -rf "$root"
}

# dpkg_in OPTION...: in the root, where nothing else is installed, nor a shell for the scripts, which know DPKG_ROOT
dpkg_in() {
    run "${tracer[@]}" dpkg --root="$root" --log=/dev/null --force-depends --force-script-chrootless "$@"
}
tracer=()

# our_files: all files but dpkg's own, and what systemd's helper notes
our_files() {
    (cd "$root" && find . ! -type d ! -path './var/lib/dpkg/*' ! -path './var/lib/systemd/*' | cut -c 2- | sort)
}

testInstallRemovePurge() {
    dpkg_in -i "$built"/oci-systemd-hooks{,-cdi}_*.deb
    assertEquals "$err" 0 "$status"
    run "$root/usr/libexec/oci/hooks.d/oci-systemd-hook" --version
    assertEquals "$err" 0 "$status"
    assertTrue 'script of the documents' "[ -x $root/usr/share/doc/oci-systemd-hooks/hooks/runtime-with-hooks ]"
    assertTrue 'CDI' "[ -f $root$CDI ]"
    assertTrue 'the timer is enabled' "[ -L $root$TIMER ]"
    assertTrue 'and so is the path unit' "[ -L $root$WATCH ]"
    assertEquals 'what dpkg installed differs' '' "$(cd "$root" && cat var/lib/dpkg/info/*.md5sums | md5sum -c --quiet 2>&1)"

    dpkg_in -r oci-systemd-hooks-cdi oci-systemd-hooks
    assertEquals "$err" 0 "$status"
    assertEquals 'configuration, until it is purged' "$CDI $WATCH $TIMER" "$(our_files | xargs)"
    dpkg_in -P oci-systemd-hooks-cdi oci-systemd-hooks
    assertEquals "$err" 0 "$status"
    assertNull "$(our_files)"
    # which every host has
    (cd "$root" && rmdir -p --ignore-fail-on-non-empty etc/systemd/system/* etc/systemd/system 2>/dev/null)
    assertEquals '' "$(cd "$root" && find . -mindepth 1 ! -path './var*')"
}

# An engine that finds the JSON must find the program.
testProgramsComeFirstAndGoLast() {
    need_strace || return 0
    tracer=(strace -f -qq -e 'trace=rename,unlink' -o "$SHUNIT_TMPDIR/trace")
    dpkg_in -i "$built"/oci-systemd-hooks_*.deb
    assertEquals 'installed' 'program program json json json json' "$(order 's/.*rename(.*\/\(oci-[^"/]*\)") = 0/\1/p')"
    dpkg_in -r oci-systemd-hooks
    assertEquals 'removed' 'json json json json program program' "$(order 's/.*unlink(.*\/\(oci-[^"/]*\)") = 0/\1/p')"
    tracer=()
}

# order SED: what the trace says of programs and JSON
order() {
    sed -n "$1" "$SHUNIT_TMPDIR/trace" | sed -nE 's/^oci-.*\.json$/json/p; s/^oci-(systemd-hook|register-machine)$/program/p' | xargs
}

. shunit2
