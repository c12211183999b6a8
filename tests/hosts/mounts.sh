#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The user's volumes, in the way of what the hooks make: they stay, and the hooks write nothing into them.
#
# `podman init` runs the hooks and not yet systemd, so what is in a volume then is the hooks' or the engine's.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

volumes=/var/lib/containers/volumes-of-users

oneTimeSetUp() {
    need_image web
    mkdir -p /tmp/no-hooks $volumes
}

tearDown() {
    remove_all
}

# volume NAME...: directories on the host with a file that has their name
volume() {
    local name
    for name; do
        mkdir -p $volumes/"$name"
        echo "$name" >$volumes/"$name"/kept
    done
}

# contents: all that is in all volumes; without what podman makes there, sooner or later
contents() {
    find $volumes -mindepth 1 ! -name .containerenv \( -type d -printf '%P %y\n' -o -printf '%P %y %m %U:%G %s %l\n' \) | sort
}

# prepared NAME OPTION...: all is made but systemd does not run yet. In $written what the hooks wrote into volumes, and
# no engine would: a twin without hooks gets the same ones.
prepared() {
    local name=$1 before without
    shift
    mark
    before=$(contents)
    podman create --name twin "$@" web >/dev/null
    podman --hooks-dir /tmp/no-hooks init twin >/dev/null
    without=$(contents)
    podman rm -f twin >/dev/null
    run podman create --name "$name" "$@" web
    run podman init "$name"
    assertEquals "podman init $name: $err" 0 "$status" || return
    id=$(podman inspect -f '{{.Id}}' "$name")
    machine=${id:0:32}
    written=$(comm -13 <(echo "$without") <(contents))
    assertContains "$name" "$(contents)" "$before"
}

# booted NAME: systemd runs as well. podman start would run no hook again.
booted() {
    podman start "$1" >/dev/null
    assertEquals "$1" running "$(state_of "$1")"
    assertEquals "$1: failed" '' "$(podman exec "$1" systemctl --failed --no-legend)"
    assertTrue "$1: registered" "has_machine $machine"
}

# assert_kept CONTAINER PATH VOLUME...: at the path is that volume
assert_kept() {
    local name=$1
    shift
    while [ $# -gt 0 ]; do
        assertEquals "$1" "$2" "$(podman exec "$name" cat "$1/kept")"
        shift 2
    done
}

# kind_of CONTAINER PATH: the file system that is mounted there, and how often
kind_of() {
    podman exec "$1" findmnt -n -o FSTYPE --mountpoint "$2" | sort | uniq -c | awk '{ print $2, $1 }'
}

# propagating_volumes: volumes private, slave and shared are shared mounts on the host
propagating_volumes() {
    local kind
    volume private slave shared
    for kind in private slave shared; do
        mount --bind $volumes/$kind $volumes/$kind
        mount --make-private $volumes/$kind
        mount --make-shared $volumes/$kind
        mkdir -p $volumes/$kind/later
    done
    mounts_before=$(our_mounts)
}

# our_mounts: mounts of this host that look like those in a container
our_mounts() {
    awk '{ print $4, $5 }' /proc/self/mountinfo | grep -E 'machine-id|run/(host|systemd)|journal/' | sort
}

# assert_propagation EXEC...: what is mounted on the host later is seen below /run/slave and /run/shared alone, and
# nothing of the container is mounted on the host
assert_propagation() {
    local kind
    assertEquals 'mounts of the host' "$mounts_before" "$(our_mounts)"
    for kind in private slave shared; do
        mount -t tmpfs later $volumes/$kind/later
        : >$volumes/$kind/later/seen
        assertEquals "$kind: a mount made on the host later" "$([ $kind = private ] || echo seen)" \
            "$("$@" ls /run/$kind/later)"
        umount $volumes/$kind/later
        umount -l $volumes/$kind
    done
}

testBelowAndBeside() {
    propagating_volumes
    volume sub nested tmp deep lock beside through slash read-only below-journal
    echo file >$volumes/file
    prepared web -v $volumes/sub:/run/sub -v $volumes/nested:/run/sub/a/nested --tmpfs /run/sub/tmpfs:size=1m \
        -v $volumes/tmp:/tmp/x -v $volumes/deep:/tmp/a/b/c -v $volumes/lock:/run/lock/x -v $volumes/beside:/runx \
        -v $volumes/through:/var/run/through -v $volumes/slash:/run/slash/ -v $volumes/read-only:/run/read-only:ro \
        -v $volumes/below-journal:/var/log/journal/below -v $volumes/file:/run/file \
        -v $volumes/private:/run/private -v $volumes/slave:/run/slave:rslave -v $volumes/shared:/run/shared:rshared || return
    assertEquals '' "$written"
    booted web
    assert_kept web /run/sub sub /run/sub/a/nested nested /tmp/x tmp /tmp/a/b/c deep /run/lock/x lock /runx beside \
        /var/run/through through /run/slash slash /run/read-only read-only /var/log/journal/below below-journal
    assertEquals 'each once' 1 "$(podman exec web findmnt -n -o TARGET | grep -oE '/(run|tmp)/.*' | sort | uniq -c | awk '{ print $1 }' | sort -u)"
    assertEquals file "$(podman exec web cat /run/file)"
    assert_propagation podman exec web
    assertEquals 'tmpfs 1' "$(kind_of web /run/sub/tmpfs)"
    assertEquals 'its journal is on the host' "/var/log/journal/$machine" \
        "$(podman exec web findmnt -n -o TARGET "/var/log/journal/$machine")"
    assertEquals '' "$(said)"
}

testAtTmpLockJournal() {
    volume tmp lock journal
    prepared web -v $volumes/tmp:/tmp -v $volumes/lock:/run/lock/ -v $volumes/journal:/var/log/journal || return
    assertEquals '' "$written"
    booted web
    assert_kept web /tmp tmp /run/lock lock /var/log/journal journal
    podman exec web journalctl --sync
    assertTrue 'journal is in the volume' "[ -s '$volumes/journal/$machine/system.journal' ]"
    assertFalse 'and not on the host' "[ -e '/var/log/journal/$machine' ]"
    assertEquals "${machine:0:12}: /var/log/journal is on a volume: the journal stays there" "$(said)"
}

# systemd is content with a /run that is no tmpfs
testAtRun() {
    local path
    for path in /run /var/run; do
        volume run
        prepared web -v $volumes/run:$path || return
        assertEquals $path '' "$written"
        booted web
        assert_kept web /run run
        assertFalse "[ -e $volumes/run/host ]"
        assertEquals "$path" "${machine:0:12}: /run is a volume: /run/host is not set up" "$(said)"
        remove_all
        rm -r $volumes/run
    done
}

testAtEtcAndVar() {
    podman volume create etc >/dev/null
    podman volume create var >/dev/null
    mark
    start web -v etc:/etc -v var:/var web || return
    assertEquals running "$(state_of web)"
    assertEquals "podman's own id, put there by systemd" "$machine" "$(podman exec web cat /etc/machine-id)"
    assertEquals "/var/log/journal/$machine" "$(podman exec web findmnt -n -o TARGET "/var/log/journal/$machine")"
    assertEquals 'nothing of the journal in the volume' '' \
        "$(find "$(podman volume inspect -f '{{.Mountpoint}}' var)/log/journal" -mindepth 1 2>/dev/null)"
    assertEquals '' "$(said)"
}

# assert_machine_id MODE ID: the user's file is the container's, and systemd does not try to commit it
assert_machine_id() {
    echo "$2" >$volumes/id
    prepared web -v $volumes/id:/etc/machine-id:"$1" || return
    assertEquals '' "$written"
    booted web
    assertEquals "$2" "$(podman exec web cat /etc/machine-id)"
    assertEquals "$2" "$(cat $volumes/id)"
}

testAtMachineId() {
    local theirs
    theirs=$(systemd-id128 new)
    assert_machine_id ro "$theirs"
    assertEquals "/var/log/journal/$theirs" "$(podman exec web findmnt -n -o TARGET "/var/log/journal/$theirs")"
    remove_all
    # the host's own, as some do
    assert_machine_id rw "$(cat /etc/machine-id)"
    assertContains "$(said)" "$(cat /etc/machine-id)"
}

testEmptyMachineId() {
    : >$volumes/id
    prepared web -v $volumes/id:/etc/machine-id || return
    booted web
    assertEquals "podman's own id, put there by systemd" "$machine" "$(cat $volumes/id)"
    assertEquals '' "$(said)"
}

testTmpfsWithOtherOptions() {
    prepared web --tmpfs /run:size=20m --tmpfs /tmp:size=9m,mode=0700,noexec --tmpfs /run/lock:size=1m \
        --tmpfs /sys/fs/cgroup || return
    booted web
    assertEquals 20480 "$(podman exec web df -k --output=size /run | tail -n 1 | xargs)"
    assertEquals 9216 "$(podman exec web df -k --output=size /tmp | tail -n 1 | xargs)"
    assertContains "$(podman exec web findmnt -n -o VFS-OPTIONS /tmp)" noexec
    assertEquals 1024 "$(podman exec web df -k --output=size /run/lock | tail -n 1 | xargs)"
    assertEquals "$machine" "$(podman exec web cat /etc/machine-id)"
    assertEquals '' "$(said)"
}

# What the articles of cgroup v1 times tell to do
testAtCgroup() {
    prepared web -v /sys/fs/cgroup:/sys/fs/cgroup:ro || return
    booted web
    run podman exec web sh -c 'mkdir /sys/fs/cgroup/mine && rmdir /sys/fs/cgroup/mine'
    assertEquals "own cgroup: $err" 0 "$status"
    run podman exec web sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'a limit' 0 "$status"
    assertEquals "the host's are out of sight" '' "$(podman exec web sh -c 'ls -d /sys/fs/cgroup/machine.slice 2>/dev/null')"
    assertEquals '' "$(said)"
}

# The runtime alone: it is the hook that mounts /run and /tmp, and puts the volumes back.
testUnderTheRuntimeAlone() {
    mark
    propagating_volumes
    volume nested
    bare web 'mkdir -p tmp/of-image/deep' ".linux.rootfsPropagation = \"shared\" | .mounts += [(\"private\", \"slave\", \"shared\") |
        {destination: (\"/run/\" + .), type: \"bind\", source: (\"$volumes/\" + .), options: [\"rbind\", \"r\" + .]}] +
        [(\"/tmp/deep/nested/\", \"/runx\") | {destination: ., type: \"bind\", source: \"$volumes/nested\", options: [\"rbind\"]}]"
    wait_for 30 "$RUNTIME" exec web test -S /run/dbus/system_bus_socket
    assertEquals running "$("$RUNTIME" exec web timeout 60 systemctl is-system-running --wait)"
    assertEquals tmpfs "$("$RUNTIME" exec web findmnt -n -o FSTYPE --mountpoint /run)"
    assertEquals tmpfs "$("$RUNTIME" exec web findmnt -n -o FSTYPE --mountpoint /tmp)"
    assertEquals nested "$("$RUNTIME" exec web cat /tmp/deep/nested/kept)"
    assertEquals nested "$("$RUNTIME" exec web cat /runx/kept)"
    assertTrue "[ -d /proc/$("$RUNTIME" state web | jq .pid)/root/tmp/of-image/deep ]"
    assert_propagation "$RUNTIME" exec web
    assertEquals 'nothing of ours' '' \
        "$(cd $volumes && find private slave shared nested -mindepth 1 ! -name kept ! -name later)"
    assertEquals '' "$(said)"
    remove_bare web
}

. shunit2
