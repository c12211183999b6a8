#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # out, err and status are set by run
# The comparison of hosts/differential.sh, with facts made up: what it must see, and what it must let pass.
# shellcheck source=tests/lib/common.sh
. "${0%/*}/../lib/common.sh"

differential=$TOP_SRCDIR/tests/hosts/differential

# facts FILE: standard input, with tabs for the first ` | ` of each line
facts() {
    { printf 'start | yes\nplace / | mount=overlay\n' && cat; } | sed 's/ | /\t/' >"$SHUNIT_TMPDIR/$1"
}

# compare [TABLE...]
compare() {
    run awk -f "$differential/compare.awk" "$differential/allowed" "$differential/allowed-cgroup-${cgroup:-private}" "$@" "$SHUNIT_TMPDIR/without" "$SHUNIT_TMPDIR/with"
}

# assert_seen WHAT: after compare
assert_seen() {
    assertEquals "$1" 1 "$status"
    assertContains "$1" "$out" "$1"
}

assert_passes() {
    assertEquals "$1: $out" 0 "$status"
    assertEquals "$1" '' "$out$err"
}

tmpfs='root=/ flags=rw,nosuid,nodev,relatime prop=private super=rw type=4 mode=755 owner=0:0 write=yes data=- exec=yes suid=no'
volume='mount=tmpfs root=/source/1 prop=private super=rw type=4 mode=755 owner=0:0'

testWhatTheHooksMakeIsNoFault() {
    facts without <<<'place /run | in=/ type=4 mode=755 owner=0:0 write=yes data=- exec=yes suid=yes'
    facts with <<<"place /run | mount=tmpfs $tmpfs"
    compare
    assert_passes 'tmpfs on /run'
}

testEachFlagOfAVolume() {
    local flag
    for flag in ro nosuid nodev noexec nosymfollow noatime; do
        facts without <<<"place /run/a | $volume flags=$flag,relatime"
        facts with <<<"place /run/a | $volume flags=rw,relatime"
        compare
        assert_seen "place /run/a: stays: flags $flag,relatime -> rw,relatime"
        facts without <<<"place /run/a | $volume flags=ro,$flag,relatime"
        facts with <<<"place /run/a | $volume flags=ro,relatime"
        compare
        assert_seen "place /run/a: stays: flags ro,$flag,relatime -> ro,relatime"
    done
}

testEachDeed() {
    local deed
    for deed in write write-data exec dev; do
        facts without <<<"place /tmp/a | $volume $deed=EROFS"
        facts with <<<"place /tmp/a | $volume $deed=yes"
        compare
        assert_seen "place /tmp/a: stays: $deed EROFS -> yes"
        facts with <<<"place /tmp/a | $volume $deed=EACCES"
        compare
        assert_passes 'another reason'
    done
    facts without <<<"place /tmp/a | $volume suid=no"
    facts with <<<"place /tmp/a | $volume suid=yes"
    compare
    assert_seen 'suid no -> yes'
}

testWhatIsGone() {
    facts without <<<"place /run/a | $volume"
    facts with <<<'place /run/a | absent=ENOENT'
    compare
    assert_seen 'place /run/a: vanishes: mount tmpfs -> -'
    facts with <<<'place /run/a | in=/run type=4 mode=755 owner=0:0'
    compare
    assert_seen 'place /run/a: unmounted: mount tmpfs -> -'
    facts with <<<"place /run/a | ${volume/source\/1/source\/2}"
    compare
    assert_seen 'place /run/a: stays: root /source/1 -> /source/2'
    facts without <<<'entry /run/httpd/file | type=10 mode=644 owner=0:0'
    facts with </dev/null
    compare
    assert_seen 'entry /run/httpd/file: vanishes: type 10 -> -'
}

testUsersVolumeAtAPlaceOfOurs() {
    facts without <<<"place /run | $volume flags=ro,relatime write=EROFS"
    facts with <<<"place /run | mount=tmpfs $tmpfs"
    compare
    assert_seen 'place /run: stays: write EROFS -> yes'
}

testHost() {
    facts without </dev/null
    facts with <<<'during-mount /sys/fs/cgroup#1 | fs=cgroup2 root=/x flags=rw prop=shared:own'
    compare
    assert_seen 'during-mount /sys/fs/cgroup#1: appears: fs - -> cgroup2'
    facts with <<<'left host-mount /run/x#0 | fs=tmpfs root=/ flags=rw prop=private'
    compare
    assert_seen 'left host-mount /run/x#0: appears: fs'
    facts with <<<'during-cgroup memory.max | mode=644 owner=100000:100000'
    facts without <<<'during-cgroup memory.max | mode=644 owner=0:0'
    compare
    assert_seen 'during-cgroup memory.max: stays: owner 0:0 -> 100000:100000'
}

testLimits() {
    facts without <<<'cgroup-top memory.max | mode=644 owner=0:0 write=EROFS'
    facts with <<<'cgroup-top memory.max | mode=644 owner=0:0 write=yes'
    compare
    assert_seen 'cgroup-top memory.max: stays: write EROFS -> yes'
    facts without </dev/null
    compare
    assert_seen 'cgroup-top memory.max: appears: write - -> yes'
    facts without <<<'during-limit Max | open files 1024 4096 files'
    facts with <<<'during-limit Max | open files 4096 4096 files'
    compare
    assert_seen 'during-limit Max: '
}

testTheHostsCgroupTree() {
    local cgroup
    facts without <<<'place /sys/fs/cgroup | in=/sys type=4 mode=755 owner=0:0 write=EROFS'
    facts with <<<'place /sys/fs/cgroup | mount=cgroup2 root=/ flags=rw,nosuid,nodev,noexec,relatime type=4 mode=755 owner=0:0 write=EROFS'
    compare
    assert_passes 'the own cgroup'
    cgroup=host
    compare
    assert_seen 'place /sys/fs/cgroup: mounted: flags - -> rw,'
}

testJournalDirectory() {
    local flags
    facts without </dev/null
    for flags in rw,nosuid,nodev,relatime rw,nosuid,noexec,relatime rw,nodev,noexec,relatime ro,nosuid,nodev,noexec,relatime; do
        facts with <<<"place /var/log/journal/x | mount=tmpfs root=/x super=rw,mode=2755 flags=$flags"
        compare
        assert_seen "place /var/log/journal/x: appears: flags - -> $flags"
    done
}

testAContainerThatDoesNotStart() {
    facts without </dev/null
    printf 'start\tno: because\n' >"$SHUNIT_TMPDIR/with"
    compare
    assert_seen 'start: yes -> no: because'
    : >"$SHUNIT_TMPDIR/with"
    compare
    assertEquals 'no facts are no success' 2 "$status"
    echo 'start yes' | tr ' ' '\t' >"$SHUNIT_TMPDIR/with"
    compare
    assertEquals 'a probe that said nothing' 2 "$status"
}

testCrio() {
    facts without <<<"place /run | mount=tmpfs root=/ flags=rw,nosuid,nodev,noexec,relatime exec=EACCES"
    facts with <<<"place /run | mount=tmpfs root=/ flags=rw,nosuid,nodev,relatime exec=yes"
    compare
    assert_seen 'place /run: stays: exec EACCES -> yes'
    compare "$differential/allowed-cri-o"
    assert_passes "CRI-O's own tmpfs"
}

. shunit2
