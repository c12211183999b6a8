# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and the files that source this one
# A host and containers for tests of oci-systemd-hook, made of namespaces only:
#   host       a private mount namespace; /etc is a copy, /var/log an empty tmpfs, /sys/fs/cgroup v2
#   container  a sleeping process in a cgroup, a mount and (mostly) a cgroup namespace of its own, with
#              its root file system bound on itself, as runtimes leave it for createRuntime hooks
# A file begins with `. common.sh; . systemd-hook.sh; enter_host "$@"`; setUp and tearDown are here.
# $rootfs is the image, $config the config.json (edit_config), $prepare what the container does before
# it sleeps (its mounts; $rootfs and $own are set). Then start_container, run_hook [OPTION...].

# leave_foreign_mounts: a host that is being built beside the tests may take its mounts away at any time
leave_foreign_mounts() {
    local cache=${OCI_HOOKS_CACHE:-/var/cache/oci-systemd-hooks}
    findmnt -rn -o TARGET | grep "^$cache/" | tac | while IFS= read -r where; do umount -l "$where"; done
}

# enter_hybrid_host "$@": the same where /sys/fs/cgroup has the hierarchies of v1 and v2 beside each other
enter_hybrid_host() {
    local name
    hierarchies=(systemd unified memory pids)
    for name in "${hierarchies[@]}"; do
        mountpoint -q "/sys/fs/cgroup/$name" || skip_all "kernel: this machine's cgroup is not hybrid"
    done
    cgroup_roots=("${hierarchies[@]/#//sys/fs/cgroup/}")
    enter_host "$@"
}

# enter_host "$@": before `. shunit2`. The mount options of cgroup2 belong to the whole machine, so
# cgroup2 is never mounted here, only bound.
enter_host() {
    local where
    [ "$(id -u)" = 0 ] || skip_all 'kernel: an ordinary user cannot make cgroups and private journals'
    need unshare nsenter jq getfattr setfattr findmnt
    enter_mount_namespace "$@"
    leave_foreign_mounts
    where=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
    [ -n "$where" ] || skip_all 'kernel: no cgroup2 file system is mounted'
    [ ${#cgroup_roots[@]} -eq 0 ] || where=/sys/fs/cgroup
    mount -t tmpfs tmpfs /mnt && mkdir /mnt/cgroup /mnt/etc && cp -a /etc/. /mnt/etc || exit
    if [ "$where" != /sys/fs/cgroup ]; then
        mount --bind "$where" /mnt/cgroup && umount -R /sys/fs/cgroup &&
            mount --move /mnt/cgroup /sys/fs/cgroup || exit
    fi
    mount --bind /mnt/etc /etc || exit
    echo 0123456789abcdef0123456789abcdef >/etc/machine-id
    cgroups=/oci-hooks-test.$$
    [ ${#cgroup_roots[@]} -gt 0 ] || cgroup_roots=(/sys/fs/cgroup)
    mkdir "${cgroup_roots[@]/%/$cgroups}" 2>/dev/null || skip_all 'kernel: cgroups cannot be made here'
    cgroup_options=$(findmnt -R -n -o OPTIONS /sys/fs/cgroup)
}

setUp() {
    mount -t tmpfs tmpfs /var/log && mkdir -m 2755 /var/log/journal && chgrp 4 /var/log/journal || return
    bundle=$(mktemp -d "$SHUNIT_TMPDIR/bundle.XXXXXX")
    rootfs=$bundle/rootfs pid='' id=81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843
    machine_id=${id::32} own=$cgroups/${bundle##*.} prepare=: propagation=private
    chmod 755 "$bundle"
    mkdir -p "$rootfs"/{usr/lib/systemd,usr/bin,sbin,run,tmp,etc,var/log,proc,sys/fs/cgroup}
    printf 'none' >"$rootfs/usr/lib/systemd/systemd" && chmod 755 "$rootfs/usr/lib/systemd/systemd"
    ln -s ../usr/lib/systemd/systemd "$rootfs/sbin/init"
    : >"$rootfs/etc/machine-id"
    echo '{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"args": ["/sbin/init"], "env": ["PATH=/bin"]},
        "mounts": [], "annotations": {}, "linux": {"namespaces": [{"type": "mount"}]}}' >"$bundle/config.json"
    mkdir "${cgroup_roots[@]/%/$own}"
}

# shunit2 calls it once more at the end, after a failure
tearDown() {
    kill_container
    [ ! -d "${cgroup_roots[0]}$own" ] ||
        { find "${cgroup_roots[@]/%/$own}" -depth -type d -exec rmdir {} \; && umount /var/log; }
}

oneTimeTearDown() {
    [ ! -d "${cgroup_roots[0]}$cgroups" ] || rmdir "${cgroup_roots[@]/%/$cgroups}"
}

kill_container() {
    [ -z "${holder:-}" ] || { kill "$holder" && wait "$holder" 2>/dev/null; }
    holder='' joined=''
    [ -n "${pid:-}" ] || return 0
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    pid=
}

edit_config() {
    jq "$@" <"$bundle/config.json" >"$bundle/config.new" && mv "$bundle/config.new" "$bundle/config.json"
}

# add_mount TYPE SOURCE DESTINATION [OPTION...]: to config.json only; the mount is made by $prepare
add_mount() {
    # shellcheck disable=SC2016 # variables of jq
    edit_config --arg t "$1" --arg s "$2" --arg d "$3" \
        '.mounts += [{type: $t, source: $s, destination: $d, options: $ARGS.positional}]' --args "${@:4}"
}

# start_container [UNSHARE-FLAG...]: by default with a cgroup namespace (-C); `start_container -m` without
start_container() {
    local tries
    rm -f "$bundle/ready"
    # shellcheck disable=SC2016 # expanded there
    roots="${cgroup_roots[*]}" rootfs=$rootfs own=$own bundle=$bundle prepare=$prepare joined=${joined:-} bind=${bind:---bind} propagation=${propagation:-private} bash -c '
        for root in $roots; do echo 0 >"$root$own/cgroup.procs" || exit; done
        exec $joined unshare -m --propagation $propagation "$@" bash -ec "
            mount \$bind \"\$rootfs\" \"\$rootfs\"
            $prepare
            : >\"\$bundle/ready\"
            exec sleep 900"' - "${@:--C}" </dev/null &
    pid=$!
    for ((tries = 0; tries < 400; tries++)); do
        [ ! -e "$bundle/ready" ] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    fail 'the container did not start'
    return 1
}

# join_user_namespace UID GID: for the next start_container, one whose root is that user outside
join_user_namespace() {
    local tries
    unshare -U sleep 900 </dev/null >/dev/null 2>&1 &
    holder=$!
    for ((tries = 0; tries < 400; tries++)); do
        [ "$(readlink "/proc/$holder/ns/user")" = "$(readlink /proc/self/ns/user)" ] || break
        sleep 0.02
    done
    echo "0 $1 65536" >"/proc/$holder/uid_map" && echo "0 $2 65536" >"/proc/$holder/gid_map" || return
    # its root has to come to the image
    chmod 755 "$SHUNIT_TMPDIR" "${SHUNIT_TMPDIR%/*}" && chown "$1:$2" "$bundle" && joined="nsenter -U -t $holder"
}

# state [STATUS]: what a runtime gives to a hook; $id and $bundle need no escapes
state() {
    local status=${1:-created} process=
    [ "$status" = stopped ] || process=", \"pid\": ${pid:-0}"
    printf '{"ociVersion": "1.0.2", "id": "%s", "status": "%s", "bundle": "%s"%s}\n' "$id" "$status" "$bundle" "$process"
}

# run_hook [OPTION...]: at createRuntime; OCI_HOOKS_TEST_WRAPPER runs it under a tool (valgrind …)
# shellcheck disable=SC2086 # the wrapper is a command with arguments
run_hook() {
    state >"$bundle/state.json"
    run ${wrapper:-${OCI_HOOKS_TEST_WRAPPER:-}} "$SYSTEMD_HOOK" "$@" <"$bundle/state.json"
}

# shellcheck disable=SC2086
run_hook_poststop() {
    state stopped >"$bundle/state.json"
    run ${OCI_HOOKS_TEST_WRAPPER:-} "$SYSTEMD_HOOK" "$@" <"$bundle/state.json"
}

# run_hook_gone [OPTION...]: as podman calls it once more at times, when it has removed the container
# shellcheck disable=SC2086
run_hook_gone() {
    state stopped >"$SHUNIT_TMPDIR/state.json"
    mv "$bundle" "$bundle.gone"
    run ${OCI_HOOKS_TEST_WRAPPER:-} "$SYSTEMD_HOOK" "$@" <"$SHUNIT_TMPDIR/state.json"
    mv "$bundle.gone" "$bundle"
}

# assert_silent [OPTION...]: the hook succeeds and says nothing
assert_silent() {
    run_hook "$@"
    assertEquals "status: $err" 0 "$status"
    assertNull "$err" "$err"
}

# assert_fails MESSAGE: the last call failed with one line that contains this
assert_fails() {
    assertEquals "status: $err" 1 "$status"
    assertContains "$err" "$1"
    assertEquals "one line: $err" 1 "$(wc -l <<<"$err")"
}

# assert_warns MESSAGE: the last call succeeded with a line that contains this
assert_warns() {
    assertEquals "status: $err" 0 "$status"
    assertContains "$err" "$1"
}

# in_container COMMAND...: in its mount namespace; the image is at $rootfs
in_container() {
    nsenter -m -t "$pid" -- "$@"
}

# mount_of PATH: type and options of the mount whose root this is, in the container
mount_of() {
    in_container findmnt -n -o FSTYPE,VFS-OPTIONS --mountpoint "$rootfs$1" | tail -n 1 | tr -s ' '
}

# stat_of PATH: mode, owner and group, in the container
stat_of() {
    in_container stat -c '%a %u:%g' "$rootfs$1"
}

# tree DIRECTORY...: all there is, to compare before and after; not the processes and cgroups of others
tree() {
    local all=(find "$@" '(' -regex '.*/\(sys/fs/cgroup\|rootfs/proc\)' -prune -o -true ')')
    "${all[@]}" -printf '%p %y %m %U:%G %s %l\n' | sort
    "${all[@]}" -print0 | sort -z | xargs -0 getfattr -h -d -m - --absolute-names
}

# snapshot: to a file, what a hook that fails, or has nothing to do, leaves as it is
snapshot() {
    {
        # the options of cgroup2 belong to the machine, and others may change them
        sed 's/ - cgroup2 .*//' "/proc/$pid/mountinfo"
        in_container bash -c "$(declare -f tree); tree '$rootfs'"
        tree /var/log /etc/machine-id
        # Linux 6.18 was seen to change the mode of all cgroup.kill, by itself
        find "${cgroup_roots[@]/%/$own}" ! -name cgroup.kill -printf '%p %m %U:%G\n' | sort
        cat "${cgroup_roots[@]/%/$own/cgroup.procs}"
    } >"${1:-$bundle/before}"
}

# assert_unchanged WHY: all is as snapshot saw it
assert_unchanged() {
    snapshot "$bundle/after"
    local changes
    changes=$(diff -U 0 "$bundle/before" "$bundle/after")
    assertNull "$1: $changes" "$changes"
}
