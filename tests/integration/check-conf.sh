#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check: which hooks directories podman reads, by containers.conf(5). Each has a file that is not JSON.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
enter_check_host "$@"

ETC=/etc/containers/containers.conf

oneTimeSetUp() {
    local directory
    for directory in a b c; do
        mkdir -p /mnt/$directory && echo '{' >/mnt/$directory/odd.json
    done
}

# conf FILE LIST: hooks_dir in it
conf() {
    mkdir -p "${1%/*}"
    printf '[containers]\nenv = ["A=B", # hooks_dir = ["/x"]\n]\n[engine]\nhooks_dir = %s\n' "$2" >"$1"
}

# assert_read WHY DIRECTORY...
assert_read() {
    echo '{' >$HOOKS/odd.json
    check
    assertEquals "$1" "${*:2}" "$(jq -r '.findings[] | select(.check == "hook-syntax").subject | sub("/odd.json"; "")' <<<"$out" | tr '\n' ' ' | sed 's/ $//')"
}

testDefault() {
    assert_read 'no file' $HOOKS
}

testLaterFileWins() {
    conf /usr/share/containers/containers.conf '["/mnt/a"]'
    assert_read 'of the vendor' /mnt/a
    conf $ETC '["/mnt/b", "/mnt/c"]'
    assert_read 'of the administrator' /mnt/b /mnt/c
    conf $ETC.d/90.conf '["/mnt/c"]'
    conf $ETC.d/50.conf '["/mnt/a"]'
    conf $ETC.d/99.conf.rpmsave '["/mnt/b"]'
    assert_read 'the last drop-in' /mnt/c
}

testAppend() {
    conf $ETC "[\"$HOOKS\", \"/mnt/a\", {append=true}]"
    assert_read 'to the default' $HOOKS $HOOKS /mnt/a
    conf $ETC.d/1.conf '["/mnt/b"]'
    conf $ETC '["/mnt/a", {append = true}]'
    assert_read 'later ones too' $HOOKS /mnt/a /mnt/b
    conf $ETC.d/2.conf '["/mnt/c", {append = false}]'
    assert_read 'until one says no' /mnt/c
}

testEmptyList() {
    conf $ETC '[]'
    mkdir -p /etc/containers/oci/hooks.d
    echo '{' >/etc/containers/oci/hooks.d/odd.json
    assert_read 'the old pair' $HOOKS /etc/containers/oci/hooks.d
}

testVariables() {
    conf $ETC '["/mnt/a"]'
    conf /mnt/own.conf '["/mnt/b"]'
    CONTAINERS_CONF=/mnt/own.conf assert_read 'instead of all files' /mnt/b
    CONTAINERS_CONF_OVERRIDE=/mnt/own.conf assert_read 'after all files' /mnt/b
}

testDirectoriesThatNobodyReads() {
    conf $ETC '["/mnt/a"]'
    install_hooks /etc/containers/oci/hooks.d
    rm /mnt/a/odd.json
    check
    assertEquals "hook-not-read oci-register-machine
hook-not-read oci-systemd-hook
hooks-dir-unread /etc/containers/oci/hooks.d
hooks-dir-unread $HOOKS" "$(wrong)"
    echo '{' >/mnt/a/odd.json
}

testFileThatIsNoToml() {
    local text
    for text in '[engine' 'hooks_dir' 'engine = {hooks_dir = ["/mnt/a"]}' $'[engine]\nhooks_dir = "/mnt/a"' \
        $'[engine]\ncgroup_manager = cgroupfs'; do
        mkdir -p ${ETC%/*}
        echo "$text" >$ETC
        check
        assertEquals "$text" "conf-unreadable $ETC" "$(wrong)"
        assertEquals "$text" 1 "$status"
    done
}

# manager FILE VALUE: cgroup_manager in it, with a table of CRI-O's or podman's
manager() {
    mkdir -p "${1%/*}"
    printf '[%s]\n# cgroup_manager = "x"\ncgroup_manager = "%s"\n' "${3:-engine}" "$2" >"$1"
}

testCgroupManager() {
    manager $ETC cgroupfs network
    check
    assertNull 'of another table' "$(wrong)"
    manager $ETC cgroupfs
    check
    assertEquals "engine-cgroupfs $ETC" "$(wrong)"
    assertContains "$(jq -r '.findings[] | select(.check == "engine-cgroupfs").text' <<<"$out")" podman
    manager $ETC.d/1.conf systemd
    check
    assertNull 'the last file counts' "$(wrong)"
    manager $ETC.d/2.conf cgroupfs
    check
    assertEquals "engine-cgroupfs $ETC.d/2.conf" "$(wrong)"
    manager /mnt/own.conf systemd
    CONTAINERS_CONF_OVERRIDE=/mnt/own.conf check
    assertNull 'after all files' "$(wrong)"
}

testCgroupManagerOfCrio() {
    manager /etc/crio/crio.conf.d/10 cgroupfs crio.runtime
    check
    assertNull 'is not installed' "$(wrong)"
    install_engine crio 'crio version 9.9.9'
    check
    assertEquals 'engine-cgroupfs /etc/crio/crio.conf.d/10' "$(wrong)"
}

# Rootless podman has a file of its own, and reads the others too.
testUsersFile() {
    conf $ETC '["/mnt/a"]'
    conf /mnt/home/.config/containers/containers.conf '["/mnt/b"]'
    chmod -R a+rX /mnt
    run setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_CONFIG_HOME HOME=/mnt/home "$CHECK" --json
    assertEquals '/mnt/b/odd.json' "$(jq -r '.findings[] | select(.check == "hook-syntax").subject' <<<"$out")"
    HOME=/mnt/home assert_read 'not for root' /mnt/a
}

. shunit2
