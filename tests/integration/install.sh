#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# `make install`: what lands where, and that engines can use the JSON as it lies there.
. "${0%/*}/../lib/common.sh"
need jq make

JSON_NAMES='oci-register-machine-annotation.json
oci-register-machine.json
oci-systemd-hook-annotation.json
oci-systemd-hook.json'

# A make of its own, not a child of the one that runs the tests.
quiet_make() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP_BUILDDIR" "$@"
}

# value NAME: a variable of the Makefile
value() {
    # shellcheck disable=SC2016 # make expands it
    printf 'include Makefile\nprint-value: ; @echo "$(%s)"\n' "$1" | quiet_make -f - print-value
}

oneTimeSetUp() {
    stage=$SHUNIT_TMPDIR/stage
    quiet_make install DESTDIR="$stage" >"$SHUNIT_TMPDIR/install.log" 2>&1 || {
        cat "$SHUNIT_TMPDIR/install.log"
        return 1
    }
    hooksdir=$stage$(value hooksdir)
    hooksbindir=$(value hooksbindir)
}

# matches TEXT FILTER FILE: any regex that the jq FILTER finds in FILE matches TEXT
matches() {
    local regex
    while IFS= read -r regex; do
        ! grep -Eq -- "$regex" <<<"$1" || return 0
    done < <(jq -r "$2" "$3")
    return 1
}

testJsonNames() {
    assertEquals "$JSON_NAMES" "$(ls "$hooksdir")"
}

testJsonIsValid() {
    local name faults
    for name in $JSON_NAMES; do
        hooks_json_faults "$hooksdir/$name"
        assertNull "$name: $faults" "$faults"
    done
}

testJsonKeepsOurPromises() {
    local name file program
    for name in $JSON_NAMES; do
        file=$hooksdir/$name program=${name%.json} program=${program%-annotation}
        assertEquals "$name" "$hooksbindir/$program" "$(jq -r .hook.path "$file")"
        assertEquals "$name" "[\"$program\"]" "$(jq -c .hook.args "$file")"
        assertEquals "$name" '["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]' "$(jq -c .hook.env "$file")"
        assertEquals "$name" 10 "$(jq .hook.timeout "$file")"
        assertEquals "$name" '["createRuntime","poststop"]' "$(jq -c .stages "$file")"
        assertEquals "$name" 1 "$(jq '.when | length' "$file")"
    done
}

# What hooks.d says of a hook, the CDI device says for both of its stages.
testCdiDeviceHasTheSameHooks() {
    local file program when
    file=$stage$(value cdidir)/oci-systemd-hooks-container.json
    assertEquals '["0.3.0","oci-systemd-hooks/container",1,"systemd",4]' "$(jq -c '[.cdiVersion, .kind, (.devices | length),
        .devices[0].name, (.devices[0].containerEdits.hooks | length)]' "$file")"
    for program in oci-systemd-hook oci-register-machine; do
        for when in createRuntime poststop; do
            assertEquals "$program $when" "$(jq -cS .hook "$hooksdir/$program.json")" \
                "$(jq -cS --arg when $when --arg program $program '.devices[0].containerEdits.hooks[]
                    | select(.hookName == $when and .args[0] == $program) | del(.hookName)' "$file")"
        done
    done
}

# Without `env` runtimes hand down their own, LD_PRELOAD included.
testFragmentsHaveAnEnvironment() {
    local file files
    files=$(find "$stage" -name config.json)
    assertEquals "$files" 2 "$(wc -l <<<"$files")"
    for file in $files; do
        assertEquals "$file" '[["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]]' "$(jq -c '[.hooks[][].env] | unique' "$file")"
    done
}

testProgramsAreWhereTheJsonSays() {
    local name path
    for name in $JSON_NAMES; do
        path=$(jq -r .hook.path "$hooksdir/$name")
        assertTrue "$path" "[ -f '$stage$path' -a -x '$stage$path' ]"
        run "$stage$path" --version
        assertEquals "$path" 0 "$status"
        assertContains "$path" "$out" "$(value VERSION)"
        run "$stage$path" --help
        assertEquals "$path" 0 "$status"
    done
}

testCommands() {
    local name command
    for name in oci-systemd-hook.json oci-register-machine.json; do
        for command in /sbin/init /usr/sbin/init /usr/local/sbin/init /bin/init /usr/bin/init init \
            /lib/systemd/systemd /usr/lib/systemd/systemd systemd; do
            assertTrue "$name: $command" "matches '$command' '.when.commands[]' '$hooksdir/$name'"
        done
        for command in /init /dev/init /sbin/initx /usr/bin/xinit /sbin/init2 /opt/sbin/init ./init sbin/init \
            /usr/local/local/sbin/init systemd2 notsystemd /usr/bin/systemd-run /lib/systemd/systemd-journald /bin/sh; do
            assertFalse "$name: $command" "matches '$command' '.when.commands[]' '$hooksdir/$name'"
        done
    done
}

testAnnotations() {
    local program key file text
    for program in oci-systemd-hook oci-register-machine; do
        key=io.containers.${program#oci-} file=$hooksdir/$program-annotation.json
        assertTrue "$key" "matches '$key' '.when.annotations | keys[]' '$file'"
        for text in "x$key" "${key}x" "$key.journal" "${key/./x}" io.containers; do
            assertFalse "$text" "matches '$text' '.when.annotations | keys[]' '$file'"
        done
        for text in true yes on 1 enabled; do
            assertTrue "$text" "matches $text '.when.annotations[]' '$file'"
        done
        for text in false no off 0 disabled TRUE true1 untrue '' 11; do
            assertFalse "'$text'" "matches '$text' '.when.annotations[]' '$file'"
        done
    done
}

# The rules themselves: each change below breaks a container somewhere, so it must be seen.
testFaultsAreSeen() {
    local change faults broken=$SHUNIT_TMPDIR/broken.json
    for change in '.version = "1.0"' 'del(.version)' '.hook.path = "hook"' '.hook.path = ""' 'del(.hook)' \
        'del(.hook.args)' '.hook.args = []' 'del(.hook.env)' '.hook.env = ["PATH"]' '.hook.timeout = "10"' \
        '.hook.timeout = 0' '.hook.argv = []' 'del(.when)' '.when = {}' '.when = {"command": ["x"]}' \
        '.when = {"always": false}' '.when = {"always": "true"}' '.when.commands = "x"' '.when.commands = ["("]' \
        '.when.commands = ["(a)\\1"]' '.when.annotations = {"a": 1}' 'del(.stages)' '.stages = []' \
        '.stages = ["precreate"]' '.stages = ["createContainer"]' '.stages = ["PostStop"]' '.Stages = []' '[.]'; do
        jq "$change" "$hooksdir/oci-systemd-hook.json" >"$broken"
        hooks_json_faults "$broken"
        assertNotNull "not seen: $change" "$faults"
    done
    sed '$d' "$hooksdir/oci-systemd-hook.json" >"$broken"
    hooks_json_faults "$broken"
    assertNotNull 'not seen: cut short' "$faults"
}

testUnitsCallWhatIsInstalled() {
    local units command service unit
    units=$stage$(value systemdsystemunitdir)
    for service in oci-hooks-journals{,-ended}; do
        read -r command _ < <(sed -n 's/^ExecStart=//p' "$units/$service.service")
        assertTrue "$service: $command" "[ -x '$stage$command' ]"
    done
    for unit in oci-hooks-journals.timer oci-hooks-journals-ended.path; do
        assertTrue "$unit" "[ -e '$units/$unit' ]"
        assertContains "$(cat "$stage$(value systemdsystempresetdir)"/*.preset)" "enable $unit"
    done
}

testManPages() {
    local page pages
    pages=$(find "$stage" -path '*/man/man*' -type f)
    [ -n "$pages" ] || return 0
    command -v mandoc >/dev/null || { skip 'tool: mandoc is not installed'; return; }
    for page in $pages; do
        run mandoc -T lint -W warning "$page"
        assertEquals "$out$err" 0 "$status"
        assertNotContains "$page" "$(cat "$page")" '@'
    done
}

testNothingNamesTheBuild() {
    run grep -rIl -e "$TOP_BUILDDIR" -e '@[a-z]*dir@' "$stage"
    # in distcheck the configured prefix is below the build directory: its paths are no leak
    case $(value prefix) in "$TOP_BUILDDIR"* | "${TOP_BUILDDIR%/_build*}"*) return 0 ;; esac
    assertNull "$out" "$out"
}

testUninstallLeavesNothing() {
    cp -a "$stage" "$stage.copy"
    run quiet_make uninstall DESTDIR="$stage.copy"
    assertEquals "$err" 0 "$status"
    assertNull "$(find "$stage.copy" ! -type d)"
}

. shunit2
