#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh and hostile.sh, read by hostile-matrix.sh
# The matrix of hostile images for containers of the host's users, on cgroup v2: in the
# full size all of it, in the small size one cell of 13, with each place and each thing among them.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/hostile.sh"
. "${0%/*}/../lib/hostile-matrix.sh"
enter_small_host "$@"

testRun() {
    do_rows /run
}

testTmp() {
    do_rows /tmp
}

testEtc() {
    do_rows /etc
}

testVar() {
    do_rows /var
}

testSys() {
    do_rows /sys
}

testProc() {
    do_rows /proc
}

testCommand() {
    do_rows /sbin /usr
}

testPlacesAreAllThere() {
    check_places
}

testImmutable() {
    [ -z "$left_out" ] || skip "$left_out"
    assertNull "$left_out"
}

testAllCellsWereTried() {
    assertEquals "$(($(wc -l <<<"$places") * $(wc -l <<<"$things") / step))" "$cells"
    assertEquals "$(wc -l <<<"$places")" ${#tried_places[@]}
    assertEquals "$(wc -l <<<"$things")" ${#tried_things[@]}
    report_head
    report_kind "cgroup v2"
}

begin_matrix
[ "${OCI_HOOKS_TEST_SIZE:-}" = full ] || step=13
SECONDS=0

. shunit2
