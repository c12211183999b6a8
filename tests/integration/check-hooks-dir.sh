#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2153,SC2154 # CHECK, out, err, status and good_hook are set by the files sourced
# oci-hooks-check --hooks-dir: a directory of hooks, before it is deployed.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/odd-hooks.sh"
need jq

setUp() {
    dir=$SHUNIT_TMPDIR/hooks.d
    rm -rf "$dir" "$dir.later"
    mkdir "$dir" "$dir.later"
}

check() {
    run "$CHECK" --hooks-dir "$dir" --json "$@"
    assertTrue "JSON: $out$err" "jq -e . >/dev/null <<<'${out//\'/}'"
}

# found CHECK [LEVEL]: the report has such a finding
found() {
    jq -e --arg check "$1" --arg level "${2:-}" '.findings | any(.check == $check and ($level == "" or .level == $level))' \
        <<<"$out" >/dev/null
}

# assert_clean WHY
assert_clean() {
    assertEquals "$1: $out$err" 0 "$status"
    assertEquals "$1: $out" 0 "$(jq '[.findings[] | select(.level == "error" or .level == "warning")] | length' <<<"$out")"
}

testGoodHook() {
    echo "$good_hook" >"$dir/good.json"
    check
    assert_clean good
    assertTrue "$out" 'found hook ok'
}

testNothingThere() {
    check
    assert_clean 'empty directory'
    dir=$dir/none check
    assertEquals 'asked for by name' 1 "$status"
    assertTrue "$out" 'found hooks-dir-missing error'
}

testFaultsOfFiles() {
    local name verdict check filter n=0
    while IFS=$'\t' read -r name verdict check filter; do
        rm -f "$dir"/*
        make_odd_hook "$filter" "$dir/$name.json"
        check
        if [ "$check" = - ]; then
            assert_clean "$name"
        else
            assertTrue "$name: $check in $out" "found $check"
        fi
        case $verdict in
        refused | crio | skipped | fails) assertTrue "$name: an error in $out" "[ $status = 1 ] && jq -e '.findings | any(.level == \"error\")' <<<'${out//\'/}' >/dev/null" ;;
        runs) assertFalse "$name: no error in $out" "found '$check' error" ;;
        esac
        n=$((n + 1))
    done < <(odd_hooks)
    assertTrue "$n kinds" "[ $n -ge 50 ]"
}

testLinks() {
    ln -s /dev/null "$dir/null.json"
    check
    assertTrue "$out" 'found hook-null-mask error'
    rm "$dir/null.json"
    ln -s nowhere "$dir/dangling.json"
    check
    assertTrue "$out" 'found hook-dangling warning'
    assertEquals 1 "$status"
    ln -sf /dev/zero "$dir/dangling.json"
    check
    assertTrue "no device is read: $out" 'found hook-null-mask'
    rm "$dir/dangling.json"
    mkdir "$dir/directory.json"
    check
    assertTrue "$out" 'found hook-not-a-file error'
    rmdir "$dir/directory.json"
    mkfifo "$dir/fifo.json"
    check
    assertTrue "nobody waits: $out" 'found hook-unreadable'
}

testNames() {
    echo '{' >"$dir/a.json.rpmsave"
    echo '{' >"$dir/b.txt"
    check
    assert_clean 'names of other files'
    echo "$good_hook" >"$dir/c.JSON"
    check
    assertTrue "$out" 'found hook-name warning'
}

testRelativeProgram() {
    jq '.hook.path = "true"' <<<"$good_hook" >"$dir/relative.json"
    check
    assertTrue "$out" 'found hook-relative-program error'
}

testLaterDirectory() {
    echo "$good_hook" >"$dir/a.json"
    jq '.hook.args = ["other"]' <<<"$good_hook" >"$dir.later/a.json"
    check --hooks-dir "$dir.later"
    assert_clean 'takes the place'
    assertTrue "$out" 'found hook-replaces note'
    jq '.hook.path = "/nonexistent"' <<<"$good_hook" >"$dir.later/a.json"
    check --hooks-dir "$dir.later"
    assertTrue "$out" 'found hook-replaces-not warning'
}

testFilesOfOneHookDifferInOptions() {
    cp /bin/true "$dir/oci-systemd-hook"
    jq --arg path "$dir/oci-systemd-hook" '.hook.path = $path' <<<"$good_hook" >"$dir/a.json"
    jq '.hook.args = ["oci-systemd-hook", "--journal=no"]' "$dir/a.json" >"$dir.later/b.json"
    check --hooks-dir "$dir.later"
    assertTrue "$out" 'found hook-options-differ error'
    cp "$dir.later/b.json" "$dir/a.json"
    check --hooks-dir "$dir.later"
    assert_clean 'the same in both'
}

# The engines' loader forgets all errors of a directory whose first is a missing program.
testMissingProgramHidesWhatFollows() {
    jq '.hook.path = "/nonexistent"' <<<"$good_hook" >"$dir/a.json"
    echo '{' >"$dir/b.json"
    check
    assertContains "$(jq -r '.findings[] | select(.check == "hook-syntax").advice' <<<"$out")" 'hides it'
    mv "$dir/a.json" "$dir/c.json"
    check
    assertContains "$(jq -r '.findings[] | select(.check == "hook-syntax").advice' <<<"$out")" 'podman starts no container'
}

testNotADirectory() {
    : >"$dir/file"
    dir=$dir/file check
    assertTrue "$out" 'found hooks-dir-not-a-directory error'
}

testForPeople() {
    local line
    echo '{' >"$dir/a.json"
    jq '.when.commands = ["[\u001b[31m"]' <<<"$good_hook" >"$dir/b.json"
    make_odd_hook '.when = {"command": []}' "$dir/a-rather-long-name-of-a-file-of-hooks.json"
    cd "$dir" || return
    run "$CHECK" --hooks-dir .
    cd "$OLDPWD" || return
    assertEquals "$err" 1 "$status"
    assertContains "$out" "error    ./a.json: line "
    assertContains "$out" '         -> '
    assertNotContains "$out" $'\033'
    assertContains "$out" '\x1b[31m'
    while IFS= read -r line; do
        assertTrue "wide: $line" "[ ${#line} -le 80 ]"
    done <<<"$out"
}

testColourOnATerminalOnly() {
    command -v script >/dev/null || { skip 'tool: script is not installed'; return; }
    echo '{' >"$dir/a.json"
    assertContains "$(script -qec "$CHECK --hooks-dir $dir" /dev/null </dev/null)" $'\033[31m'
    assertNotContains "$(NO_COLOR=1 script -qec "$CHECK --hooks-dir $dir" /dev/null </dev/null)" $'\033[31m'
}

testUsage() {
    local arguments
    for arguments in --nonsense --hooks-dir '--json=1' nonsense 'host host' '--js' --prune '--prune host' 'journals --dry-run' 'journals --older-than=30' \
        'journals --hooks-dir=.'; do
        # shellcheck disable=SC2086 # they are several
        run "$CHECK" $arguments
        assertEquals "$arguments" 2 "$status"
        assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
        assertNull "$arguments" "$out"
    done
}

. shunit2
