# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
# The failed assert is in a subshell: shunit2 itself ends with OK and 0.
testGood() { assertEquals 1 1; }
testBad() {
    (assertEquals 'in a subshell' 1 2)
    true
}
. shunit2
