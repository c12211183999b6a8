# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2329
# The first of these never runs, the second one runs twice.
testSame() { assertEquals 1 2; }
testSame() { assertEquals 1 1; }
. shunit2
