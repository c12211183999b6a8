#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check explain: a container by bundle, id, name and process, and what is said of it.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
. "${0%/*}/../lib/check-bundle.sh"
need setfattr
enter_check_host "$@"

testDeadContainer() {
    make_bundle
    explain
    assertEquals "$out" 0 "$status"
    assertEquals "is for the hooks: its command is systemd (command '/sbin/init')" "$(text_of decision)"
    assertContains "$(text_of container)" "bundle $bundle"
    assertContains "$(text_of container-id)" $MACHINE
    assertEquals ok "$(level_of container-journal /var/log/journal/$MACHINE)"
    assertEquals ok "$(level_of hook-called oci-systemd-hook)"
    assertEquals ok "$(level_of hook-called oci-register-machine)"
    assertEquals "matches for podman: the command '/sbin/init', by ^/(usr/)?(local/)?s?bin/init\$" "$(text_of hook-match $HOOKS/oci-systemd-hook.json)"
}

testNotOurs() {
    make_bundle
    edit '.process.args = ["/bin/sh"] | del(.hooks)'
    explain
    assertContains "$(text_of decision)" 'not for the hooks'
    assertEquals note "$(level_of hook-not-called oci-systemd-hook)"
    assertContains "$(text_of hook-match $HOOKS/oci-systemd-hook.json)" 'does not match for podman'
    assertEquals 0 "$status"
}

testOptOut() {
    make_bundle
    edit '.annotations["io.containers.systemd-hook"] = "false"'
    rm -r $bundle/rootfs/*
    explain
    assertContains "$(text_of decision)" 'annotation opts out'
}

testRootFileSystemIsNotMounted() {
    make_bundle
    rm -r $bundle/rootfs/*
    explain
    assertEquals note "$(level_of decision-unknown)"
}

testHooksCameLater() {
    make_bundle
    edit 'del(.hooks)'
    explain
    assertEquals "hook-not-called oci-register-machine
hook-not-called oci-systemd-hook" "$(wrong)"
}

testConditions() {
    make_bundle
    # condition filter, words expected
    while IFS=$'\t' read -r filter words; do
        jq "$filter" $HOOKS/oci-systemd-hook.json >$HOOKS/probe.json
        explain
        assertContains "$filter" "$(text_of hook-match $HOOKS/probe.json)" "$words"
    done <<'END'
.when = {"always": true}	matches for podman: "always"
.when = {"always": false}	does not match
.when = {"commands": ["init"]}	matches for podman: the command
.when = {"commands": ["^init$", "^/sbin/x"]}	does not match
.when = {"commands": ["init(?:x)?"]}	may match
.when = {"annotations": {"^io\\.container\\.manager$": "libpod"}}	matches for podman: the annotation
.when = {"annotations": {"^io\\.container\\.manager$": "cri"}}	does not match for podman: the annotation
.when = {"annotations": {"manager": "libpod"}, "commands": ["sh$"]}	does not match for podman: the command
.when = {"hasBindMounts": true}	may match
END
}

testStopSignal() {
    make_bundle
    edit '.annotations["org.opencontainers.image.stopSignal"] = "15"'
    explain
    assertEquals "container-stop-signal $ID" "$(wrong)"
    edit '.process.args = ["/bin/sh"]'
    explain
    assertNull "a shell's is its own affair" "$(wrong)"
}

testWholeCgroupTree() {
    make_bundle
    edit '.linux.namespaces = [{type: "mount"}] | .mounts = [{type: "bind", source: "/sys/fs/cgroup", destination: "/sys/fs/cgroup", options: ["rbind", "rw"]}]'
    explain
    assertEquals "container-cgroup-wide $ID" "$(wrong)"
    edit '.mounts[0].options = ["rbind", "ro"]'
    explain
    assertNull "$(wrong)"
}

testForeignJournal() {
    make_bundle
    mkdir -p /var/log/journal/$MACHINE
    check explain $bundle
    assertEquals "container-journal-foreign /var/log/journal/$MACHINE" "$(wrong)"
    setfattr -n trusted.oci-systemd-hook.owner -v $'other\n/bundle' /var/log/journal/$MACHINE
    check explain $bundle
    assertEquals "container-journal-foreign /var/log/journal/$MACHINE" "$(wrong)"
}

testArgumentsInConfigCount() {
    make_bundle
    edit '.hooks.createRuntime[1].args += ["--journal=no", "--id-from-env"] | .process.env += ["container_uuid=11111111-2222-3333-4444-555555555555"]'
    check explain $bundle
    assertContains "$(text_of container-id)" 11111111222233334444555555555555
    assertEquals note "$(level_of container-journal-none)"
}

# A file that is empty is for systemd to write to, and any other without an id is the user's mistake.
testMachineIdOfTheUser() {
    local text
    make_bundle
    edit '.mounts = [{type: "bind", source: "machine-id", destination: "/etc/machine-id", options: ["rbind"]}]'
    for text in '' uninitialized 11111111222233334444555555555555; do
        printf '%s' "${text:+$text$'\n'}" >$bundle/machine-id
        explain
        assertNull "$text" "$(level_of container-id-unreadable)"
        assertEquals "$text" ok "$(level_of container-id $ID)"
    done
    assertContains "$(text_of container-id)" 11111111222233334444555555555555
    echo 'no id' >$bundle/machine-id
    explain
    assertEquals "container-id-unreadable $ID" "$(wrong)"
    assertNull "a hash of its names is not its id" "$(text_of container-id)"
    rm $bundle/machine-id
    explain
    assertEquals "container-id-unreadable $ID" "$(wrong)"
}

# The annotation's file called it, with no options; the administrator's copy of the other one has them.
testOptionsOfAllFilesCount() {
    local admin=/etc/containers/oci/hooks.d

    make_bundle
    edit '.process.env += ["container_uuid=11111111-2222-3333-4444-555555555555"]'
    mkdir -p $admin
    jq '.hook.args += ["--journal", "no", "--id-from-env"]' $HOOKS/oci-systemd-hook.json >$admin/oci-systemd-hook.json
    check explain $bundle
    assertContains "$(text_of container-id)" 11111111222233334444555555555555
    assertEquals note "$(level_of container-journal-none)"
    assertContains "$(text_of container-journal-none)" 'the journal mode is no'
    jq '.hook.args += ["--machine-name=hostname"]' $HOOKS/oci-register-machine.json >$admin/oci-register-machine.json
    edit '.hostname = "quiet"'
    check explain $bundle
    assertContains "$(text_of hook-plan oci-register-machine)" 'register it as quiet'
}

# config.json has no call: what matches now counts, from whatever directory
testOptionsOfTheNextStart() {
    make_bundle
    edit 'del(.hooks)'
    edit_hook '.hook.args += ["--journal=no"]' $HOOKS/oci-systemd-hook.json
    check explain $bundle
    assertEquals note "$(level_of container-journal-none)"
}

testOptionsThatTheHookDoesNotTake() {
    local admin=/etc/containers/oci/hooks.d

    make_bundle
    mkdir -p $admin
    jq '.hook.args += ["--jurnal=no"]' $HOOKS/oci-systemd-hook.json >$admin/a.json
    echo '{"oci-systemd-hook --": ' >$admin/b.json
    check explain $bundle
    assertEquals error "$(level_of hook-options-refused $admin/a.json)"
    assertContains "$(text_of hook-options-refused)" "oci-systemd-hook refuses its options: Unknown option '--jurnal=no'"
    assertEquals warning "$(level_of hook-options-unread $admin/b.json)"
    assertNull "$err" "$err"
}

# In this test's own cgroup, which is no unit of the container's.
testRunningContainer() {
    local pid
    make_bundle
    unshare -m sleep 900 &
    pid=$!
    mkdir -p /run/crun/web
    jq -n --argjson pid $pid --arg bundle $bundle '{$pid, $bundle}' >/run/crun/web/status
    check explain web
    assertContains "$(text_of container web)" "runs as process $pid"
    check explain $pid
    assertContains "by its process" "$(text_of container web)" "runs as process $pid"
    mkdir -p /run/runc/$ID
    jq -n --argjson pid $pid --arg bundle "bundle=$bundle" '{init_process_pid: $pid, config: {labels: ["x=y", $bundle]}}' >/run/runc/$ID/state.json
    explain $ID
    assertContains "$(text_of container $ID)" "runs as process $pid"
    edit '.annotations["io.containers.systemd-hook"] = "true"'
    explain
    assertEquals "container-unit $ID" "$(wrong)"
    kill $pid
    wait $pid 2>/dev/null
    explain $ID
    assertContains "$(text_of container $ID)" 'does not run'
}

testNameIsPodmans() {
    make_bundle
    # shellcheck disable=SC2016 # expanded there
    printf '#!/bin/sh\n[ "$1 $2 $3 $4" = "container inspect -- -web" ] || exit 125\ncat <<END\n%s\nEND\n' \
        "$(jq -n --arg id $ID --arg path $bundle/config.json '[{Id: $id, OCIConfigPath: $path, State: {Pid: 0}}]')" >/usr/local/bin/podman
    run "$CHECK" --json explain -- -web
    assertContains "$out$err" "bundle $bundle"
    [ ! -e /usr/bin/podman ] || return 0
    run "$CHECK" explain nobody
    assertEquals 2 "$status"
    assertEquals "oci-hooks-check: No container 'nobody' is to be found" "$err"
}

testBrokenConfig() {
    make_bundle
    echo '{' >$bundle/config.json
    check explain $bundle
    assertEquals "container-config $bundle" "$(wrong)"
    run "$CHECK" explain /nonexistent/bundle
    assertEquals 2 "$status"
}

# Names and texts of a container are shown, never obeyed.
testHostileText() {
    make_bundle
    edit '.process.args = ["/sbin/init\u001b[2J"]'
    run "$CHECK" explain $bundle
    assertNotContains "$out" $'\033'
    assertContains "$out" 'x1b[2J'
}

. shunit2
