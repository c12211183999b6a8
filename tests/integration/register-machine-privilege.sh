#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# Which capabilities oci-register-machine keeps while it talks to machined, and that nobody with fewer can look into it.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
. "${0%/*}/../lib/privilege.sh"
need jq findmnt setpriv getfattr
enter_fake_host "$@"

# hang STATUS: call the hook, and look at it while it waits for machined
hang() {
    local tries
    state "$1" >"$SHUNIT_TMPDIR/state"
    fake varlink hang
    "$REGISTER_HOOK" --timeout=60 <"$SHUNIT_TMPDIR/state" >"$SHUNIT_TMPDIR/hang.out" 2>&1 &
    hook=$!
    for ((tries = 0; tries < 400; tries++)); do
        [ ! -s "$asked" ] || return 0
        sleep 0.02
    done
    fail "machined was not asked: $(cat "$SHUNIT_TMPDIR/hang.out")"
    return 1
}

end_hang() {
    kill -KILL "$hook"
    wait "$hook" 2>/dev/null
    return 0
}

testWhatIsKept() {
    hang creating && assert_kept sys_admin sys_ptrace && assert_closed_to_others
    end_hang
}

testWhatIsKeptAtPoststop() {
    : >"/run/systemd/machines/$NAME"
    hang stopped && assert_kept sys_ptrace && assert_closed_to_others
    end_hang
}

# They are enough from the first call on, by both ways to machined; without SYS_ADMIN the second call gets no note.
testKeptIsEnough() {
    local hook=$REGISTER_HOOK capabilities way
    for capabilities in +sys_admin,+sys_ptrace +sys_ptrace; do
        printf '#!/bin/sh\nexec setpriv --bounding-set=-all,%s %q "$@"\n' "$capabilities" "$hook" >"$SHUNIT_TMPDIR/hook"
        chmod 755 "$SHUNIT_TMPDIR/hook"
        for way in 'varlink ok' 'bus new'; do
            end_container
            rmdir "/sys/fs/cgroup${SCOPE%/container}"
            make_container "$SCOPE"
            # shellcheck disable=SC2086 # two words
            fake $way
            REGISTER_HOOK=$SHUNIT_TMPDIR/hook register
            assertSilent
            assertContains "$capabilities $way" "$(cat "$asked")" "$NAME"
            end_fakes
            assertEquals "$capabilities $way: notes" "$(grep -c sys_admin <<<"$capabilities")" \
                "$(getfattr -R -d -m - /sys/fs/cgroup/machine.slice 2>/dev/null | grep -c oci_register_machine)"
        done
    done
}

. shunit2
