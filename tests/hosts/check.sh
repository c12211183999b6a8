#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run, good_hook by odd-hooks.sh
# oci-hooks-check on a host with podman: what it foretells of files of hooks is what podman and CRI-O's loader do with
# them; journals of containers that are gone go, by the service as it is shipped.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-check.sh
. "${0%/*}/in-check.sh"
# shellcheck source=tests/lib/odd-hooks.sh
. /srv/tests/lib/odd-hooks.sh

HOOKS=/usr/share/containers/oci/hooks.d

oneTimeSetUp() {
    need_image web
    need_image busybox
}

tearDown() {
    rm -rf $HOOKS/odd.json $HOOKS/odd2.json
}

oneTimeTearDown() {
    remove_all
}

testAllIsWell() {
    run oci-hooks-check
    assertEquals "$out$err" 0 "$status"
    assertContains "$out" "$(podman --version)"
}

# by_loader: what CRI-O does with the hooks directory: runs, never or refused
by_loader() {
    local config
    config=$(crio-loader $HOOKS 2>/dev/null <<<'{"process": {"args": ["x"]}, "annotations": {}}') || {
        echo refused
        return
    }
    jq -r 'if (.hooks // {} | length) > 0 then "runs" else "never" end' <<<"$config"
}

# by_podman: runs (which may be without the hook) or fails
by_podman() {
    if podman run --rm busybox /bin/echo x >/dev/null 2>&1; then echo runs; else echo fails; fi
}

testEnginesDoWhatIsForetold() {
    local name verdict filter loader podman
    while IFS=$'\t' read -r name verdict _ filter; do
        make_odd_hook "$filter" $HOOKS/odd.json
        podman=runs
        case $verdict in
        refused) loader=refused podman=fails ;;
        crio) loader=refused ;;
        fails) loader=runs podman=fails ;;
        never | skipped) loader=never ;;
        *) loader=runs ;;
        esac
        assertEquals "CRI-O's loader, $name" "$loader" "$(by_loader)"
        assertEquals "podman, $name" "$podman" "$(by_podman)"
    done < <(odd_hooks)
}

# A missing program hides the errors of the files that follow, not of those before.
testMissingProgramHides() {
    jq '.hook.path = "/nonexistent"' <<<"$good_hook" >$HOOKS/odd.json
    echo '{' >$HOOKS/odd2.json
    assertEquals runs "$(by_podman)"
    assertEquals never "$(by_loader)"
    mv $HOOKS/odd.json $HOOKS/zodd.json
    assertEquals fails "$(by_podman)"
    assertEquals refused "$(by_loader)"
    rm $HOOKS/zodd.json
}

testLinksAndDirectories() {
    ln -s /dev/null $HOOKS/odd.json
    assertEquals 'a link to /dev/null' refused,fails "$(by_loader),$(by_podman)"
    ln -sfn /nonexistent $HOOKS/odd.json
    assertEquals 'a link to nothing' never,runs "$(by_loader),$(by_podman)"
    rm $HOOKS/odd.json
    mkdir $HOOKS/odd.json
    assertEquals 'a directory' refused,fails "$(by_loader),$(by_podman)"
}

# manager FILE VALUE
manager() {
    mkdir -p "${1%/*}"
    printf '[engine]\ncgroup_manager = "%s"\n' "$2" >"$1"
}

# podman itself tells what came of its files.
testCgroupManagerIsPodmans() {
    local etc=/etc/containers/containers.conf.d last found
    while read -r last; do
        manager "${last%% *}" "${last##* }"
        check
        found=$(jq -r '.findings[] | select(.check == "engine-cgroupfs").subject' <<<"$out")
        assertEquals "$last" "$(podman info -f '{{.Host.CgroupManager}}')" "$([ -n "$found" ] && echo cgroupfs || echo systemd)"
    done <<END
$etc/50.conf cgroupfs
$etc/60.conf systemd
$etc/70.conf cgroupfs
$etc/70.conf.bak systemd
$etc/zz.conf systemd
END
    rm $etc/{50,60,70,zz}.conf $etc/70.conf.bak
}

testUnits() {
    run systemd-analyze verify --man=no oci-hooks-journals.service oci-hooks-journals.timer
    assertEquals "$err$out" 0 "$status"
    run systemctl preset oci-hooks-journals.timer
    assertEquals "$err" 0 "$status"
    assertEquals enabled "$(systemctl is-enabled oci-hooks-journals.timer)"
}

# The last: with the service's sandbox around it.
testJournals() {
    local gone stopped
    start gone web
    state_of gone >/dev/null
    gone=$machine
    podman rm -f -t 60 gone >/dev/null
    start stopped web
    state_of stopped >/dev/null
    stopped=$machine
    podman stop -t 60 stopped >/dev/null
    start web web
    check journals
    assertEquals "the container is gone" "$(jq -r --arg id "$gone" '.journals[] | select(.id == $id).state' <<<"$out")"
    assertEquals "in use" "$(jq -r --arg id "$machine" '.journals[] | select(.id == $id).state' <<<"$out")"
    assertEquals "the container is there" "$(jq -r --arg id "$stopped" '.journals[] | select(.id == $id).state' <<<"$out")"

    run systemctl start oci-hooks-journals.service
    assertEquals "$err" 0 "$status"
    assertTrue 'too young' "[ -d /var/log/journal/$gone ]"
    mkdir -p /run/systemd/system/oci-hooks-journals.service.d
    printf '[Service]\nExecStart=\nExecStart=oci-hooks-check journals --prune --older-than=0s\n' \
        >/run/systemd/system/oci-hooks-journals.service.d/age.conf
    systemctl daemon-reload
    run systemctl start oci-hooks-journals.service
    assertEquals "$err $(journalctl --no-pager -u oci-hooks-journals.service)" 0 "$status"
    assertFalse 'gone' "[ -e /var/log/journal/$gone ]"
    assertTrue 'runs' "[ -d /var/log/journal/$machine ]"
    assertTrue 'is stopped' "[ -d /var/log/journal/$stopped ]"
    assertContains "$(journalctl --no-pager -u oci-hooks-journals.service -o cat)" "$gone: removed"
}

. shunit2
