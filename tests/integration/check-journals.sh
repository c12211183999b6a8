#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check journals: what is listed and what is removed.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
need setfattr
enter_check_host "$@"

oneTimeSetUp() {
    use_host_of_journals
}

testList() {
    make_host_journal
    make_journal $GONE
    make_journal ${GONE//a/c}
    mkdir -p $store/${GONE//a/c}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/userdata
    check journals
    assertEquals 'young: nothing wrong' 0 "$status"
    assertEquals 'the container is gone' "$(state_of_journal $GONE)"
    assertEquals 'the container is there' "$(state_of_journal ${GONE//a/c})"
    assertEquals note "$(level_of journal-kept $JOURNAL/$GONE)"
    assertEquals ok "$(level_of journal-kept $JOURNAL/${GONE//a/c})"
    assertEquals 2 "$(jq '.journals | length' <<<"$out")"
    assertEquals "20480 $JOURNAL/$GONE" "$(jq -r --arg id $GONE '.journals[] | select(.id == $id) | "\(.bytes) \(.directory)"' <<<"$out")"
    check journals --older-than=0s
    assertEquals "journal-gone $JOURNAL/$GONE" "$(wrong)"
    assertTrue 'nothing is removed' "[ -e $JOURNAL/$GONE/system.journal ]"
    rm -r ${store:?}/${GONE//a/c}*
}

testPrune() {
    make_host_journal
    make_journal $GONE
    mkdir -p $JOURNAL/$GONE/a/b && ln -s / $JOURNAL/$GONE/a/link
    prune --dry-run
    assertEquals "$err" 0 "$status"
    assertEquals note "$(level_of journal-due $JOURNAL/$GONE)"
    assertTrue 'nothing is removed' "[ -e $JOURNAL/$GONE/system.journal ]"
    prune
    assertEquals "$err$out" 0 "$status"
    assertEquals ok "$(level_of journal-removed $JOURNAL/$GONE)"
    assertEquals 0123456789abcdef0123456789abcdef "$(ls -A $JOURNAL)"
    assertTrue "the link's end" '[ -d /etc ]'
}

# The journal of a --rm container has no time to wait for.
testPruneOfRm() {
    make_host_journal
    make_journal $GONE
    make_journal ${GONE//a/c}
    mark_more $JOURNAL/$GONE $store/${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ',"rm":true'
    mark_more $JOURNAL/${GONE//a/c} $store/${GONE//a/c}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ',"rm":true'
    mkdir $store/${GONE//a/c}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    check journals --prune --older-than=30d
    assertEquals "$out" 0 "$status"
    assertFalse 'gone' "[ -e $JOURNAL/$GONE ]"
    assertTrue 'stopped, or being restarted' "[ -e $JOURNAL/${GONE//a/c}/system.journal ]"
    rmdir $store/${GONE//a/c}*
}

# Half of them are of containers that are gone. OCI_HOOKS_TEST_SIZE=full: 10,000.
testMany() {
    local n=1000 start
    [ "${OCI_HOOKS_TEST_SIZE:-}" != full ] || n=10000
    make_host_journal
    mkdir $store/there
    seq -f "$JOURNAL/%032.0f" $n | xargs mkdir
    seq -f "$JOURNAL/%032.0f/system.journal" $n | xargs touch
    seq $n | awk -v journal="${JOURNAL#/}" -v store="$store" '{ printf "# file: %s/%032d\ntrusted.oci-systemd-hook.owner=\"%032dabc\\012%s/%s\"\n\n", journal, $1, $1, store, $1 % 2 ? "there" : "gone" }' >$SHUNIT_TMPDIR/marks
    (cd / && setfattr --restore=$SHUNIT_TMPDIR/marks)
    start=$(date +%s%N)
    run "$CHECK" journals --json
    echo "# $n directories: listed in $((($(date +%s%N) - start) / 1000000)) ms"
    assertEquals $n "$(jq '.journals | length' <<<"$out")"
    start=$(date +%s%N)
    run "$CHECK" journals --prune --older-than=0s
    echo "# $n directories, half of them removed: $((($(date +%s%N) - start) / 1000000)) ms"
    assertEquals "$err" 0 "$status"
    assertEquals $((n / 2 + 1)) "$(find $JOURNAL -mindepth 1 -maxdepth 1 | wc -l)"
    assertFalse 'the second' "[ -e $JOURNAL/00000000000000000000000000000002 ]"
    rmdir $store/there
}

testAnotherHostsJournals() {
    make_journal $GONE
    prune
    assertEquals "$out" 1 "$status"
    assertEquals error "$(level_of journal-not-host)"
    assertTrue kept "[ -e $JOURNAL/$GONE/system.journal ]"
}

testNoJournal() {
    rmdir $JOURNAL
    prune
    assertEquals 0 "$status"
    assertEquals note "$(level_of journal-none)"
}

testOrdinaryUser() {
    make_journal $GONE
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$CHECK" journals
    assertEquals 2 "$status"
    assertEquals 'oci-hooks-check: Only root can see which journals are the hook'"'s" "$err"
}

. shunit2
