#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err, status and faults are set by run and hooks_json_faults
# What is written for users is true to the programs: options, annotations, examples, fragments.
. "${0%/*}/../lib/common.sh"
need jq

HOOKS='oci-systemd-hook oci-register-machine'
PROGRAMS="$HOOKS oci-hooks-check"

page_of() {
    echo "$TOP_BUILDDIR"/hooks/*/"$1.1"
}

# options_in_page PAGE, annotations_in_page PAGE: those that have an entry of their own
options_in_page() {
    sed -n 's/^\.It Fl \(-[a-z-]*\).*/-\1/p' "$1" | sort
}

annotations_in_page() {
    sed -n 's/^\.It \(io\.containers\.[a-z.-]*\)$/\1/p' "$1"
}

options_of() {
    "$TOP_BUILDDIR/$1" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u
}


# entries PREFIX: what the tables of README tell about and begins so
entries() {
    sed -n '/^## Where it works/q; s/^| \(`[^|]*\)|.*/\1/p' "$TOP_SRCDIR/README.md" | grep -oE "\`$1[a-z.-]*" | tr -d '`' | sort -u
}

annotations_in_source() {
    grep -rhoE '"io\.containers\.[a-z.-]+"' "$TOP_SRCDIR/src" | tr -d '"' | sort -u
}

# examples PAGE: splits the JSON examples of a man page into $SHUNIT_TMPDIR/example.N
examples() {
    rm -f "$SHUNIT_TMPDIR"/example.*
    awk -v base="$SHUNIT_TMPDIR/example." '/^\.Ed/ { file = "" } file { print >file }
        /^\.Bd -literal/ { getline; if ($0 == "{") { file = base (++n); print >file } }' "$1"
}

testOptionsAreInTheManPage() {
    local program
    for program in $PROGRAMS; do
        assertEquals "$program" "$(options_of "$program")" "$(options_in_page "$(page_of "$program")")"
        assertNotNull "$program" "$(options_of "$program")"
    done
}

# findings_in_source, findings_in_page: the names that oci-hooks-check gives them
findings_in_source() {
    cat "$TOP_SRCDIR"/src/check/*.c | tr -d '\n' | grep -oE '(report_add|hook_refuse)\([^";]*"[a-z-]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u
}

findings_in_page() {
    sed -n '/^\.Sh FINDINGS/,/^\.Sh JSON/s/^\.It \([a-z][a-z-]*\)$/\1/p' "$(page_of oci-hooks-check)" | sort
}

testFindingsAreInTheManPage() {
    assertEquals "$(findings_in_source)" "$(findings_in_page)"
    assertContains "$(findings_in_page)" hook-syntax
}

testEachFindingHasATest() {
    local finding tests
    tests=$(cat "$TOP_SRCDIR"/tests/integration/check-*.sh "$TOP_SRCDIR"/tests/lib/odd-hooks.sh "$TOP_SRCDIR"/tests/hosts/{check*,selinux}.sh)
    for finding in $(findings_in_source); do
        grep -qE "(^|[^a-z-])$finding(\$|[^a-z-])" <<<"$tests" || fail "no test names $finding"
    done
}

testCompletionKnowsAllOptions() {
    local options
    options=$(. "$TOP_SRCDIR/hooks/check/oci-hooks-check.bash" && COMP_WORDS=(oci-hooks-check --) COMP_CWORD=1 && _oci_hooks_check && printf '%s\n' "${COMPREPLY[@]}" | sort)
    assertEquals "$(options_of oci-hooks-check)" "$options"
}

testOptionsAreInReadme() {
    local program
    assertEquals "$(for program in $HOOKS; do options_of "$program"; done | sort -u)" "$(entries --)"
}

testAnnotationsAreInTheManPages() {
    local program
    assertEquals "$(annotations_in_source)" \
        "$(for program in $HOOKS; do annotations_in_page "$(page_of "$program")"; done | sort -u)"
}

testAnnotationsAreInReadme() {
    assertEquals "$(annotations_in_source)" "$(entries io.containers.)"
    assertContains "$(annotations_in_source)" io.containers.systemd-hook
}

testExamplesAreValid() {
    local program example n=0 faults
    for program in $HOOKS; do
        examples "$(page_of "$program")"
        for example in "$SHUNIT_TMPDIR"/example.*; do
            hooks_json_faults "$example"
            assertNull "$program: $faults in $(cat "$example")" "$faults"
            n=$((n + 1))
        done
    done
    assertTrue "$n examples" "[ $n -ge 1 ]"
}

# An override that drops a condition or a stage would be a trap.
testOverrideDiffersInArgumentsOnly() {
    local program change='.hook.args = null'
    for program in $HOOKS; do
        examples "$(page_of "$program")"
        assertEquals "$program" "$(jq -cS "$change" "$TOP_BUILDDIR/hooks.d-json/$program.json")" \
            "$(jq -cS "$change" "$SHUNIT_TMPDIR/example.1")"
    done
}

testFragmentsCallWhatTheJsonCalls() {
    local program stage
    for program in $HOOKS; do
        for stage in createRuntime poststop; do
            assertEquals "$program $stage" "$(jq -cS '[.hook]' "$TOP_BUILDDIR/hooks.d-json/$program.json")" \
                "$(jq -cS ".hooks.$stage" "$(page_of "$program" | sed 's|/[^/]*$||')/config.json")"
        done
    done
}

testMergeAddsHooksAndReplacesLists() {
    local merged
    printf '%s' '{"ociVersion": "1.0.2", "process": {"terminal": true, "cwd": "/", "capabilities": {"bounding": ["CAP_X"]}},
        "root": {"path": "rootfs"}, "hooks": {"prestart": [{"path": "/p"}], "poststop": [{"path": "/q"}]}}' >"$SHUNIT_TMPDIR/config.json"
    run jq -n -f "$TOP_SRCDIR/hooks/merge.jq" "$SHUNIT_TMPDIR/config.json" "$TOP_BUILDDIR"/hooks/{systemd,register-machine}-hook/config.json
    assertEquals "$err" 0 "$status"
    merged=$out
    assertEquals '["/p"]' "$(jq -c '[.hooks.prestart[].path]' <<<"$merged")"
    assertEquals '["oci-systemd-hook","oci-register-machine"]' "$(jq -c '[.hooks.createRuntime[].args[0]]' <<<"$merged")"
    assertEquals '[null,"oci-systemd-hook","oci-register-machine"]' "$(jq -c '[.hooks.poststop[].args[0]]' <<<"$merged")"
    assertEquals '["1.0.2",false,"/","rootfs",11]' \
        "$(jq -c '[.ociVersion, .process.terminal, .process.cwd, .root.path, (.process.capabilities.bounding | length)]' <<<"$merged")"
}

testMergeLeavesAloneWhatNoFragmentNames() {
    echo '{"a": {"b": [1]}}' >"$SHUNIT_TMPDIR/config.json"
    assertEquals '{"a":{"b":[1]}}' "$(jq -c -n -f "$TOP_SRCDIR/hooks/merge.jq" "$SHUNIT_TMPDIR/config.json")"
}

# A row of "Where it works" is worth what its test is: that is there, and tools/ci runs it.
testEnvironmentsNameTestsThatRun() {
    local row file
    sed -n '/^## Where it works/,/^## [^W]/p' "$TOP_SRCDIR/README.md" | grep '^| [^-]' | tail -n +2 >"$SHUNIT_TMPDIR/rows"
    assertTrue "rows" "[ $(wc -l <"$SHUNIT_TMPDIR/rows") -ge 2 ]"
    while IFS= read -r row; do
        # shellcheck disable=SC2016 # backquotes are README's
        grep -oE '`[a-zA-Z0-9_./-]+\.(sh|c)`' <<<"${row%|}" | tr -d '`' >"$SHUNIT_TMPDIR/files"
        assertTrue "names no test: $row" "[ -s '$SHUNIT_TMPDIR/files' ]"
        while IFS= read -r file; do
            case $file in
            */*) assertTrue "$file" "[ -e '$TOP_SRCDIR/$file' ]" ;;
            *)
                assertTrue "$file" "[ -e '$TOP_SRCDIR/tests/hosts/$file' ]"
                grep -v '^#' "$TOP_SRCDIR/tests/hosts/plan" | grep -qE "areas.* ${file%.sh}( |\$)" ||
                    [[ $file == podman-* || $file == bare-runtime.sh || $file == machined.sh ]]
                assertTrue "no line of tests/hosts/plan runs $file" $?
                ;;
            esac
        done <"$SHUNIT_TMPDIR/files"
    done <"$SHUNIT_TMPDIR/rows"
}

# tests/hosts/documents*.sh try what is marked as typed, in every document that has it.
testDocumentsWithCommandsAreTried() {
    local file n=0
    # shellcheck disable=SC2016 # the mark of a block
    while IFS= read -r file; do
        assertContains "$file" "$(cat "$TOP_SRCDIR"/tests/hosts/documents*.sh)" "try_document \$installed/${file#"$TOP_SRCDIR"/}"
        n=$((n + 1))
    done < <(grep -l '^```console' "$TOP_SRCDIR"/README.md "$TOP_SRCDIR"/docs/*.md "$TOP_SRCDIR"/hooks/*.md)
    assertTrue "$n documents" "[ $n -ge 4 ]"
}

# Each defect of the predecessors has its row, and each row a test that is there and that make check or tests/hosts/plan runs.
testDefectsNameTestsThatRun() {
    local row file function list
    sed -n '/^## Defects/,/^## [^D]/p' "$TOP_SRCDIR/docs/SECURITY-TESTS.md" | grep -E '^\| R?[0-9]+ ' >"$SHUNIT_TMPDIR/rows"
    assertEquals "$(seq 56; printf 'R%d\n' {1..14})" "$(cut -d ' ' -f 2 "$SHUNIT_TMPDIR/rows")"
    list=$(cat "$TOP_SRCDIR/tests/module.am" "$TOP_SRCDIR/tests/hosts/plan")
    while IFS= read -r row; do
        # shellcheck disable=SC2016 # backquotes are the page's
        grep -oE '`[a-z0-9/-]+\.(sh|c): [a-zA-Z0-9_]+`' <<<"$row" | tr -d '`:' >"$SHUNIT_TMPDIR/tests"
        assertTrue "names no test: $row" "[ -s '$SHUNIT_TMPDIR/tests' ]"
        while read -r file function; do
            assertContains "$file is not run" "$list" "$(sed 's,^hosts/,,; s,podman-.*,areas,; s,\.sh$,,; s,\.c$,,' <<<"$file")"
            grep -qE "^(static void )?$function\((void)?\)( \{)?\$" "$TOP_SRCDIR/tests/$file" || fail "$file has no $function: $row"
        done <"$SHUNIT_TMPDIR/tests"
    done <"$SHUNIT_TMPDIR/rows"
}

# What each tool must see (tests/planted) stands in its row.
testPlantedFaultsAreDocumented() {
    local tool row
    while read -r tool row; do
        assertContains "$tool" "$(grep "^| $row" "$TOP_SRCDIR/docs/SECURITY-TESTS.md")" \
            "| $(grep -l "^ \* $tool: " "$TOP_SRCDIR"/tests/planted/*.c | sed 's,.*/,,; s/\.c$/,/' | paste -sd ' ' | sed 's/,$//') |"
    done < <(printf '%s\n' 'asan AddressSanitizer' 'valgrind valgrind' 'gcc gcc' 'tidy clang-tidy' 'cppcheck cppcheck')
}

. shunit2
