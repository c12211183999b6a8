#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh, read by systemd-hook.sh, expanded in the container
# oci-systemd-hook on older kernels, made by a seccomp filter: what has a substitute leads to the same end, what has
# none is refused before anything is changed.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
DENY=$TOP_BUILDDIR/tests/lib/deny-syscall
enter_host "$@"
"$DENY" statmount -- true 2>/dev/null || skip_all 'kernel: no seccomp filters'

# Work for every call that changes a mount: clones of directories and files, a new tmpfs, an engine's tmpfs.
prepare_image() {
    mkdir -p "$rootfs"/run/{httpd,volume} "$rootfs/run/host/volume"
    echo hello >"$rootfs/run/httpd/pid"
    edit_config '.annotations["io.container.manager"] = "cri-o"'
    add_mount tmpfs tmpfs /tmp noexec
    add_mount cgroup cgroup /sys/fs/cgroup ro
    prepare='mount -t tmpfs -o noexec,nosuid,noatime tmpfs $rootfs/tmp
        mount -t tmpfs tmpfs $rootfs/run/volume; mount -t tmpfs tmpfs $rootfs/run/host/volume'
}

# end_state: mounts with their options, files and owners, without what is another in each container
end_state() {
    in_container findmnt -n -l -o TARGET,FSTYPE,FSROOT,VFS-OPTIONS,PROPAGATION,OPT-FIELDS |
        sed -n "s,^$rootfs,,p" | tr -s ' ' | sort
    in_container bash -c "$(declare -f tree); tree '$rootfs'"
    in_container cat "$rootfs/etc/machine-id" "$rootfs"/run/host/{container-uuid,container-manager}
    tree /var/log
    find "/sys/fs/cgroup$own" -printf '%p %m %U:%G\n' | sort
}

# hook_once CALL... [-- FLAG]: the hook in a new container, without these calls; $end is how it ended
hook_once() {
    local flag=-C calls=()
    [[ $* != *mount_setattr* ]] || not_under_valgrind "$VALGRIND_AND_CLONE" || return 0
    while [ $# -gt 0 ] && [ "$1" != -- ]; do calls+=("$1"); shift; done
    [ $# -eq 0 ] || flag=$2
    kill_container
    rm -rf "${rootfs:?}"/var/log/journal /var/log/journal/*
    start_container "$flag" || return
    wrapper="${calls[*]:+$DENY ${calls[*]} --} ${also:-}" assert_silent
    end=$(end_state)
}

# assert_same_end FLAG CALL...: without these calls all is as with them
assert_same_end() {
    local with_all changes options=
    prepare_image
    # another host on this machine may change the options of cgroup2, and with them what has to be mounted
    until [ "$options" = "$(findmnt -n -o OPTIONS /sys/fs/cgroup)" ]; do
        options=$(findmnt -n -o OPTIONS /sys/fs/cgroup)
        hook_once -- "$1"
        with_all=$end
        hook_once "${@:2}" -- "$1"
    done
    assertContains "$with_all" "/run/host tmpfs / ro,nosuid,nodev,noexec,relatime private"
    assertContains "$with_all" "/etc/machine-id tmpfs /machine-id ro,nosuid,nodev,noexec,relatime private"
    assertContains "$with_all" "/tmp tmpfs / rw,nosuid,noatime private"
    assertContains "$with_all" "/var/log/journal/$machine_id tmpfs /journal/$machine_id rw,nosuid,nodev,noexec,relatime private"
    changes=$(diff <(echo "$with_all") <(echo "$end"))
    assertNull "without ${*:2}: $changes" "$changes"
}

testWithoutMountSetattr() {
    assert_same_end -C mount_setattr
}

testWithoutMountSetattrHostNamespace() {
    assert_same_end -m mount_setattr
    assertContains "$end" "/sys/fs/cgroup cgroup2 / ro,nosuid,nodev,noexec"
    assertContains "$end" "/sys/fs/cgroup$own cgroup2 $own rw,nosuid,nodev,noexec"
    assertContains "$end" "/sys/fs/cgroup$own/cgroup.max.depth cgroup2 $own/cgroup.max.depth ro,"
}

testWithoutMountSetattrUserNamespace() {
    assert_same_end -CUr mount_setattr
}

testWithoutStatmount() {
    assert_same_end -C statmount
}

testWithoutCloseRange() {
    assert_same_end -C close_range
}

testWithoutAnyOfThem() {
    assert_same_end -C mount_setattr statmount close_range
}

# The container's root is shared with another mount: what arrives there has the right options at once, and nothing of
# what the substitute does elsewhere. The journal's mount is no peer of the host's, though that is shared too.
testWithoutMountSetattrShared() {
    local where
    not_under_valgrind "$VALGRIND_AND_CLONE" || return 0
    prepare_image
    mkdir "$bundle/peer"
    prepare+='; mount --make-shared $rootfs; mount --bind $rootfs $bundle/peer; mount --make-slave $bundle/peer'
    mount --make-shared /var/log
    hook_once mount_setattr
    for where in /etc/machine-id /run/host /sys/fs/cgroup "/var/log/journal/$machine_id"; do
        assertEquals "$where" "$(options_of "$rootfs$where")" "$(options_of "$bundle/peer$where")"
    done
    assertContains "$(options_of "$rootfs/run/host")" ro,nosuid,nodev,noexec
    # with spaces: shared:12 is no part of shared:123
    assertNotContains " $(in_container findmnt -n -o OPT-FIELDS --mountpoint "$rootfs/var/log/journal/$machine_id") " \
        " $(findmnt -n -o OPT-FIELDS --mountpoint /var/log) "
    assertEquals 'on the host' '' "$(findmnt -n -l -o TARGET | grep -e "^$bundle" -e '^/var/log/.')"
}

options_of() {
    in_container findmnt -n -o FSTYPE,FSROOT,VFS-OPTIONS --mountpoint "$1" | tail -n 1
}

# The substitute fails at each of its own calls, in the child or outside of it: all is taken back.
testWithoutMountSetattrFails() {
    local call number wrapper
    need_strace || return 0
    prepare_image
    for call in clone wait4 unshare mount mknodat mkdirat dup3; do
        rm -rf "${rootfs:?}"/var/log/journal /var/log/journal/*
        start_container || return
        snapshot
        for ((number = 1; ; number++)); do
            wrapper="strace -f -qq -o $bundle/trace -e trace=$call -e inject=$call:error=EIO:when=$number $DENY mount_setattr --"
            run_hook --strict
            grep -q INJECTED "$bundle/trace" || break
            assertEquals "$call $number: $err" 1 "$status"
            assert_unchanged "$call $number"
        done
        assertTrue "$call is called" "[ $number -gt 1 ]"
        assertEquals "$call: $err" 0 "$status"
        kill_container
    done
}

# refused CALL: one line, status 1, all as it was
refused() {
    wrapper="$DENY $1 --" run_hook "${@:2}"
    assert_fails "This kernel has no $1(2): Linux 5.10 or newer is needed"
    assert_unchanged "$1"
}

testRefused() {
    local call
    not_under_valgrind "$VALGRIND_AND_PROBES" || return 0
    prepare_image
    start_container || return
    snapshot
    for call in pidfd_open openat2 fsopen fsmount open_tree move_mount; do
        refused "$call"
        refused "$call" --explain
        assertNull "$out"
    done
}

# Opted out, it runs on any kernel; and on one that can look into images, whatever is not systemd.
testNotOursIsNotRefused() {
    local call
    start_container || return
    ln -sfn ../bin/busybox "$rootfs/sbin/init" && touch "$rootfs/usr/bin/busybox" && ln -sfn usr/bin "$rootfs/bin"
    for call in fsopen fsmount open_tree move_mount; do
        wrapper="$DENY $call --" assert_silent
    done
    edit_config '.annotations["io.containers.systemd-hook"] = "false"'
    for call in pidfd_open openat2; do
        wrapper="$DENY $call --" assert_silent
    done
}

# Nothing that is old is needed to note the end of a journal.
testPoststop() {
    edit_config '.annotations["io.podman.annotations.autoremove"] = "true"'
    start_container || return
    assert_silent
    kill_container
    assertTrue "[ -d /var/log/journal/$machine_id ]"
    OCI_HOOKS_TEST_WRAPPER="$DENY pidfd_open openat2 fsopen fsmount open_tree move_mount mount_setattr --" run_hook_poststop
    assertEquals 0 "$status$err"
    assertTrue "[ -L /var/log/journal/.oci-systemd-hook.ended/$machine_id ]"
}

. shunit2
