#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With and without the hooks: containers made from seeds are run by runc and crun both ways, and what they and the host are
# like then is compared. What was impossible stays impossible, and what was there is there.
#
#   OCI_HOOKS_TEST_SIZE=full    2,000 seeds instead of a few
#   SEEDS="FIRST LAST"          other seeds
#   RUNTIMES=runc,crun          others than both
# shellcheck disable=SC2154 # lib.sh has state, programs and verdict
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/differential/lib.sh
. "${0%/*}/differential/lib.sh"

oneTimeSetUp() {
    uncover_kernel_files
    make_images
}

# explain_difference RUNTIME SEED: shrinks it, and prints what a person needs
explain_difference() {
    echo "seed $2, $1:"
    sed 's/^/    /' result | head -n 20
    shrink "$1"
    echo '  the least that differs:'
    command_of "$1" least
    sed 's/^/    /' result | head -n 20
}

# try_seeds RUNTIME: those asked for; counts and complaints are printed
try_seeds() {
    local seed first=1 last=40 same=0 none=0 differs=0 start=$SECONDS
    [ "${OCI_HOOKS_TEST_SIZE:-}" != full ] || last=2000
    cd "$state" || return
    # shellcheck disable=SC2086
    [ -z "${SEEDS:-}" ] || read -r first last <<<"$SEEDS"
    for ((seed = first; seed <= last; seed++)); do
        "$programs/generate" $seed >wanted
        compare "$1" wanted
        case $verdict in
        same) same=$((same + 1)) ;;
        none) none=$((none + 1)) ;;
        differs)
            differs=$((differs + 1))
            # each takes some ten runs
            if [ $differs -le "${SHRINK:-5}" ]; then explain_difference "$1" $seed; else echo "seed $seed, $1: differs, too"; fi
            ;;
        esac
    done
    echo "report: | $1 | $((last - first + 1)) | $same | $differs | $none | $((SECONDS - start)) |"
}

assert_same() {
    local said seeds same none
    said=$(try_seeds "$1")
    echo "${said##*$'\n'}"
    assertEquals "$1" '' "$(echo "$said" | grep -v '^report:')"
    IFS='| ' read -r _ _ seeds same _ none _ <<<"${said##*$'\n'}"
    # a generator whose containers do not start finds nothing
    assertTrue "$none of $seeds containers do not start, $same are the same" "[ $((none * 3)) -lt $seeds ]"
}

testRunc() {
    [[ ,${RUNTIMES:-runc,crun}, == *,runc,* ]] || { skip 'tool: RUNTIMES asks for others' && return; }
    assert_same runc
}

testCrun() {
    [[ ,${RUNTIMES:-runc,crun}, == *,crun,* ]] || { skip 'tool: RUNTIMES asks for others' && return; }
    assert_same crun
}

. shunit2
