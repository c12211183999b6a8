#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh and hostile.sh, read by hostile-matrix.sh
# The matrix of hostile images for containers of the host's users, on cgroup v2: all of it.
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

# Not one cell was left out
testAllCellsWereTried() {
    assertEquals "$(($(wc -l <<<"$places") * $(wc -l <<<"$things")))" "$cells"
    report_head
    report_kind "cgroup v2"
}

begin_matrix
SECONDS=0

. shunit2
