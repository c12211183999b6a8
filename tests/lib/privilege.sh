# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and the files that source this one
# A hook that is stopped in the act, to see which privileges it has then.

# what podman leaves a container's root (containers.conf(5), default_capabilities)
CONTAINERS_CAPABILITIES=(chown dac_override fowner fsetid kill net_bind_service setfcap setgid setpcap setuid sys_chroot)

# with SIGN NAME...: a list as setpriv(1) wants it
with() {
    local sign=$1
    shift
    (IFS=,; echo "${*/#/$sign}")
}

# stop_in SYSCALL NUMBER COMMAND...: run a hook until that call; its process is $hook then
stop_in() {
    local tries
    : >"$bundle/trace"
    strace -qq -o "$bundle/trace" -e trace="$1" -e inject="$1:signal=STOP:when=$2" "${@:3}" \
        <"$bundle/state.json" >"$SHUNIT_TMPDIR/stop.out" 2>&1 &
    tracer=$!
    for ((tries = 0; tries < 400; tries++)); do
        if grep -q 'stopped by SIGSTOP' "$bundle/trace"; then
            hook=$(pgrep -P "$tracer")
            return
        fi
        kill -0 "$tracer" 2>/dev/null || break
        sleep 0.02
    done
    fail "$1: did not stop: $(cat "$SHUNIT_TMPDIR/stop.out")"
    return 1
}

# let_go: the hook runs to its end, $status and $err as of run
let_go() {
    kill -CONT "$hook"
    status=0
    wait "$tracer" || status=$?
    err=$(cat "$SHUNIT_TMPDIR/stop.out")
}

# assert_kept NAME...: these are the capabilities that it has, and an execve(2) would bring it no more
assert_kept() {
    local now wanted=0 name number
    now=$(cat "/proc/$hook/status")
    for name; do
        number=$(sed -n "s/^#define CAP_${name^^}[[:space:]]*\([0-9]*\)$/\1/p" /usr/include/linux/capability.h)
        wanted=$((wanted | 1 << number))
    done
    wanted=$(printf '%016x' "$wanted")
    for name in CapPrm CapEff; do
        assertContains "$*" "$now" "$name:"$'\t'"$wanted"
    done
    for name in CapInh CapAmb; do
        assertContains "$now" "$name:"$'\t'0000000000000000
    done
    assertContains "$now" "NoNewPrivs:"$'\t'1
}

# as_container COMMAND...: as root with the capabilities of a container, and in our pid namespace (podman run --pid=host)
as_container() {
    setpriv --bounding-set="-all,$(with + "${CONTAINERS_CAPABILITIES[@]}")" --inh-caps=-all "$@"
}

# assert_closed_to_others: such a root can look into a process with no more capabilities, but not into the hook
assert_closed_to_others() {
    local how open
    setpriv --bounding-set=-all sleep 60 </dev/null >/dev/null 2>&1 &
    open=$!
    until [ "$(cat "/proc/$open/comm")" = sleep ]; do sleep 0.02; done
    for how in 'cat environ' 'cat maps' 'ls root/' 'readlink fd/0' 'head -c 0 mem'; do
        assertTrue "$how of another" "cd /proc/$open && as_container $how"
        assertFalse "$how" "cd /proc/$hook && as_container $how"
    done
    kill "$open"
    wait "$open" 2>/dev/null
}
