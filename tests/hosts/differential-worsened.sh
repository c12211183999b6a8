#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The differential test is not blind: hooks made worse by hand (differential/worsen) are seen, where the right ones are not.
#
#   WORSENED="FIRST LAST"    find a seed for each as well
# shellcheck disable=SC2154 # lib.sh has programs and verdict
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/differential/lib.sh
. "${0%/*}/differential/lib.sh"

right=$hooks

oneTimeSetUp() {
    uncover_kernel_files
    make_images
}

# differs_by_hooks DIRECTORY: whether the container of `wanted` differs with the hooks there
differs_by_hooks() {
    hooks=$1
    compare "$RUNTIME" wanted
    hooks=$right
    [ "$verdict" = differs ]
}

# first_seed DIRECTORY: of WORSENED, the first with which only the hooks there differ
first_seed() {
    local seed first last
    read -r first last <<<"$WORSENED"
    for ((seed = first; seed <= last; seed++)); do
        "$programs/generate" $seed >wanted
        differs_by_hooks "$1" || continue
        differs_by_hooks "$right" || { echo $seed && return; }
    done
    echo none
}

testEachIsSeen() {
    local name elements count=0
    cd "$state" || return
    while IFS='|' read -r name _ _ elements; do
        case $name in '#'* | '') continue ;; esac
        name=${name// /}
        count=$((count + 1))
        tr ';' '\n' <<<"$elements" | sed 's/^ *//; s/ *$//' >wanted
        differs_by_hooks "$right"
        assertEquals "$name: the right hooks" same "$verdict"
        differs_by_hooks "$programs/worsened/$name"
        assertEquals "$name" differs "$verdict"
        echo "report: | $name | $(sed 's/^ *//; s/ *$//' <<<"$elements") | $(head -n 1 result) | \
$([ -z "${WORSENED:-}" ] || first_seed "$programs/worsened/$name") |"
    done <"$here/worsened"
    assertTrue 'at least eight' "[ $count -ge 8 ]"
}

. shunit2
