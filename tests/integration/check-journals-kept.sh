#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check journals --prune: what is never removed.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
need setfattr
enter_check_host "$@"

oneTimeSetUp() {
    use_host_of_journals
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

# crun takes the bundle for its own working directory now and then.
testBundleThatIsNone() {
    make_host_journal
    make_journal $GONE
    mark $JOURNAL/$GONE ${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb /
    prune
    assertEquals 'whether the container is there cannot be told' "$(state_of_journal $GONE)"
    assertTrue kept "[ -e $JOURNAL/$GONE/system.journal ]"
}

# The store is the one in which the container was made, and complete.
testStoreThatIsAnother() {
    local container=${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb what
    make_host_journal
    make_journal $GONE
    mark_more $JOURNAL/$GONE $store/$container
    mv $store $store.moved
    mkdir $store
    prune
    assertTrue 'an empty one' "[ -e $JOURNAL/$GONE ]"
    cp $store.moved/containers.json $store
    prune
    assertTrue 'one that the engine made where another was mounted' "[ -e $JOURNAL/$GONE ]"
    rm -r ${store:?} && mv $store.moved $store
    mv $store/containers.json $store.json
    prune
    assertTrue 'its content was moved' "[ -e $JOURNAL/$GONE ]"
    for what in '' '[' '{}' "[{\"id\":\"$container\"}]"; do
        echo -n "$what" >$store/volatile-containers.json
        prune
        assertTrue "volatile: $what" "[ -e $JOURNAL/$GONE ]"
        cp $store.json $store/containers.json
        prune
        assertTrue "both: $what" "[ -e $JOURNAL/$GONE ]"
        rm $store/containers.json
    done
    echo -n '[]' >$store/volatile-containers.json
    prune
    assertFalse 'the store, complete, without it' "[ -e $JOURNAL/$GONE ]"
    mv $store.json $store/containers.json
    rm $store/volatile-containers.json
}

# dockerd ANSWER: from now on, on its socket
dockerd() {
    [ -z "${dockerd:-}" ] || { kill $dockerd; wait $dockerd 2>/dev/null; }
    rm -f /run/docker.sock
    # shellcheck disable=SC2016 # variables of perl
    perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Local => "/run/docker.sock", Listen => 5) or die; my $text = shift;
        while (my $c = $s->accept) { open(my $asked, ">", "/run/asked"); print $asked scalar <$c>; close($asked); print $c $text; close($c) }' \
        "$(printf '%b' "$1")" &
    dockerd=$!
    while [ ! -S /run/docker.sock ] && kill -0 $dockerd; do sleep 0.02; done
}

# containerd removes the bundle of a container that is only stopped. Of Docker's containers dockerd itself is asked.
testDockerAndContainerd() {
    local container=${GONE}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb home
    local none='HTTP/1.0 404 Not Found\r\n\r\n{"message":"No such container: x"}'
    perl -MIO::Socket::UNIX -e 1 2>/dev/null || { skip 'tool: perl is not installed'; return; }
    home=/var/lib/docker/containers/$container
    make_host_journal
    make_journal $GONE
    mkdir -p ${home%/*}
    dockerd "$none"
    mark $JOURNAL/$GONE $container /run/containerd/io.containerd.runtime.v2.task/default/$container
    prune
    assertTrue containerd "[ -e $JOURNAL/$GONE ]"
    mark $JOURNAL/$GONE $container /run/containerd/io.containerd.runtime.v2.task/moby/$container
    prune
    assertTrue 'of an older version' "[ -e $JOURNAL/$GONE ]"
    mark_more $JOURNAL/$GONE $home
    mkdir $home
    prune
    assertTrue stopped "[ -e $JOURNAL/$GONE ]"
    mv /var/lib/docker/containers /var/lib/docker/moved && mkdir /var/lib/docker/containers
    prune
    assertTrue 'an empty directory where the data-root was' "[ -e $JOURNAL/$GONE ]"
    rmdir /var/lib/docker/containers && mv /var/lib/docker/moved /var/lib/docker/containers && rmdir $home
    dockerd 'HTTP/1.0 200 OK\r\n\r\n{}'
    prune
    assertTrue 'dockerd knows it: the data-root is elsewhere' "[ -e $JOURNAL/$GONE ]"
    for answer in '' 'HTTP/1.0 500 Error\r\n\r\n' 'HTTP/1.0 404 Not Found\r\n\r\n{"message":"page not found"}' SSH-2.0; do
        dockerd "$answer"
        prune
        assertTrue "$answer" "[ -e $JOURNAL/$GONE ]"
    done
    kill $dockerd && dockerd=''
    prune
    assertTrue 'no dockerd' "[ -e $JOURNAL/$GONE ]"
    dockerd "$none"
    prune
    assertFalse gone "[ -e $JOURNAL/$GONE ]"
    assertContains "$(cat /run/asked)" "GET /containers/$container/json HTTP/1.0"
    kill $dockerd && dockerd=''
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

. shunit2
