# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and the files that source this one
# A container for oci-register-machine without an engine: a sleeping process in a cgroup that looks like its scope. The
# test is in its own mount and cgroup namespace, where /run is empty: no real machined is ever in reach.
#
#     . "${0%/*}/../lib/common.sh"
#     . "${0%/*}/../lib/register-machine.sh"
#     enter_fake_host "$@"
#
# setUp and tearDown are here: $leader is a container as podman makes it with crun.

FAKE_MACHINED=$TOP_BUILDDIR/tests/lib/fake-machined
VARLINK_SOCKET=/run/systemd/machine/io.systemd.Machine
BUS_SOCKET=/run/dbus/system_bus_socket
ID=81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843
NAME=${ID:0:32}
SCOPE=/machine.slice/libpod-$ID.scope/container
fakes=()

# enter_fake_host "$@": goes on in the namespaces. Their cgroup root is a new cgroup below ours, removed in the end.
enter_fake_host() {
    local cgroup r

    if [ -n "${FAKE_HOST_CGROUP:-}" ]; then
        mount -t tmpfs tmpfs /run
        mount --bind "$FAKE_HOST_CGROUP" /sys/fs/cgroup
        mkdir -p /run/systemd/machine /run/systemd/machines /run/dbus
        return
    fi
    if [ "$(id -u)" != 0 ] || ! grep -Eq '^ *0 +0 +4294967295$' /proc/self/uid_map; then
        skip_all "kernel: an ordinary user is not heard by the machined of the system"
    fi
    cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
    [ -n "$cgroup" ] || skip_all "kernel: cgroup2 is not mounted"
    cgroup=$cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    cgroup=${cgroup%/}/oci-hooks-test.$$
    mkdir "$cgroup" 2>/dev/null || skip_all "kernel: cannot make a cgroup below our own"
    (
        echo "$BASHPID" >"$cgroup/cgroup.procs" || exit
        FAKE_HOST_CGROUP=$cgroup exec unshare -m -C --propagation private bash "$0" "$@"
    )
    r=$?
    echo 1 >"$cgroup/cgroup.kill"
    for _ in {1..50}; do
        find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$cgroup" ] || exit $r
        sleep 0.1
    done
    echo "cannot remove $cgroup"
    exit 1
}

# make_container CGROUP [ANNOTATIONS]: a bundle, and its process $leader in that cgroup (below the root of ours).
make_container() {
    bundle=$SHUNIT_TMPDIR/bundle
    mkdir -p "$bundle/rootfs/usr/lib/systemd" "$bundle/rootfs/sbin"
    : >"$bundle/rootfs/usr/lib/systemd/systemd"
    chmod 755 "$bundle/rootfs/usr/lib/systemd/systemd"
    ln -sfn ../usr/lib/systemd/systemd "$bundle/rootfs/sbin/init"
    write_config "${2:-}"
    cgroup=/sys/fs/cgroup$1
    mkdir -p "$cgroup"
    # Without the test's descriptors, which would keep its pipes open.
    bash -c 'echo $$ >"$1/cgroup.procs" && exec sleep 600' - "$cgroup" </dev/null >/dev/null 2>&1 &
    leader=$!
    until [ "$(tr '\0' ' ' <"/proc/$leader/cmdline")" = "sleep 600 " ]; do sleep 0.02; done
}

# start_again: as after a stop, with another process, so that the next call is a first one.
start_again() {
    kill "$leader"
    wait "$leader" 2>/dev/null
    make_container "$SCOPE"
}

# write_config [ANNOTATIONS [COMMAND]]: the bundle's config.json.
write_config() {
    jq -n --argjson annotations "{${1:-}}" --arg command "${2:-/sbin/init}" '{
        ociVersion: "1.0.2", root: {path: "rootfs"}, hostname: "web",
        process: {args: [$command], env: [], cwd: "/"}, annotations: $annotations}' >"$bundle/config.json"
}

# end_container: its process and cgroup are gone.
end_container() {
    [ -n "${leader:-}" ] || return 0
    kill "$leader" 2>/dev/null
    wait "$leader" 2>/dev/null
    leader=''
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
    return 0
}

# state STATUS: as a runtime writes it.
state() {
    jq -n --arg id "$ID" --arg status "$1" --arg bundle "$bundle" --argjson pid "${leader:-0}" \
        '{ociVersion: "1.2.1", id: $id, status: $status, bundle: $bundle} + if $pid > 0 then {pid: $pid} else {} end'
}

# register [OPTION...], unregister [OPTION...]: call the hook; $took is how long, in milliseconds.
register() {
    call creating "$@"
}
unregister() {
    call stopped "$@"
}
call() {
    local start=${EPOCHREALTIME/./}

    state "$1" >"$SHUNIT_TMPDIR/state"
    shift
    run hook_with_state "$@"
    took=$(((${EPOCHREALTIME/./} - start) / 1000))
}
hook_with_state() {
    "$REGISTER_HOOK" "$@" <"$SHUNIT_TMPDIR/state"
}

# fake varlink|bus BEHAVIOUR: a machined that does so; what it is asked goes to $asked.
fake() {
    local socket=$VARLINK_SOCKET

    [ "$1" = varlink ] || socket=$BUS_SOCKET
    asked=$SHUNIT_TMPDIR/asked
    rm -f "$socket" "$asked"
    "$FAKE_MACHINED" "$1" "$socket" "$2" "$asked" </dev/null >"$SHUNIT_TMPDIR/fake.out" 2>&1 &
    fakes+=($!)
    until [ -S "$socket" ]; do
        kill -0 "${fakes[-1]}" || { fail "no fake machined: $(cat "$SHUNIT_TMPDIR/fake.out")"; return; }
        sleep 0.02
    done
}

# end_fakes: nobody listens any more, and nothing is left of them.
end_fakes() {
    local pid

    for pid in "${fakes[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    fakes=()
    rm -f "$VARLINK_SOCKET" "$BUS_SOCKET" "${asked:-}" /run/systemd/machines/*
    return 0
}

# assertWarnedOnce TEXT: just one line, with that in it, and the container starts.
assertWarnedOnce() {
    assertEquals "exit status" 0 "$status"
    assertEquals "lines of: $err" 1 "$(grep -c . <<<"$err")"
    assertContains "$err" "$1"
    assertContains "$err" "ignoring"
}

# assertSilent: done, without a word.
assertSilent() {
    assertEquals "exit status" 0 "$status"
    assertNull "stderr: $err" "$err"
    assertNull "stdout: $out" "$out"
}

# expect_timeout: a call with a limit of 1 second takes that long, and not much longer.
expect_timeout() {
    not_under_valgrind "$VALGRIND_AND_TIME" || return 0
    register --timeout=1
    assertWarnedOnce "did not answer in time"
    assertTrue "took $took ms" "[ $took -ge 900 ] && [ $took -lt 4000 ]"
}

setUp() {
    make_container "$SCOPE"
}

tearDown() {
    end_container
    end_fakes
}
