# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What shell tests share. A test file begins with
#     . "${0%/*}/../lib/common.sh"
# and ends with `. shunit2`. It runs under `make check`, or by hand from the build directory:
#     tests/lib/run-shunit2 tests/integration/install.sh -- testUninstallLeavesNothing

TOP_SRCDIR=${TOP_SRCDIR:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
if [ -z "${TOP_BUILDDIR:-}" ]; then
    if [ -e config.status ]; then TOP_BUILDDIR=$PWD; else TOP_BUILDDIR=$TOP_SRCDIR; fi
fi
# shellcheck disable=SC2034 # used by the files that source this one
{
    # or what runs them under a tool
    SYSTEMD_HOOK=${OCI_HOOKS_TEST_PROGRAMS:-$TOP_BUILDDIR}/oci-systemd-hook
    REGISTER_HOOK=${OCI_HOOKS_TEST_PROGRAMS:-$TOP_BUILDDIR}/oci-register-machine
    CHECK=$TOP_BUILDDIR/oci-hooks-check
    TEST_DATA=$TOP_SRCDIR/tests/data
}

# skip WHY: inside a test: the rest of it does not count. WHY begins with `kernel:` or `hardware:`
# and names what this machine lacks, or with `tool:` and names what is not installed.
skip() {
    printf '@skip %s\n' "$*"
    startSkipping
}

# skip_all WHY: before `. shunit2`: nothing in this file can run here.
skip_all() {
    printf '@skip-all %s\n' "$*"
    exit 0
}

# need TOOL...: skip the whole file where one is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip_all "tool: $tool is not installed"
    done
}

# enter_mount_namespace "$@": go on in a private mount namespace, as root of a user namespace where
# we are not root. Call it first, with the arguments of the file.
enter_mount_namespace() {
    [ -z "${OCI_HOOKS_TEST_NAMESPACE:-}" ] || return 0
    local flags=-m
    [ "$(id -u)" = 0 ] || flags=-rm
    unshare $flags true 2>/dev/null || skip_all "kernel: no mount namespace for this user"
    OCI_HOOKS_TEST_NAMESPACE=1 exec unshare $flags --propagation private bash "$0" "$@"
}

# shunit2 counts each assert by two calls of expr(1), which were a tenth of the time of all tests
expr() {
    if [ "${2:-}" = + ]; then echo $(($1 + $3)); else command expr "$@"; fi
}

# run COMMAND...: run it, keep stdout, stderr and status in $out, $err, $status. Never fails. Both are pipes: the hooks say less
# to a file (tests/integration/streams.sh).
# shellcheck disable=SC2034
run() {
    local out_pid err_pid out_fd err_fd
    status=0
    exec {out_fd}> >(exec cat >"$SHUNIT_TMPDIR/run.out")
    out_pid=$!
    exec {err_fd}> >(exec cat {out_fd}>&- >"$SHUNIT_TMPDIR/run.err")
    err_pid=$!
    "$@" >&$out_fd 2>&$err_fd {out_fd}>&- {err_fd}>&- || status=$?
    exec {out_fd}>&- {err_fd}>&-
    wait "$out_pid" "$err_pid"
    out=$(<"$SHUNIT_TMPDIR/run.out") err=$(<"$SHUNIT_TMPDIR/run.err")
    return 0
}

# why some tests cannot have the hooks run by tools/under-valgrind: see not_under_valgrind
# shellcheck disable=SC2034 # read by the tests
{
    VALGRIND_AND_STRACE="tool: valgrind makes system calls of its own, which strace would take for the hook's"
    VALGRIND_AND_CLONE='tool: valgrind cannot make a child that shares descriptors, as the substitute for mount_setattr(2) does'
    VALGRIND_AND_SHELL='tool: valgrind is started by a shell, which complains of a directory that is gone'
    VALGRIND_AND_KILL='tool: valgrind takes for lost what a hook that is killed has in its registers'
    VALGRIND_AND_LIMITS='tool: valgrind itself keeps to no such limit'
    VALGRIND_AND_PROBES='tool: valgrind itself answers calls with a descriptor that is not open, by which the hook tells what the kernel has'
    VALGRIND_AND_TIME='tool: valgrind takes longer than the limit of time'
}

# not_under_valgrind WHY: inside a test that tools/under-valgrind cannot run: `not_under_valgrind "$WHY" || return 0`
not_under_valgrind() {
    [ -z "${OCI_HOOKS_TEST_PROGRAMS:-}" ] && return
    skip "$1"
    return 1
}

# need_strace: inside a test, for faults that nothing else can make: `need_strace || return 0`
need_strace() {
    not_under_valgrind "$VALGRIND_AND_STRACE" || return
    # the leak sanitizer is a tracer itself, and there is one at most
    export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
    command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null && return
    skip 'tool: strace is not installed or may not trace'
    return 1
}

# hooks_json_faults FILE: in $faults what is wrong with a hooks.d file, nothing where nothing is
hooks_json_faults() {
    local regex
    faults=$(jq -r -f "$TOP_SRCDIR/tests/lib/hooks-json.jq" "$1" 2>&1)
    while IFS= read -r regex; do
        # Go's RE2 has neither back references nor look-around, ERE has nothing else that we need
        grep -Eq -- "$regex" </dev/null
        [ $? -le 1 ] || faults+=" regex $regex: no ERE"
        ! grep -Eq '\\[0-9]|\(\?' <<<"$regex" || faults+=" regex $regex: no RE2"
    done < <(jq -r '.when | (.commands // [])[], (.annotations // {} | to_entries[] | .key, .value)' "$1" 2>/dev/null)
}
