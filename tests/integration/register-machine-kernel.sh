#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and register-machine.sh
# oci-register-machine on older kernels, made by a seccomp filter: refused in one line, or done as on any other.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
DENY=$TOP_BUILDDIR/tests/lib/deny-syscall
need jq findmnt
enter_fake_host "$@"
"$DENY" statmount -- true 2>/dev/null || skip_all 'kernel: no seccomp filters'

# register_without CALL...: the hook where these calls are missing
register_without() {
    local hook=$REGISTER_HOOK
    printf '#!/bin/sh\nexec %q %s -- %q "$@"\n' "$DENY" "$*" "$hook" >"$SHUNIT_TMPDIR/old-kernel"
    chmod +x "$SHUNIT_TMPDIR/old-kernel"
    REGISTER_HOOK=$SHUNIT_TMPDIR/old-kernel
    "${how:-register}"
    REGISTER_HOOK=$hook
}

testRefused() {
    local call
    fake varlink ok
    for call in pidfd_open openat2; do
        register_without "$call"
        assertEquals "$call: $err" 1 "$status"
        assertContains "$err" "This kernel has no $call(2): Linux 5.10 or newer is needed"
        assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
        assertFalse 'machined was asked' "[ -s '$asked' ]"
    done
}

testNotOursIsNotRefused() {
    local call
    write_config '"io.containers.register-machine": "false"'
    for call in pidfd_open openat2; do
        register_without "$call"
        assertSilent
    done
    write_config '' /usr/bin/true
    register_without close_range
    assertSilent
}

testWithoutCloseRange() {
    fake varlink ok
    register_without close_range
    assertSilent
    assertTrue 'machined was asked' "[ -s '$asked' ]"
}

# What is to be taken back needs none of them.
testPoststop() {
    fake varlink ok
    register
    : >"$asked"
    end_container
    how=unregister register_without pidfd_open openat2
    assertSilent
}

. shunit2
