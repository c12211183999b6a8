# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # ids, others and sleeps are in-load.sh's
# A service of the host fails in the middle of starts and ends of containers; after in-load.sh.

# what the runtime is run by
around=()
one_second="$sleeps | (.hooks.createRuntime[1].args, .hooks.poststop[1].args) += [\"--timeout=1\"]"

# run_one ID, end_one ID: one start and one end, which must work
run_one() {
    must_work "$1" start --systemd-cgroup run -d --bundle "$load_dir/$1" "$1"
}

end_one() {
    must_work "$1" end delete -f "$1"
}

must_work() {
    local id=$1 what=$2
    shift 2
    "${around[@]}" "$RUNTIME" "$@" </dev/null >"$load_dir/$id/said" 2>&1 ||
        fail "$fault, $what of $id: $(cat "$load_dir/$id/said")"
}

# warned: the short ids of those for which oci-register-machine has warned, one for each warning
warned() {
    said | sed -n 's/^\([0-9a-f]\{12\}\): Failed to \(un\)\?register with systemd-machined: .*, ignoring$/\1/p'
}

# under FAULT BREAK MEND: as many containers end as others start; after a third of them BREAK is called, after two MEND
under() {
    local break_it=$2 mend_it=$3 i count before others starts=()
    fault=$1
    count=$(size 3 15)
    before=$(host_state) others=$(journals)
    template busybox "$one_second"
    new_ids $((6 * count))
    bundles "${ids[@]}"
    for ((i = 0; i < 3 * count; i++)); do run_one "${ids[i]}"; done
    mark
    for ((i = 0; i < 3 * count; i++)); do
        [ $i -ne "$count" ] || $break_it
        [ $i -ne $((2 * count)) ] || $mend_it
        run_one "${ids[3 * count + i]}"
        end_one "${ids[i]}"
    done
    starts=("${ids[@]:3 * count}")
    assert_heals "${starts[@]}"
    side_by_side delete_one "${starts[@]}"
    assert_journals_go "${ids[@]}"
    assert_state "$before" "$fault: left on the host"
    report "$fault" "$((9 * count)) starts and ends" "$warnings warnings, $lost not registered until they were restarted"
}

# assert_heals ID...: which run: machined knows them, or there was a warning, and knows them when they are restarted
assert_heals() {
    local id known messages
    assertEquals "$fault: run" $# "$(containers | wc -l)"
    messages=$(said)
    warnings=$(warned | wc -l) lost=0
    assertEquals "$fault: other messages" '' "$(grep -v ': Failed to \(un\)\?register with systemd-machined: .*, ignoring$' <<<"$messages")"
    assertEquals "$fault: more than one warning" '' "$(warned | sort | uniq -d)"
    wait_for 20 settled "$@"
    known=$(machines)
    for id; do
        grep -qx "${id::32}" <<<"$known" && continue
        lost=$((lost + 1))
        assertContains "$fault: not registered without a warning" "$(warned)" "${id::12}"
        end_one "$id"
        run_one "$id"
    done
    assertEquals "$fault: machines" "$(containers)" "$(leaders)"
}

# settled ID...: machined has no others than these
settled() {
    [ -z "$(comm -23 <(machines) <(printf '%.32s\n' "$@" | sort))" ]
}

# again COMMAND...: over and over, in the background; enough: no more
again() {
    while [ -e "$SHUNIT_TMPDIR/again" ]; do
        "$@" 2>/dev/null
        sleep 0.2
    done
}

enough() {
    rm "$SHUNIT_TMPDIR/again"
    wait
}
