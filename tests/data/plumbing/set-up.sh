# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
oneTimeSetUp() { false; }
testOne() { assertEquals 1 1; }
. shunit2
