#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# Hook calls that hooks/record saved on real hosts, tests/data/recorded/*: state and config.json are understood, and the plan is
# that of the file `plan` beside them, which is all that has to be added to such a folder.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
. "${0%/*}/../lib/check-bundle.sh"
enter_check_host "$@"

# recorded_plan FOLDER: what the hooks would do; nsdelegate is this machine's own
recorded_plan() {
    bundle=$SHUNIT_TMPDIR/$(jq -r .id "$1/state.json")
    mkdir -p $bundle && cp "$1/config.json" $bundle
    check explain $bundle
    assertEquals "$1: $err" 0 "$((status / 2))"
    text_of hook-plan | sed 's/^at the next start //' | grep -v 'would make all but the delegated files'
}

testPlans() {
    local folder n=0
    for folder in "$TEST_DATA"/recorded/*/; do
        assertEquals "$folder" "$(cat "$folder/plan")" "$(recorded_plan "$folder")"
        n=$((n + 1))
    done
    assertTrue "$n folders" "[ $n -ge 1 ]"
}

# The hooks take the state and config.json: the container's process is another one here, so they find nothing to do.
testInputIsUnderstood() {
    local folder program
    for folder in "$TEST_DATA"/recorded/*/; do
        bundle=$SHUNIT_TMPDIR/understood
        mkdir -p $bundle && cp "$folder/config.json" $bundle
        for program in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
            jq -c --arg bundle $bundle --argjson pid $$ '.bundle = $bundle | .pid = $pid' "$folder/state.json" >$bundle/state.json
            run "$program" --explain <$bundle/state.json
            assertEquals "$folder $program: $err" 0 "$status"
            assertContains "$folder $program: $out" "$out" nothing
        done
    done
}

. shunit2
