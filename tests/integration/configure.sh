#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# configure: its options, its warning, and that CFLAGS stay the user's.
. "${0%/*}/../lib/common.sh"
need make
# The compiler that this build was made with; its sanitizers are nothing that configure needs.
compiler=$(sed -n 's/^CC = //p' "$TOP_BUILDDIR/Makefile")

# configure DIR ARG...: in a new directory, sharing answers with the runs before
configure() {
    local dir=$SHUNIT_TMPDIR/$1
    mkdir -p "$dir"
    run env -C "$dir" -u CFLAGS "$TOP_SRCDIR/configure" --cache-file=../cache CC="$compiler" "${@:2}"
    text=$out$err
}

# makefile DIR NAME: the value of a variable as configure wrote it
makefile() {
    sed -n "s/^$2 = //p" "$SHUNIT_TMPDIR/$1/Makefile"
}

oneTimeSetUp() {
    if [ -e "$TOP_SRCDIR/config.status" ]; then in_tree=yes; else in_tree=; fi
}

setUp() {
    # configure refuses to run outside a tree that is configured itself
    [ -z "$in_tree" ] || TOP_SRCDIR=$(copy_source)
}

# copy_source: what configure and config.status read, without the in-tree build
copy_source() {
    local copy=$SHUNIT_TMPDIR/source
    if [ ! -d "$copy" ]; then
        mkdir -p "$copy"
        (cd "$TOP_SRCDIR" && cp -a --parents configure config.h.in Makefile.in build-aux src/systemd-hook/main.c "$copy")
    fi
    echo "$copy"
}

testDefaultsAreReadByEngines() {
    configure plain
    assertEquals "$text" 0 "$status"
    assertNotContains "$text" 'WARNING'
    assertContains "$text" 'JSON        /usr/share/containers/oci/hooks.d'
    assertContains "$text" 'programs    /usr/libexec/oci/hooks.d'
    assertEquals /etc "$(makefile plain sysconfdir)"
    assertEquals /var "$(makefile plain localstatedir)"
}

testUnreadDirectoryWarns() {
    configure local --prefix=/usr/local
    assertEquals "$text" 0 "$status"
    assertContains "$text" 'but not
  /usr/local/share/containers/oci/hooks.d'
    assertContains "$(makefile local sysconfdir)" prefix
    configure elsewhere --with-hooksdir=/opt/hooks.d
    assertContains "$text" 'but not
  /opt/hooks.d'
    assertEquals /opt/hooks.d "$(makefile elsewhere hooksdir)"
    configure asked --prefix=/usr/local --with-hooksdir=/usr/share/containers/oci/hooks.d
    assertNotContains "$text" 'WARNING'
}

testWrongAnswersAreRefused() {
    configure relative --with-hooksdir=hooks.d
    assertNotEquals 0 "$status"
    assertContains "$text" 'needs an absolute directory'
    configure word --with-selinux=maybe
    assertNotEquals 0 "$status"
    assertContains "$text" 'takes yes, no or auto'
}

testCflagsStayTheUsers() {
    # the cache remembers CFLAGS
    configure flags --cache-file=/dev/null CFLAGS=-O1 --enable-werror
    assertEquals -O1 "$(makefile flags CFLAGS)"
    assertContains "$(makefile flags WARN_CFLAGS)" ' -Werror'
    assertContains "$(makefile flags HARDEN_CFLAGS)" -fstack-protector-strong
    configure soft --disable-hardening
    assertNotContains "$(makefile soft HARDEN_CFLAGS)" -f
    assertNotContains "$(makefile soft WARN_CFLAGS)" '-Werror '
}

testSelinuxIsSwappedByFile() {
    configure nosel --with-selinux=no
    assertEquals "$text" 0 "$status"
    assertContains "$text" 'SELinux     no'
    assertEquals '' "$(makefile nosel LIBSELINUX_CFLAGS)"
}

. shunit2
