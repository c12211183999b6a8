#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# What reports a failure must not hide one: run-shunit2, tap.h and tools/planted, tried on what fails.
. "${0%/*}/../lib/common.sh"

# adapt NAME: the TAP lines of a sample, without the diagnostics, in $tap
adapt() {
    run env -u OCI_HOOKS_TEST_TIMEOUT OCI_HOOKS_TESTS_MUST_RUN="${must_run:-0}" TOP_SRCDIR="$TOP_SRCDIR" \
        OCI_HOOKS_TEST_TIMEOUT="${limit:-60}" "$TOP_SRCDIR/tests/lib/run-shunit2" \
        "$TOP_SRCDIR/tests/data/plumbing/$1.sh" "${@:2}"
    tap=$(grep -v '^#' <<<"$out")
}

testPassesAreCounted() {
    adapt passes
    assertEquals $'ok 1 - testOne\nok 2 - testTwo\n1..2' "$tap"
}

testOneTestAlone() {
    adapt passes -- testTwo
    assertEquals $'ok 1 - testTwo\n1..1' "$tap"
}

testFailureInSubshellIsSeen() {
    adapt subshell
    assertEquals $'ok 1 - testGood\nnot ok 2 - testBad\n1..2' "$tap"
    assertContains "$out" '# ASSERT:in a subshell'
}

testFileWithoutTestsBailsOut() {
    adapt empty
    assertEquals 'Bail out! empty.sh: no test ran' "$tap"
}

testGhostFails() {
    adapt ghost
    assertContains "$tap" 'not ok 2 - testGhost'
}

testSameNameTwiceFails() {
    adapt twice
    assertEquals $'ok 1 - testSame\nnot ok 2 - testSame\n1..2' "$tap"
}

testExitInATestFails() {
    adapt dies
    assertContains "$tap" 'not ok 2 - testDies'
    assertNotContains "$tap" testNeverReached
}

testFailingSetUpBailsOut() {
    adapt set-up
    assertContains "$tap" 'Bail out! set-up.sh: shunit2:FATAL'
    assertNotContains "$tap" 'ok 1'
}

testFailureInTearDownIsSeen() {
    adapt tear-down
    assertContains "$tap" 'not ok 1 - testOne'
}

testSkipSaysWhy() {
    adapt skips
    assertEquals $'ok 1 - testSkipped # SKIP kernel: no such thing\nok 2 - testRuns\n1..2' "$tap"
    adapt skips-all
    assertEquals '1..0 # SKIP hardware: no such thing' "$tap"
}

testSkipWithoutReasonBailsOut() {
    adapt skips-silently
    assertContains "$tap" 'Bail out! skips-silently.sh: asserts were skipped without a reason'
}

testMustRunTurnsSkipsIntoFailures() {
    local must_run=1
    adapt skips
    assertEquals $'not ok 1 - testSkipped\nok 2 - testRuns\n1..2' "$tap"
    adapt skips-all
    assertEquals 'Bail out! skips-all.sh: skipped where nothing may be: hardware: no such thing' "$tap"
}

testHangEnds() {
    local limit=1
    adapt hangs
    assertContains "$tap" 'Bail out! hangs.sh: took too long'
}

testProgramReportsEachTest() {
    # read through a pipe, which ends when nothing is left running
    out=$(OCI_HOOKS_TESTS_MUST_RUN=0 timeout 60 "$TOP_BUILDDIR/tests/lib/tap-sample" 2>&1)
    assertEquals 1 $?
    tap=$(grep -v '^#' <<<"$out")
    assertEquals "1..7
ok 1 - test_passes
not ok 2 - test_fails
not ok 3 - test_crashes
not ok 4 - test_exits
ok 5 - test_skips # SKIP kernel: no such thing
ok 6 - test_leaves_processes
ok 7 - test_is_alone" "$tap"
    assertContains "$out" 'tap-sample.c:'
    assertContains "$out" '1 + 1 is 2, not 3'
    assertContains "$out" '# killed by signal 6'
}

testProgramMustRun() {
    run env OCI_HOOKS_TESTS_MUST_RUN=1 "$TOP_BUILDDIR/tests/lib/tap-sample"
    assertContains "$out" 'not ok 5 - test_skips'
}

# A tool that is silent, one that says something else, and one that finds and ends with 0 do not see a fault.
testPlantedFaultsMustBeSeen() {
    # shellcheck disable=SC2016 # of sh
    local file='cat "$0/tests/planted/$1.c"' planted=$TOP_SRCDIR/tools/planted bad
    run "$planted" tidy sh -c "$file; exit 1" "$TOP_SRCDIR"
    assertEquals '0 ok - tidy sees the 3 planted faults' "$status $out"
    for bad in true 'exit 1' 'echo rubbish; exit 1' "$file"; do
        run "$planted" tidy sh -c "$bad" "$TOP_SRCDIR"
        assertEquals "1 not ok - tidy does not see, of 3 planted faults: null-dereference shift uninitialised-read" "$status $out"
    done
    run "$planted" nothing sh -c "$file; exit 1" "$TOP_SRCDIR"
    assertEquals 1 "$status"
}

. shunit2
