#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # set by common.sh
# bench/report: samples to tables and plots.
. "${0%/*}/../lib/common.sh"
report=$TOP_SRCDIR/bench/report

setUp() {
    docs=$(mktemp -d "$SHUNIT_TMPDIR/docs.XXXXXX")
    printf '%s\n' 'prose before' '<!-- report: ratios -->' 'old' '<!-- end -->' '<!-- report: parts -->' '<!-- end -->' 'prose' \
        '<!-- report: podman -->' \
        '<!-- end -->' '<!-- report: times -->' '<!-- end -->' 'prose after' >"$docs/BENCHMARKS.md"
    samples=$docs/samples.tsv
    : >"$samples"
}

# sample LABEL NAME CPU...: one line for each time
sample() {
    local cpu
    for cpu in "${@:3}"; do printf '%s\t%s\t%s\t%s\t2048\n' "$1" "$2" "$((cpu * 2)).0" "$cpu" >>"$samples"; done
}

testRatiosArePaired() {
    sample podman floor 100 200 400
    sample podman true 50 100 200
    sample podman kernel 60 120 240
    sample podman 'set-up' 150 400 1000
    printf 'hybrid\tpredecessor\t1000\t900\t9999\n' >>"$samples"
    run "$report" "$samples" "$docs"
    assertEquals 0 "$status"
    assertContains "$out" '| set-up, nothing is mounted yet | ≤ 1.6 | 2.00 (1.75–2.25) | – | – |'
    assertContains "$out" "| F and the kernel's share of a set-up | | 1.10 | – | – |"
    assertContains "$out" '| peak memory, the most of all | ≤ 4 MiB | 2.0 MiB |'
    assertContains "$(cat "$docs/BENCHMARKS.md")" '| podman | set-up | 3 | 800 (550–1400) | 400 (275–700) | 2048 |'
}

testPartsAddUp() {
    sample podman true 50
    sample podman floor 100
    sample podman kernel 80
    sample podman 'not ours' 110
    sample podman 'second call' 125
    sample podman 'set-up' 175
    "$report" "$samples" "$docs" >/dev/null
    assertEquals '1.00 0.30 0.10 0.15 0.20 1.75' "$(sed -n '/report: parts/,/end/s/^| [^|]* | \([0-9.]*\) |.*/\1/p' "$docs/BENCHMARKS.md" | paste -sd ' ')"
}

testProseStaysAndResultsAreReplaced() {
    sample podman floor 100
    "$report" "$samples" "$docs" >/dev/null
    cp "$docs/BENCHMARKS.md" "$docs/first"
    "$report" "$samples" "$docs" >/dev/null
    assertTrue 'twice is once' "cmp '$docs/first' '$docs/BENCHMARKS.md'"
    assertEquals 'prose before,prose,prose after' "$(grep prose "$docs/BENCHMARKS.md" | paste -sd ,)"
    assertNotContains "$(cat "$docs/BENCHMARKS.md")" old
    assertContains "$(cat "$docs/BENCHMARKS.md")" '(not measured)'
}

testIntervals() {
    printf 'podman\t%s\t%s\t0\t0\n' 'none, running' 1000000 'no-op, running' 1100000 'ours, running' 1130000 \
        'none, running' 1000000 'no-op, running' 1100000 'ours, running' 1150000 >"$samples"
    "$report" "$samples" "$docs" >/dev/null
    # differences of 30 and 50 ms: mean 40, deviation 14.1, 1.96 of it by the root of 2
    assertContains "$(cat "$docs/BENCHMARKS.md")" '| +40.0 ± 19.6 ms (+3.6 ± 1.8 %) | +140.0 ± 19.6 ms (+14.0 ± 2.0 %) |'
}

testPlots() {
    local kind
    for kind in 0 1000 3000; do
        sample "mounts $kind" floor 1000
        sample "mounts $kind" 'second call' 1500
        sample "mounts $kind" 'set-up' "$((2000 + kind))"
    done
    "$report" "$samples" "$docs" >/dev/null
    # 5 ms is the top: 0.28 of a pixel for each 5 µs
    assertContains "$(cat "$docs/benchmarks/mounts.svg")" 'points="70.0,188.0 250.0,132.0 610.0,20.0"'
    assertContains "$(cat "$docs/benchmarks/mounts.svg")" 'ms, processor'
    assertFalse 'a plot of nothing' "[ -e '$docs/benchmarks/files.svg' ]"
}

testNoSamples() {
    echo 'something else' >"$samples"
    run "$report" "$samples" "$docs"
    assertNotEquals 0 "$status"
    assertContains "$err" 'line 1 is no sample: something else'
    assertContains "$(cat "$docs/BENCHMARKS.md")" old
}

. shunit2
