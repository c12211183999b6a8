# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
testSilent() {
    startSkipping
    assertEquals 1 2
}
. shunit2
