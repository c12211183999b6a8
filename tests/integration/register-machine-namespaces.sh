#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154,SC2016 # shared with common.sh and register-machine.sh, or expanded elsewhere
# An engine in a container that reaches the host's machined: there a number is another process, a cgroup another unit.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt
enter_fake_host "$@"
HOOK=$REGISTER_HOOK

# The container's process has the number 2 or 3 in there, and the hook sees it as that.
oneTimeSetUp() {
    cat >"$SHUNIT_TMPDIR/in-pid-namespace" <<EOF
#!/bin/bash
cat >"$SHUNIT_TMPDIR/state.outside"
export HOOK=$HOOK STATE=$SHUNIT_TMPDIR/state.outside
exec unshare -pf --mount-proc bash -c '
    sleep 600 </dev/null >/dev/null 2>&1 &
    echo \$! >"\$0/cgroup.procs"
    jq --argjson pid \$! ".pid = \\\$pid" "\$STATE" | "\$HOOK" "\$@"' "\$CONTAINER_CGROUP" "\$@"
EOF
    chmod 755 "$SHUNIT_TMPDIR/in-pid-namespace"
    # below the cgroup of its engine, which is the root of its cgroup namespace
    printf '#!/bin/sh\necho $$ >/sys/fs/cgroup/machine.slice/cgroup.procs && exec unshare -C %s "$@"\n' \
        "$HOOK" >"$SHUNIT_TMPDIR/in-cgroup-namespace"
    chmod 755 "$SHUNIT_TMPDIR/in-cgroup-namespace"
}

setUp() {
    make_container "$SCOPE"
    export CONTAINER_CGROUP=$cgroup
    REGISTER_HOOK=$HOOK
}

# enter pid|cgroup: the hook is called in a namespace of that kind
enter() {
    REGISTER_HOOK=$SHUNIT_TMPDIR/in-$1-namespace
}

# each_way BODY: with a machined that answers by each of its ways
each_way() {
    local way behaviour

    while read -r way behaviour; do
        fake "$way" "$behaviour"
        "$1" "$way"
        end_fakes
    done <<<$'varlink ok\nbus new\nbus old\nbus known'
}

# assertNotAsked LABEL: but for a connection, which a bus notes
assertNotAsked() {
    assertEquals "$1" '' "$(grep -vx -e connect -e Disconnected "$asked" 2>/dev/null)"
}

not_registered() {
    register
    assertWarnedOnce "$wanted"
    assertNotAsked "$1"
    # the second call of the same start, by the other JSON file
    end_container
    make_container "$SCOPE"
    register --strict
    assertEquals "$1" 1 "$status"
    assertContains "$err" "$wanted"
    assertNotAsked "$1"
    end_container
    make_container "$SCOPE"
}

testPidNamespace() {
    enter pid
    wanted='it is in another PID namespace than this hook'
    each_way not_registered
}

testCgroupNamespace() {
    enter cgroup
    wanted='it is in another cgroup namespace than this hook'
    each_way not_registered
}

not_unregistered() {
    : >"/run/systemd/machines/$NAME"
    unregister --strict
    assertSilent
    assertNotAsked "$1"
}

testPoststop() {
    enter pid
    each_way not_unregistered
    enter cgroup
    each_way not_unregistered
}

# What the tests above show is due to the namespaces.
registered() {
    register
    assertSilent
    assertContains "$1" "$(cat "$asked")" "$NAME"
    start_again
}
testWithoutNamespace() {
    fake varlink ok
    registered varlink
    end_fakes
    fake bus new
    registered bus
}

# A rootless engine in a container, and the user's machined outside of it.
testPidNamespaceOfAUser() {
    local BUS_SOCKET=/run/user/0/bus

    unshare -r true 2>/dev/null || { skip 'kernel: no user namespaces'; return; }
    mkdir -p /run/user/0/systemd/machine
    : >/run/user/0/systemd/machine/io.systemd.Machine
    end_container
    make_container "/user.slice/user-0.slice/user@0.service/user.slice/libpod-$ID.scope/container" \
        '"io.containers.register-machine": "true"'
    export CONTAINER_CGROUP=$cgroup
    sed 's/-pf --mount-proc/-r -pf --mount-proc/' "$SHUNIT_TMPDIR/in-pid-namespace" >"$bundle/hook"
    chmod 755 "$bundle/hook"
    REGISTER_HOOK=$bundle/hook
    fake bus new
    register
    assertWarnedOnce 'it is in another PID namespace than this hook'
    assertNotAsked user
    rm -r /run/user
}

# Another kind of namespace changes nothing: machined means the same process and unit.
testOtherNamespaces() {
    printf '#!/bin/sh\nexec unshare -m -n -u -i %s "$@"\n' "$HOOK" >"$bundle/hook"
    chmod 755 "$bundle/hook"
    REGISTER_HOOK=$bundle/hook
    fake varlink ok
    registered varlink
}

# The /proc of another PID namespace shows another process by the container's number.
testProcOfAnotherNamespace() {
    sed 's/-pf --mount-proc/-pf/' "$SHUNIT_TMPDIR/in-pid-namespace" >"$bundle/hook"
    chmod 755 "$bundle/hook"
    REGISTER_HOOK=$bundle/hook
    fake varlink ok
    register
    assertEquals 1 "$status"
    assertContains "$err" '/proc is that of another PID namespace'
    assertNotAsked varlink
}

. shunit2
