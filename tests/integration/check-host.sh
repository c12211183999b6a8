#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check: what it says of a host.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
enter_check_host "$@"

# assert_wrong EXPECTED: these findings, and exit status 1
assert_wrong() {
    check
    assertEquals "$1" "$(wrong)"
    assertEquals "$1" 1 "$status"
}

testAllIsWell() {
    check
    assertNull "$(wrong)" "$(wrong)"
    assertEquals ok "$(level_of machined)"
    assertEquals ok "$(level_of journal)"
    assertEquals ok "$(level_of selinux)"
    assertEquals ok "$(level_of hook oci-systemd-hook)"
    assertEquals ok "$(level_of hook oci-register-machine)"
    assertContains "$(jq -r '.findings[] | select(.check == "program").text' <<<"$out")" 'podman version 9.9.9'
}

# The mount options belong to the whole machine, so no test changes them.
testNsdelegate() {
    local options
    options=$(findmnt -n -o FS-OPTIONS /sys/fs/cgroup)
    check
    case ,$options, in
    *,nsdelegate,*)
        assertEquals ok "$(level_of cgroup)"
        assertEquals 0 "$status"
        ;;
    *)
        assertEquals warning "$(level_of cgroup-nsdelegate)"
        assertEquals 1 "$status"
        ;;
    esac
}

testCgroupVersion1() {
    mount -t tmpfs tmpfs /sys/fs/cgroup
    check
    assertEquals note "$(level_of cgroup)"
    umount /sys/fs/cgroup
}

testJournal() {
    rmdir /var/log/journal
    assert_wrong 'journal-volatile /var/log/journal'
}

testMachinedMasked() {
    ln -sf /dev/null /etc/systemd/system/systemd-machined.service
    assert_wrong 'machined-masked systemd-machined.service'
}

testMachinedMissing() {
    rm /etc/systemd/system/systemd-machined.service
    if [ -e /usr/lib/systemd/system/systemd-machined.service ]; then
        mount -t tmpfs tmpfs /usr/lib/systemd
        assert_wrong 'machined-missing systemd-machined.service'
        umount /usr/lib/systemd
    else
        assert_wrong 'machined-missing systemd-machined.service'
    fi
}

testMachinedUnreachable() {
    rm /run/systemd/machine/io.systemd.Machine
    assert_wrong 'machined-unreachable systemd-machined.service'
}

testSelinux() {
    mkdir -p /sys/fs/selinux/booleans /var/lib/selinux/default/active/modules/400
    echo 1 >/sys/fs/selinux/enforce
    echo '0 0' >/sys/fs/selinux/booleans/container_manage_cgroup
    assert_wrong 'selinux-module SELinux'
    assertContains "$(jq -r '.findings[] | select(.check == "selinux-module").text' <<<"$out")" container_manage_cgroup
    mkdir /var/lib/selinux/default/active/modules/400/oci-systemd-hooks
    check
    assertNull "$(wrong)" "$(wrong)"
    rmdir /var/lib/selinux/default/active/modules/400/oci-systemd-hooks
    echo 0 >/sys/fs/selinux/enforce
    check
    assertEquals 'permissive: no denial is enforced' note "$(level_of selinux-module)"
}

testNoEngine() {
    rm /usr/local/bin/podman
    [ ! -e /usr/bin/podman ] || { skip 'tool: this machine has a podman of its own'; return; }
    check
    assertEquals note "$(level_of engine)"
    echo '{' >$HOOKS/odd.json
    assert_wrong "hook-syntax $HOOKS/odd.json"
}

testBothEnginesReportADirectoryOnce() {
    install_engine crio 'crio version 9.9.9'
    echo '{' >$HOOKS/odd.json
    assert_wrong "hook-syntax $HOOKS/odd.json"
    assertEquals 4 "$(jq '[.findings[] | select(.check == "hook")] | length' <<<"$out")"
}

testEachFileOfAHook() {
    jq '.when = {"always": true}' $HOOKS/oci-systemd-hook.json >$HOOKS/another.json
    check
    assertEquals "podman reads $HOOKS/another.json
podman reads $HOOKS/oci-systemd-hook.json" "$(jq -r '.findings[] | select(.check == "hook" and .subject == "oci-systemd-hook").text' <<<"$out")"
}

# two_files HOOK: each hook has two JSON files, as the package installs them
two_files() {
    local name
    for name in oci-systemd-hook oci-register-machine; do
        jq '.when = {"annotations": {"^x$": "^y$"}}' $HOOKS/$name.json >$HOOKS/$name-annotation.json
    done
}

# A user chooses which file matches. Each option that one file alone has is told, but for those that mean one call.
testEachOptionInOneFileAlone() {
    local hook option words n=0
    two_files
    check
    assertNull "$(wrong)" "$(wrong)"
    for hook in oci-systemd-hook oci-register-machine; do
        cp $HOOKS/$hook.json $HOOKS/whole
        while read -r option; do
            words=("$option")
            case $option in
            --help | --version) continue ;;
            --journal) words+=(no) ;;
            --*-size) words+=(1%) ;;
            --journal-max-use) words+=(1M) ;;
            --machine-name) words+=(engine) ;;
            --timeout) words+=(3) ;;
            esac
            jq '.hook.args += $ARGS.positional' $HOOKS/whole --args -- "${words[@]}" >$HOOKS/$hook.json
            check
            case $option in
            --debug | --explain) assertNull "$hook $option" "$(wrong)" ;;
            *) assertEquals "$hook $option" "hook-options-differ $HOOKS/$hook.json" "$(wrong)" ;;
            esac
            n=$((n + 1))
        done < <("$TOP_BUILDDIR/$hook" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
        mv $HOOKS/whole $HOOKS/$hook.json
    done
    assertTrue "$n options" "[ $n -ge 14 ]"
}

testFilesWithOtherOptions() {
    local admin=/etc/containers/oci/hooks.d first=$HOOKS/oci-systemd-hook-annotation.json
    two_files
    mkdir -p $admin
    # the administrator's copy, of one file and then of both; podman 5 does not read them, the hook does
    jq '.hook.args += ["--journal=no", "--strict"]' $HOOKS/oci-systemd-hook.json >$admin/oci-systemd-hook.json
    assert_wrong "hook-options-differ $admin/oci-systemd-hook.json
hooks-dir-unread $admin"
    assertEquals error "$(level_of hook-options-differ)"
    assertContains "$(jq -r '.findings[] | select(.check == "hook-options-differ").text' <<<"$out")" \
        "has other options than $first: whichever file matches, the options of both hold, and the lowest --journal= of them"
    mkdir -p /etc/containers/containers.conf.d
    printf '[engine]\nhooks_dir = ["%s", "%s"]\n' $HOOKS $admin >/etc/containers/containers.conf.d/hooks.conf
    assert_wrong "hook-options-differ $admin/oci-systemd-hook.json"
    # the same in other words
    jq '.hook.args += ["--strict", "--journal", "no"]' $first >$admin/${first##*/}
    check
    assertNull "$(wrong)" "$(wrong)"
}

# The hook knows two directories only.
testOtherOptionsWhereTheHookDoesNotLook() {
    mkdir -p /etc/elsewhere /etc/containers/containers.conf.d
    printf '[engine]\nhooks_dir = ["%s", "/etc/elsewhere"]\n' $HOOKS >/etc/containers/containers.conf.d/hooks.conf
    jq '.hook.args += ["--journal=no"]' $HOOKS/oci-systemd-hook.json >/etc/elsewhere/quiet.json
    assert_wrong 'hook-options-differ /etc/elsewhere/quiet.json'
    assertContains "$(jq -r '.findings[] | select(.check == "hook-options-differ").text' <<<"$out")" \
        'does not look where /etc/elsewhere/quiet.json is'
}

testOptionsThatAreRefused() {
    edit_hook '.hook.args += ["--jurnal=no"]' $HOOKS/oci-systemd-hook.json
    assert_wrong "hook-options-refused $HOOKS/oci-systemd-hook.json"
    assertNull "$err" "$err"
}

testHooksDirOfCrio() {
    install_engine crio 'crio version 9.9.9'
    mkdir -p /etc/crio/crio.conf.d /etc/elsewhere
    printf '[crio.runtime]\nhooks_dir = [\n\t"/etc/elsewhere",\n]\n' >/etc/crio/crio.conf.d/10-hooks
    assert_wrong 'hook-not-read oci-register-machine
hook-not-read oci-systemd-hook'
    assertContains "$(jq -r '.findings[] | select(.check == "hook-not-read").text' <<<"$out")" CRI-O
    install_hooks /etc/elsewhere
    check
    assertNull "$(wrong)" "$(wrong)"
}

testProgramThatHangsIsNotWaitedFor() {
    printf '#!/bin/sh\nexec sleep 900\n' >/usr/local/bin/podman
    SECONDS=0
    check
    assertEquals note "$(level_of program /usr/local/bin/podman)"
    assertTrue "$SECONDS seconds" "[ $SECONDS -lt 60 ]"
}

testLeftovers() {
    mkdir -p /usr/local/libexec/oci/hooks.d
    cp /bin/true /usr/local/libexec/oci/hooks.d/oci-systemd-hook
    echo 'disabled : true' >/etc/oci-register-machine.conf
    echo '{"cmd": [".*/init$"], "hook": "/usr/local/libexec/oci/hooks.d/oci-systemd-hook", "stage": ["prestart"]}' >$HOOKS/old.json
    assert_wrong "leftover-conf /etc/oci-register-machine.conf
leftover-json $HOOKS/old.json
leftover-program /usr/local/libexec/oci/hooks.d/oci-systemd-hook"
    assertEquals 'podman runs it' error "$(level_of leftover-program)"
    rm $HOOKS/old.json
    check
    assertEquals 'nobody runs it' warning "$(level_of leftover-program)"
}

# a hook of that name that the engine runs is worse
testLeftoverInTheHooksPlace() {
    cp /bin/true /usr/local/bin/oci-systemd-hook
    jq '.hook.path = "/usr/local/bin/oci-systemd-hook"' $HOOKS/oci-systemd-hook.json >$HOOKS/new && mv $HOOKS/new $HOOKS/oci-systemd-hook.json
    assert_wrong 'leftover-program /usr/local/bin/oci-systemd-hook'
    assertEquals error "$(level_of leftover-program)"
}

testExamplesOfTheManPage() {
    local example n=0
    while IFS= read -r example; do
        run env "PATH=$TOP_BUILDDIR:$PATH" bash -c "$example"
        case $example in
        *' explain web') assertEquals "there is none: $err" 2 "$status" ;;
        *)
            assertTrue "$example: $status" "[ $status -le 1 ]"
            assertNull "$example: $err" "$err"
            ;;
        esac
        n=$((n + 1))
    done < <(sed -n '/^\.Sh EXAMPLES/,$p' "$TOP_BUILDDIR/hooks/check/oci-hooks-check.1" | sed -n 's/^\.Dl //; /^oci-hooks-check/p')
    assertTrue "$n examples" "[ $n -ge 3 ]"
}

testProgramOutOfSight() {
    mkdir -m 700 /usr/local/secret && cp /bin/true /usr/local/secret
    jq '.hook.path = "/usr/local/secret/true"' $HOOKS/oci-systemd-hook.json >$HOOKS/other.json
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$CHECK" --json
    assertEquals warning "$(level_of hook-program-unseen $HOOKS/other.json)"
}

testOrdinaryUser() {
    mkdir -m 700 /etc/crio
    chmod 700 $HOOKS
    install_engine crio 'crio version 9.9.9'
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$CHECK" --json
    assertEquals "$err" 1 "$status"
    assertEquals warning "$(level_of hooks-dir-unreadable)"
    assertEquals warning "$(level_of conf-unreadable)"
}

. shunit2
