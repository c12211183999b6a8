#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# The built RPMs, in a root of their own. PACKAGES is the directory with them.
. "${0%/*}/../lib/common.sh"
need rpm rpmbuild
enter_mount_namespace "$@"
built=$(realpath -e "$PACKAGES")

HOOKS=/usr/libexec/oci/hooks.d
JSON=/usr/share/containers/oci/hooks.d
# directories that a distribution has in any case, in a package of its own
FILESYSTEM='/etc /usr /usr/bin /usr/lib /usr/lib/systemd /usr/lib/systemd/system /usr/lib/systemd/system-preset /usr/libexec /usr/share /usr/share/doc /usr/share/licenses /usr/share/man /usr/share/man/man1'

# stand_in NAME VERSION RELEASE [LINE...]: a package of that name and epoch 1; a LINE that begins with / is a file of it,
# others are for its spec
stand_in() {
    local spec=$SHUNIT_TMPDIR/$1.spec files
    files=$(printf '%s\n' "${@:4}" | grep '^/')
    {
        printf '%s\n' "Name: $1" 'Epoch: 1' "Version: $2" "Release: $3" 'Summary: x' 'License: x' 'BuildArch: noarch'
        printf '%s\n' "${@:4}" | grep -v '^/'
        printf '%%description\n%%install\n'
        sed -n 's|^/.*|echo old >old \&\& install -D old %{buildroot}&|p' <<<"$files"
        printf '%%files\n%s\n' "$files"
    } >"$spec"
    run rpmbuild -bb --define "_topdir $SHUNIT_TMPDIR/top" --define "_rpmdir $SHUNIT_TMPDIR" "$spec"
    [ "$status" -eq 0 ] || printf '%s\n' "$err"
    return "$status"
}

# What the distribution has, the predecessors in their last releases, and docker of CentOS 7.
oneTimeSetUp() {
    local needed
    needed=$(rpm -qp --requires "$built"/*.rpm | grep -vE '^(rpmlib\(|config\(|oci-systemd-hooks )' | sed 's/^/Provides: /')
    stand_in base 1 1 "$needed" &&
        stand_in oci-systemd-hook 0.2.0 2.git05e6923 $HOOKS/oci-systemd-hook $JSON/oci-systemd-hook.json &&
        stand_in oci-register-machine 0 6.git2b44233 $HOOKS/oci-register-machine $JSON/oci-register-machine.json \
            /etc/oci-register-machine.conf &&
        stand_in docker-common 1.13.1 209 'Requires: oci-systemd-hook >= 1:0.1.4-9' \
            'Requires: oci-register-machine >= 1:0-5.13'
}

setUp() {
    root=$SHUNIT_TMPDIR/root
    mkdir "$root"
}

tearDown() {
    rm -rf "$root"
}

# rpm_in OPTION...: in the root, where no shell is for systemd's scriptlets, with Debian's words about rpm taken away
rpm_in() {
    run rpm --root "$root" --dbpath /var/lib/rpm "$@"
    err=$(grep -v '^rpm: ' <<<"$err")
}

# our_files: all files but rpm's own
our_files() {
    (cd "$root" && find . ! -type d ! -path './var/lib/rpm/*' | cut -c 2- | sort)
}

testInstallNeedsTheLibraries() {
    local library
    rpm_in -U --noscripts "$built"/*.rpm
    assertNotEquals 0 "$status"
    for library in jansson.so.4 mount.so.1 selinux.so.1 systemd.so.0 uuid.so.1; do
        assertContains "$err" "lib$library"
    done
    assertNull "$(our_files)"
}

testInstallAndRemove() {
    rpm_in -U --noscripts "$SHUNIT_TMPDIR"/noarch/base-*.rpm "$built"/*.rpm
    assertEquals "$err" 0 "$status"
    rpm_in -V oci-systemd-hooks oci-systemd-hooks-cdi
    assertEquals "$out$err" 0 "$status"
    assertTrue 'CDI' "[ -f $root/etc/cdi/oci-systemd-hooks-container.json ]"
    for unit in oci-hooks-journals.timer oci-hooks-journals-ended.path; do
        assertTrue "preset of $unit" "grep -qx 'enable $unit' $root/usr/lib/systemd/system-preset/90-oci-systemd-hooks.preset"
    done
    run "$root$HOOKS/oci-systemd-hook" --version
    assertEquals "$err" 0 "$status"

    rpm_in -e --noscripts oci-systemd-hooks oci-systemd-hooks-cdi
    assertEquals "$err" 0 "$status"
    assertNull "$(our_files)"
    assertEquals "directories" "$FILESYSTEM" "$(cd "$root" && find . -mindepth 1 -type d ! -path './var*' | cut -c 2- | sort | xargs)"
}

testPredecessorsAreReplaced() {
    rpm_in -U --noscripts "$SHUNIT_TMPDIR"/noarch/*.rpm
    assertEquals "$err" 0 "$status"
    assertEquals old "$(cat "$root$HOOKS/oci-systemd-hook")"
    rpm_in -U --noscripts "$built"/*.rpm
    assertEquals "$err" 0 "$status"
    rpm_in -qa --qf '%{NAME}\n'
    assertEquals 'base docker-common oci-systemd-hooks oci-systemd-hooks-cdi' "$(sort <<<"$out" | xargs)"
    rpm_in -V oci-systemd-hooks docker-common
    assertEquals "$out$err" 0 "$status"
    assertFalse "their files" "[ -e $root/etc/oci-register-machine.conf ]"
    run "$root$HOOKS/oci-register-machine" --version
    assertEquals "$err" 0 "$status"
}

# Debian's rpm is without systemd's macros: in their place, words.
testScriptlets() {
    run rpmspec -P --define 'systemd_post POST' --define 'systemd_preun PREUN' --define 'systemd_postun_with_restart POSTUN' \
        "$TOP_BUILDDIR/rpm/oci-systemd-hooks.spec"
    assertEquals "$err" 0 "$status"
    assertEquals '%post
POST oci-hooks-journals.timer oci-hooks-journals-ended.path
%preun
PREUN oci-hooks-journals.timer oci-hooks-journals-ended.path
%postun
POSTUN oci-hooks-journals.timer oci-hooks-journals-ended.path
%files' "$(sed -n '/^%post$/,/^%files$/p' <<<"$out" | grep .)"
}

# An engine that finds the JSON must find the program.
testProgramsComeFirstAndGoLast() {
    need_strace || return 0
    rpm_in -U --noscripts "$SHUNIT_TMPDIR"/noarch/base-*.rpm
    run strace -f -qq -e trace=rename,renameat,renameat2 -o "$SHUNIT_TMPDIR/trace" \
        rpm --root "$root" --dbpath /var/lib/rpm -U --noscripts "$built"/*.rpm
    assertEquals 'installed' 'program program json json json json cdi' "$(order 's/.*, "\(oci-[^";]*\)".*/\1/p')"
    run strace -f -qq -e trace=unlink,unlinkat -o "$SHUNIT_TMPDIR/trace" \
        rpm --root "$root" --dbpath /var/lib/rpm -e --noscripts oci-systemd-hooks oci-systemd-hooks-cdi
    assertEquals 'removed' 'cdi json json json json program program' "$(order 's/.*"\(oci-[^"]*\)", 0).*/\1/p')"
}

# order SED: what the trace says of programs and JSON
order() {
    sed -n "$1" "$SHUNIT_TMPDIR/trace" | sed -nE 's/^oci-systemd-hooks-container.json$/cdi/p; s/^oci-.*\.json$/json/p
        s/^oci-(systemd-hook|register-machine)$/program/p' | xargs
}

. shunit2
