#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086,SC2154 # paths without spaces; out, err and status are set by run
# oci-hooks-check explain: what the hooks would do, by config.json alone (tests/hosts/check-explain.sh: that they do it), and what
# is missing of a container that runs.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/check-host.sh"
. "${0%/*}/../lib/check-bundle.sh"
need setfattr
enter_check_host "$@"

# plan: of oci-systemd-hook, without what is there only where nsdelegate is off
plan() {
    text_of hook-plan oci-systemd-hook | sed 's/^at the next start would //' | grep -v '^make all but the delegated files'
}

testContainerWithoutMounts() {
    make_bundle
    explain
    assertEquals "mount tmpfs on /run (mode=0755,size=20%,nr_inodes=800k)
mount tmpfs on /run/lock (mode=0755,size=5m)
mount tmpfs on /tmp (mode=1777,size=10%,nr_inodes=400k)
mount the container's cgroup writable on /sys/fs/cgroup
describe the host in /run/host
mount the container's id on /etc/machine-id
mount the host's journal directory on /var/log/journal/$MACHINE" "$(plan)"
    assertContains "$(text_of hook-plan oci-register-machine)" "would register it as $MACHINE, service podman"
}

testMountsOfTheEngine() {
    make_bundle
    edit '.mounts = [("/run", "/run/lock", "/tmp" | {type: "tmpfs", source: "tmpfs", destination: .}),
        {type: "cgroup", source: "cgroup", destination: "/sys/fs/cgroup", options: ["rprivate", "rw"]}]'
    explain
    assertEquals "describe the host in /run/host
mount the container's id on /etc/machine-id
mount the host's journal directory on /var/log/journal/$MACHINE" "$(plan)"
    edit '.mounts[3].options = ["ro"]'
    explain
    assertContains "$(plan)" 'make writable by a second mount /sys/fs/cgroup'
}

testMountsOfTheUser() {
    make_bundle
    edit '.mounts = [{type: "bind", source: "/srv", destination: "/run", options: ["rbind"]}]'
    explain
    assertContains "$(plan)" 'warn: /run is a volume: neither /run/host nor a machine id is set up'
    assertNotContains "$(plan)" 'tmpfs on /run '
    # which PID 1 takes the id from, where it finds an empty file
    edit '.process.env += ["container_uuid='"$MACHINE"'"]'
    explain
    assertContains "$(plan)" 'warn: /run is a volume: /run/host is not set up'
    assertContains "$(plan)" "journal directory on /var/log/journal/$MACHINE"
    edit 'del(.process.env[-1])'
    edit '.mounts[0].destination = "/var/log/journal"'
    explain
    assertContains "$(plan)" 'warn: /var/log/journal is on a volume: the journal stays there'
}

# The id that the user chose, and what the image has in the file, decide as they do in the hook.
testMachineId() {
    local chosen=11112222333344445555666677778888 text
    make_bundle
    echo $chosen >"$bundle/id"
    edit '.mounts = [{type: "bind", source: "'"$bundle/id"'", destination: "/etc/machine-id", options: ["rbind", "ro"]}]'
    explain
    assertContains "$(plan)" "journal directory on /var/log/journal/$chosen"
    assertNotContains "$(plan)" warn
    edit '.mounts = []'
    mkdir -p "$bundle/rootfs/etc"
    for text in uninitialized $chosen rubbish; do
        echo $text >"$bundle/rootfs/etc/machine-id"
        explain
        assertContains "$text" "$(plan)" "mount the container's id on /etc/machine-id"
    done
    echo "$MACHINE" >"$bundle/rootfs/etc/machine-id"
    explain
    assertNotContains 'it is there' "$(plan)" "mount the container's id"
    rm "$bundle/rootfs/etc/machine-id" && mkdir "$bundle/rootfs/etc/machine-id"
    explain
    assertContains "$(plan)" 'warn: /etc/machine-id is not a regular file'
}

# Without a cgroup namespace its name is known only when it runs.
testHostsCgroupNamespace() {
    make_bundle
    edit '.linux.namespaces = []'
    explain
    assertContains "$(plan)" "show the host's cgroup tree read-only on /sys/fs/cgroup"
    assertContains "$(plan)" "cgroup writable on /sys/fs/cgroup/<its cgroup>"
}

testCgroupVersion1() {
    make_bundle
    mount -t tmpfs tmpfs /sys/fs/cgroup
    explain
    umount /sys/fs/cgroup
    assertNotContains "$(plan)" "/sys/fs/cgroup"
    assertContains "$(plan)" 'mount tmpfs on /run '
}

testAdministratorsOptions() {
    make_bundle
    edit '.hooks.createRuntime[1].args += ["--journal=no", "--run-size", "5%"]'
    explain
    assertContains "$(plan)" 'tmpfs on /run (mode=0755,size=5%,'
    assertNotContains "$(plan)" journal
}

# A container that was not called for gets the options of the file that matches now.
testOptionsOfTheFileThatMatches() {
    make_bundle
    edit 'del(.hooks)'
    jq '.hook.args += ["--journal=no"]' $HOOKS/oci-systemd-hook.json >$HOOKS/new && mv $HOOKS/new $HOOKS/oci-systemd-hook.json
    check explain $bundle
    assertNotContains "$(plan)" journal
    assertEquals note "$(level_of container-journal-none)"
}

testNotOurs() {
    make_bundle
    edit '.process.args = ["/bin/sh"]'
    check explain $bundle
    assertNull "$(text_of hook-plan)"
    assertNull "$(text_of container-id)$(text_of container-journal-missing)"
    assertNull "$(wrong)"
}

# What is not known yet is told, as it may come to that.
testRootFileSystemIsNotMounted() {
    make_bundle
    rm -r $bundle/rootfs/*
    explain
    assertContains "$(plan)" 'mount tmpfs on /run '
}

testEachHookHasItsAnnotation() {
    make_bundle
    edit '.annotations["io.containers.register-machine"] = "false"'
    explain
    assertEquals "is for oci-systemd-hook: its command is systemd (command '/sbin/init')
is not for oci-register-machine: its annotation opts out (command '/sbin/init')" "$(text_of decision)"
    assertNull "$(text_of hook-plan oci-register-machine)"
    edit '.annotations["io.containers.systemd-hook"] = "false" | .annotations["io.containers.register-machine"] = "true"'
    explain
    assertNull "$(plan)"
    assertNotNull "$(text_of hook-plan oci-register-machine)"
}

# One of them may be decided without a look at the root file system.
testOneOfTheHooksIsDecided() {
    make_bundle
    rm -r $bundle/rootfs/*
    edit '.annotations["io.containers.register-machine"] = "false"'
    explain
    assertEquals "is not for oci-register-machine: its annotation opts out (command '/sbin/init')" "$(text_of decision)"
    assertEquals note "$(level_of decision-unknown)"
    assertNull "$(text_of hook-plan oci-register-machine)"
    assertNotNull "$(plan)"
}

# begin_container: it runs, in a unit of its own
begin_container() {
    cgroup=/sys/fs/cgroup/libpod-$ID.scope
    mkdir $cgroup 2>/dev/null || { skip 'kernel: cgroups cannot be made here'; return 1; }
    unshare -m sleep 900 &
    pid=$!
    echo $pid >$cgroup/cgroup.procs
    mkdir -p /run/crun/$ID
    jq -n --argjson pid $pid --arg bundle $bundle '{$pid, $bundle}' >/run/crun/$ID/status
}

end_container() {
    kill $pid
    wait $pid 2>/dev/null
    until rmdir $cgroup; do sleep 0.02; done 2>/dev/null
}

testWhatIsMissing() {
    local cgroup pid
    make_bundle
    edit '.annotations["io.containers.systemd-hook"] = "true"'
    begin_container || return 0
    check explain $ID
    assertEquals "container-journal-missing /var/log/journal/$MACHINE
container-machine-missing $ID" "$(wrong)"
    assertEquals note "$(level_of hook-message-none)"
    edit '.annotations["io.containers.register-machine"] = "false"'
    explain $ID
    assertNull 'nobody wants it registered' "$(wrong)"
    end_container
}

testNeverRan() {
    # shellcheck disable=SC2016 # expanded there
    printf '#!/bin/sh\n[ "$1" = container ] || exit 125\necho %s\n' "'[{\"Id\": \"$ID\", \"OCIConfigPath\": \"\", \"State\": {\"Pid\": 0}}]'" >/usr/local/bin/podman
    [ ! -e /usr/bin/podman ] || { skip 'tool: this machine has a podman of its own'; return; }
    check explain created
    assertEquals note "$(level_of container-never-ran $ID)"
    assertEquals "$err" 0 "$status"
}

testFaultsElsewhere() {
    make_bundle
    echo '{' >$HOOKS/odd.json
    explain
    assertEquals note "$(level_of hooks-dir-faults podman)"
}

testOrdinaryUser() {
    make_bundle
    make_journal_of_it
    mkdir -p /mnt/$ID && cp -a $bundle /mnt/$ID
    chmod -R a+rX /mnt/$ID
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$CHECK" --json explain /mnt/$ID/userdata
    assertEquals "$err" 0 "$status"
    assertEquals note "$(level_of container-journal-unseen)"
    assertContains "$(plan)" 'mount tmpfs on /run '
}

. shunit2
