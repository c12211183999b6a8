# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
testHangs() { sleep 30; }
. shunit2
