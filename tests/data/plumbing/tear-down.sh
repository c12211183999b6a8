# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
tearDown() {
    assertEquals 'in tearDown' 1 2
    true
}
testOne() { assertEquals 1 1; }
. shunit2
