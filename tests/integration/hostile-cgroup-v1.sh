#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # set by common.sh and hostile.sh, read by hostile-matrix.sh
# The matrix of hostile images on a host with cgroup v1, with v2 beside it (hybrid) and without.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/hostile.sh"
. "${0%/*}/../lib/hostile-matrix.sh"
layout=hybrid
enter_small_host "$@"

testHybrid() {
    try_kind 'cgroup v1 and v2' 0 first 0
}

testHybridUserNamespace() {
    try_kind 'cgroup v1 and v2, user namespace' "$user_namespace_root" first 1
}

testPlacesAreAllThere() {
    check_places
}

testV1() {
    leave_v2
    try_kind 'cgroup v1' 0 first 2
}

testV1UserNamespace() {
    leave_v2
    try_kind 'cgroup v1, user namespace' "$user_namespace_root" first 3
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
