#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# oci-register-machine with a machined that takes everything: which containers are registered, as what, and what is refused.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
enter_fake_host "$@"

OPT=io.containers.register-machine
BOTH=io.containers.systemd-hook

# expect_registered, expect_not_registered CONFIG...: with that config.json, see write_config.
expect_registered() {
    write_config "$@"
    fake varlink ok
    register
    assertEquals "exit status: $err" 0 "$status"
    assertContains "$*" "$(cat "$asked" 2>/dev/null)" '"method":"io.systemd.Machine.Register"'
    start_again
}
expect_not_registered() {
    write_config "$@"
    fake varlink ok
    register
    assertSilent
    assertFalse "$*: machined was asked" "[ -e $asked ]"
}

testWhatIsRegistered() {
    write_config '"io.container.manager": "libpod"'
    fake varlink ok
    register
    assertSilent
    assertEquals connect "$(head -n 1 "$asked")"
    assertEquals "$(jq -S -n --arg name "$NAME" --arg root "$bundle/rootfs" --argjson leader "$leader" '{
        method: "io.systemd.Machine.Register", parameters: {name: $name, class: "container", service: "podman",
        leader: $leader, id: $name, rootDirectory: $root}}')" "$(tail -n +2 "$asked" | tr -d '\0' | jq -S)"
}

testSecondCallAsksNobody() {
    fake varlink ok
    register
    : >"/run/systemd/machines/$NAME"
    register
    assertSilent
    assertEquals 1 "$(grep -c connect "$asked")"
    # but where machined has lost it
    rm "/run/systemd/machines/$NAME"
    register
    assertEquals 2 "$(grep -c connect "$asked")"
}

testByCommand() {
    expect_registered
    expect_registered '' /usr/lib/systemd/systemd
    expect_not_registered '' /bin/sh
    expect_not_registered '' /sbin/nothing-there
    ln -sfn ../bin/busybox "$bundle/rootfs/sbin/init"
    expect_not_registered
}

testByAnnotation() {
    expect_registered "\"$OPT\": \"true\"" /bin/sh
    expect_registered "\"$OPT\": \"Enabled\", \"$BOTH\": \"false\"" /bin/sh
    expect_registered "\"$BOTH\": \"yes\"" /bin/sh
    expect_not_registered "\"$OPT\": \"false\""
    expect_not_registered "\"$OPT\": \"0\", \"$BOTH\": \"true\""
    expect_not_registered "\"$BOTH\": \"off\""
}

testByEnvironment() {
    local config
    config=$(jq '.process.env = ["PATH=/bin", "oci-systemd-hook=Disabled"]' "$bundle/config.json")
    fake varlink ok
    echo "$config" >"$bundle/config.json"
    register
    assertSilent
    assertFalse "machined was asked" "[ -e $asked ]"
    # the user's word comes before the image's
    jq ".annotations = {\"$OPT\": \"on\"}" <<<"$config" >"$bundle/config.json"
    register
    assertSilent
    assertTrue "machined was not asked" "[ -e $asked ]"
}

testAnnotationThatIsNoWord() {
    write_config "\"$OPT\": \"maybe\""
    fake varlink ok
    register
    assertWarnedOnce "'maybe' is neither yes nor no"
    assertTrue "as if it were not there" "[ -e $asked ]"
}

# Units that are not the container's alone: machined could stop them.
testForeignUnits() {
    local cgroup_path

    for cgroup_path in /user.slice/user-0.slice/session-3.scope /system.slice/engine.service "/user.slice/$ID" /; do
        end_container
        make_container "$cgroup_path"
        fake varlink ok
        fake bus new
        register
        assertEquals 0 "$status"
        assertEquals "lines of: $err" 1 "$(grep -c . <<<"$err")"
        assertContains "$err" "Not registered with systemd-machined"
        assertFalse "$cgroup_path: machined was asked" "[ -e $asked ]"
        register --strict
        assertEquals 1 "$status"
    done
}

testServiceOfQuadlet() {
    end_container
    make_container "/system.slice/web.service/libpod-payload-$ID"
    fake varlink ok
    register
    assertSilent
    assertTrue "machined was not asked" "[ -e $asked ]"
}

testIdOfNoUse() {
    local id

    for id in 00000000000000000000000000000000 "$(cat /etc/machine-id)"; do
        [ -n "$id" ] || continue
        echo "$id" >"$bundle/machine-id"
        start_again
        jq --arg source "$bundle/machine-id" \
            '.mounts = [{destination: "/etc/machine-id", type: "bind", source: $source, options: ["bind", "ro"]}]' \
            "$bundle/config.json" >"$bundle/config.new"
        mv "$bundle/config.new" "$bundle/config.json"
        fake varlink ok
        register
        assertEquals 0 "$status"
        assertEquals "lines of: $err" 1 "$(grep -c . <<<"$err")"
        assertContains "$err" "its machine has none"
        assertNotContains "$(cat "$asked")" '"id"'
        assertContains "$(cat "$asked")" "$NAME"
    done
}

testPoststop() {
    : >"/run/systemd/machines/$NAME"
    end_container
    fake varlink error:io.systemd.Machine.NoSuchMachine
    unregister
    assertSilent
    assertContains "$(cat "$asked")" "{\"method\":\"io.systemd.Machine.List\",\"parameters\":{\"name\":\"$NAME\"}}"
    assertNotContains "$(cat "$asked")" Terminate
    assertNotContains "$(cat "$asked")" Unregister
}

. shunit2
