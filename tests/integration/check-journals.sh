#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check journals: what is listed, what is removed, and what never is.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
need setfattr getfattr
enter_check_host "$@"

JOURNAL=/var/log/journal
GONE=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

oneTimeSetUp() {
    store=$SHUNIT_TMPDIR/overlay-containers
    mkdir $store
    echo 0123456789abcdef0123456789abcdef >/mnt/etc/machine-id
}

# mark DIRECTORY CONTAINER BUNDLE
mark() {
    setfattr -n trusted.oci-systemd-hook.owner -v "$2"$'\n'"$3" "$1"
}

# make_journal ID [CONTAINER]: of a podman container whose bundle is $store/CONTAINER/userdata
make_journal() {
    local container=${2:-${1}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
    mkdir -p $JOURNAL/$1
    head -c 20000 /dev/zero >$JOURNAL/$1/system.journal
    mark $JOURNAL/$1 $container $store/$container/userdata
}

make_host_journal() {
    mkdir -p $JOURNAL/0123456789abcdef0123456789abcdef
    : >$JOURNAL/0123456789abcdef0123456789abcdef/system.journal
}

prune() {
    check journals --prune --older-than=0s "$@"
}

state_of_journal() {
    jq -r --arg id "$1" '.journals[] | select(.id == $id).state' <<<"$out"
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
    assertEquals 2 "$(jq '.journals | length' <<<"$out")"
    assertEquals "20480 $JOURNAL/$GONE" "$(jq -r --arg id $GONE '.journals[] | select(.id == $id) | "\(.bytes) \(.directory)"' <<<"$out")"
    check journals --older-than=0s
    assertEquals "journal-gone $JOURNAL/$GONE" "$(wrong)"
    assertTrue 'nothing is removed' "[ -e $JOURNAL/$GONE/system.journal ]"
    rm -r ${store:?}/*
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

testYoungOnesStay() {
    make_host_journal
    make_journal $GONE
    check journals --prune --older-than=1h
    assertEquals 0 "$status"
    assertTrue kept "[ -e $JOURNAL/$GONE/system.journal ]"
    # the container's root can set this time
    touch -d '2001-01-01' $JOURNAL/$GONE/system.journal $JOURNAL/$GONE
    check journals --prune --older-than=1h
    assertTrue 'still kept' "[ -e $JOURNAL/$GONE/system.journal ]"
}

# tree: all there is, to compare
tree() {
    find $JOURNAL -printf '%p %y %s %i\n' | sort
}

testForeignOnesStay() {
    local before host=0123456789abcdef0123456789abcdef
    make_host_journal
    mark $JOURNAL/$host $GONE $store/$GONE/userdata
    mkdir $JOURNAL/${GONE//a/1} $JOURNAL/remote $JOURNAL/${GONE//a/2}
    mark $JOURNAL/remote $GONE $store/$GONE/userdata
    setfattr -n trusted.oci-systemd-hook.owner -v 'no line break' $JOURNAL/${GONE//a/2}
    setfattr -n trusted.oci-systemd-hook.owner -v $'id\nrelative' $JOURNAL/${GONE//a/1}
    make_journal ${GONE//a/3}
    mv $JOURNAL/${GONE//a/3} /var/log/elsewhere && ln -s /var/log/elsewhere $JOURNAL/${GONE//a/3}
    before=$(tree)
    prune
    assertEquals "$out" 0 "$status"
    assertEquals "$before" "$(tree)"
    assertTrue 'behind a link' '[ -e /var/log/elsewhere/system.journal ]'
    assertEquals 0 "$(jq '.journals | length' <<<"$out")"
}

# Its mount namespace has a process, although the bundle is gone.
testMountedOneStays() {
    local holder
    make_host_journal
    make_journal $GONE
    mkdir /run/place
    unshare -m --propagation private bash -c "mount --bind $JOURNAL/$GONE /run/place && : >/run/place/ready && exec sleep 900" </dev/null >/dev/null 2>&1 &
    holder=$!
    while [ ! -e $JOURNAL/$GONE/ready ] && kill -0 $holder 2>/dev/null; do sleep 0.02; done
    prune
    assertEquals 'in use' "$(state_of_journal $GONE)"
    assertTrue kept "[ -e $JOURNAL/$GONE/system.journal ]"
    kill $holder
    wait $holder 2>/dev/null
    prune
    assertFalse removed "[ -e $JOURNAL/$GONE ]"
}

testRunningOneStays() {
    local cgroup=/sys/fs/cgroup/libpod-${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.scope sleeper
    make_host_journal
    make_journal $GONE
    mkdir $cgroup 2>/dev/null || { skip 'kernel: cgroups cannot be made here'; return; }
    sleep 900 &
    sleeper=$!
    echo $sleeper >$cgroup/cgroup.procs
    prune
    assertEquals 'in use' "$(state_of_journal $GONE)"
    kill $sleeper
    wait $sleeper 2>/dev/null
    while ! rmdir $cgroup; do sleep 0.02; done 2>/dev/null
    prune
    assertFalse removed "[ -e $JOURNAL/$GONE ]"
}

# Without the engine's storage all of its containers seem to be gone.
testStorageThatIsNotMounted() {
    make_host_journal
    make_journal $GONE
    mv $store $store.away
    prune
    mv $store.away $store
    assertEquals 'whether the container is there cannot be told' "$(state_of_journal $GONE)"
    assertTrue kept "[ -e $JOURNAL/$GONE/system.journal ]"
}

# containerd removes the bundle of a container that is only stopped.
testDockerAndContainerd() {
    local container=${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    make_host_journal
    make_journal $GONE
    mark $JOURNAL/$GONE $container /run/containerd/io.containerd.runtime.v2.task/default/$container
    prune
    assertTrue containerd "[ -e $JOURNAL/$GONE ]"
    mark $JOURNAL/$GONE $container /run/containerd/io.containerd.runtime.v2.task/moby/$container
    prune
    assertTrue 'where is Docker?' "[ -e $JOURNAL/$GONE ]"
    mkdir -p /var/lib/docker/containers/$container
    prune
    assertTrue 'stopped' "[ -e $JOURNAL/$GONE ]"
    rmdir /var/lib/docker/containers/$container
    prune
    assertFalse 'gone' "[ -e $JOURNAL/$GONE ]"
}

testMountInItStopsTheRemoval() {
    make_host_journal
    make_journal $GONE
    mkdir $JOURNAL/$GONE/a /var/log/precious && : >/var/log/precious/file
    mount --bind /var/log/precious $JOURNAL/$GONE/a
    prune
    assertEquals "$out" 1 "$status"
    assertEquals error "$(level_of journal-not-removed)"
    assertTrue 'a mount of the same file system' '[ -e /var/log/precious/file ]'
    umount $JOURNAL/.$GONE.oci-systemd-hook.old/a
    prune
    assertEquals 'what was begun is ended' 0123456789abcdef0123456789abcdef "$(ls -A $JOURNAL)"
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
