#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh and hostile.sh, read by hostile-matrix.sh
# The matrix of hostile images for containers with a user namespace, and for those whose image was friendly at their
# first start, before their root made it hostile for the second one.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/hostile.sh"
. "${0%/*}/../lib/hostile-matrix.sh"
enter_small_host "$@"

testUserNamespace() {
    try_kind 'user namespace' "$user_namespace_root" first 3
}

testRestart() {
    try_kind 'second start' 0 second 8
}

testRestartUserNamespace() {
    try_kind 'second start, user namespace' "$user_namespace_root" second 13
}

testAllPlacesWereTried() {
    check_tried
}

testImmutable() {
    [ -z "$left_out" ] || skip "$left_out"
    assertNull "$left_out"
}

begin_matrix
report_head

. shunit2
