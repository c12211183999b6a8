#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc and crun alone, with id mappings in config.json.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

bundle=/var/lib/containers/mapped
FRAGMENTS=/usr/share/doc/oci-systemd-hooks/hooks

oneTimeSetUp() {
    local owner
    uncover_kernel_files
    mkdir -p $bundle && mount -t tmpfs tmpfs $bundle && mkdir $bundle/rootfs && chown 100000:300000 $bundle/rootfs
    # unpacked by the container's root
    unshare -U sleep 60 &
    owner=$!
    wait_for 5 sh -c "[ \"\$(readlink /proc/$owner/ns/user)\" != \"\$(readlink /proc/self/ns/user)\" ]"
    echo '0 100000 65536' >/proc/$owner/uid_map
    echo '0 300000 65536' >/proc/$owner/gid_map
    nsenter -U -t $owner tar -C $bundle/rootfs --numeric-owner --exclude='./dev/*' -x <"/srv/images/$SUITE.tar"
    kill $owner
    cd $bundle && "$RUNTIME" spec &&
        jq -n -f $FRAGMENTS/merge.jq config.json $FRAGMENTS/{systemd-hook,register-machine-hook}/config.json >merged &&
        jq '.linux.namespaces += [{type: "user"}]
            | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
            | .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 65536}]' merged >config.json
    cd /srv || return
    mark
    run "$RUNTIME" --systemd-cgroup run -d --bundle $bundle mapped </dev/null
    assertEquals "$RUNTIME run: $(cat "$SHUNIT_TMPDIR/run.err")" 0 "$status"
    root=/proc/$("$RUNTIME" state mapped | jq .pid)/root
}

oneTimeTearDown() {
    "$RUNTIME" delete -f mapped 2>/dev/null
    umount -l $bundle 2>/dev/null
    return 0
}

inside() {
    "$RUNTIME" exec mapped "$@"
}

testReachesRunning() {
    wait_for 30 inside test -S /run/dbus/system_bus_socket
    assertEquals running "$(inside timeout 60 systemctl is-system-running --wait)"
    assertEquals 'the hooks said' '' "$(said)"
}

testAllIsTheContainersRoots() {
    local path
    for path in /run /run/lock /tmp /run/host /run/host/container-uuid /etc/machine-id /sys/fs/cgroup \
        /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.subtree_control; do
        assertEquals "$path" 100000:300000 "$(stat -c %u:%g "$root$path")"
    done
    assertEquals 'a limit' 0:0 "$(stat -c %u:%g "$root/sys/fs/cgroup/cgroup.max.depth")"
    run inside sh -c 'echo 9 >/sys/fs/cgroup/cgroup.max.depth'
    assertNotEquals 'cgroup.max.depth written' 0 "$status"
}

testOneIdAndJournal() {
    local machine
    machine=$(inside cat /etc/machine-id)
    assertEquals "$machine" "$(machinectl show -p Id --value "$(machines)")"
    assertContains "$(journalctl --no-pager -M "$(machines)" -o cat)" 'Startup finished in'
    assertEquals 100000:systemd-journal "$(stat -c %u:%G "/var/log/journal/$machine/system.journal")"
    assert_journal_is_for_readers "$machine"
}

. shunit2
