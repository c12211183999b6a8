# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
testGood() { assertEquals 1 1; }
testDies() { exit 0; }
testNeverReached() { assertEquals 1 1; }
. shunit2
