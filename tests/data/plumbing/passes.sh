# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
testOne() { assertEquals 1 1; }
testTwo() { assertTrue true; }
. shunit2
