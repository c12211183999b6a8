# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are shared with common.sh and the files that source this one
# A host so small that all of it can be compared before and after each call of a hook, and containers whose images or
# whose root mean ill. The test moves into it with a mount and a process namespace of its own: where an image leads a
# hook that fails, there is none of this machine's files. hostile-call(.c) makes the calls.
#
#     . "${0%/*}/../lib/common.sh"
#     . "${0%/*}/../lib/hostile.sh"
#     enter_small_host "$@"

HOSTILE_CALL=$TOP_BUILDDIR/tests/lib/hostile-call
ID=81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843
calls=0 cell='' prepare='' left_out=''
# who the container's root is on the host: another one has a user namespace
user=0 user_namespace_root=100000
# whether what the image holds is there at its `first` start, or comes before the second one
life=first
# how the host has its cgroups: v2, hybrid, or v1; and how many mounts a container gets that is set up whole
layout=v2 whole=7 hierarchies=()
# the leak check of a sanitizer build takes longer than all the rest, and says on stderr what it cannot do here
export ASAN_OPTIONS=detect_leaks=0
JOURNAL=/var/log/journal/${ID::32}
bundle=/srv/bundle rootfs=/srv/bundle/rootfs
# as podman has it, below the root of each hierarchy
cgroup=/machine.slice/libpod-$ID.scope/container
up=../../../../../../../../../../../..

# enter_small_host "$@": before `. shunit2`. With layout=hybrid, where this machine has v1 and v2 beside each other.
enter_small_host() {
    local where roots name
    if [ "$layout" = hybrid ]; then
        hierarchies=(systemd unified pids)
        whole=$((7 + ${#hierarchies[@]}))
    fi
    if [ -n "${SMALL_HOST_CGROUPS:-}" ]; then
        make_small_host
        return
    fi
    [ "$(id -u)" = 0 ] || skip_all 'kernel: an ordinary user cannot make cgroups and devices'
    need unshare pivot_root findmnt setfattr chattr
    for name in "${hierarchies[@]}"; do
        mountpoint -q "/sys/fs/cgroup/$name" || skip_all "kernel: this machine's cgroup is not hybrid"
    done
    where=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
    [ -n "$where" ] || skip_all 'kernel: no cgroup2 file system is mounted'
    roots=("$where")
    [ "$layout" = v2 ] || roots=("${hierarchies[@]/#//sys/fs/cgroup/}")
    roots=("${roots[@]/%//oci-hooks-hostile.$$}")
    mkdir "${roots[@]}" 2>/dev/null || skip_all 'kernel: cgroups cannot be made here'
    (
        for where in "${roots[@]}"; do echo "$BASHPID" >"$where/cgroup.procs" || exit; done
        export SMALL_HOST_CGROUPS="${roots[*]}" TOP_SRCDIR TOP_BUILDDIR
        exec unshare -m -C -p -f --kill-child --propagation private bash "$(realpath "$0")" "$@"
    )
    status=$?
    find "${roots[@]}" -depth -type d -exec rmdir {} +
    exit $status
}

# make_small_host: and go there
make_small_host() {
    local path
    set -e
    mount -t tmpfs -o mode=755 host /mnt
    cd /mnt
    mkdir -p dev etc old proc run/systemd/{system,machine} srv sys usr var/log/journal ".$TOP_SRCDIR" ".$TOP_BUILDDIR"
    mkdir -p -m 1777 tmp
    cp -a /dev/{null,zero,full,random,urandom} dev
    ln -s /proc/self/fd dev/fd
    cp -a --parents /etc/alternatives/awk /etc/ld.so.cache .
    for path in bin sbin lib lib32 lib64; do
        [ ! -L "/$path" ] || cp -a "/$path" .
    done
    for path in /usr "$TOP_SRCDIR" "$TOP_BUILDDIR"; do mount --bind -o ro "$path" ".$path"; done
    mount --rbind /sys sys
    show_cgroups
    mount -t proc proc proc
    pivot_root . old
    umount -l old
    rmdir old
    cd /
    export TMPDIR=/tmp
    fill_small_host
    set +e
}

# show_cgroups: of all cgroups, those of this test, as a host has them
show_cgroups() {
    local path name
    if [ "$layout" = v2 ]; then
        mount --bind "$SMALL_HOST_CGROUPS" old
        mkdir -p "old$cgroup" old/machine.slice/other
    else
        mount -t tmpfs -o mode=755 cgroup old
        for path in $SMALL_HOST_CGROUPS; do
            name=$(basename "${path%/*}")
            mkdir "old/$name"
            mount --bind "$path" "old/$name"
            mkdir -p "old/$name$cgroup" "old/$name/machine.slice/other"
        done
    fi
    umount -R sys/fs/cgroup
    mount --move old sys/fs/cgroup
}

# leave_v2: of a host that has v1 and v2
leave_v2() {
    [ "$layout" != v1 ] || return 0
    umount /sys/fs/cgroup/unified
    rmdir /sys/fs/cgroup/unified
    layout=v1 whole=$((whole - 1))
}

# fill_small_host: what a hook may be led to. `d` is a directory and `f` a file wherever a link wants one.
fill_small_host() {
    echo 0123456789abcdef0123456789abcdef >/etc/machine-id
    echo 'NAME=small' >/etc/os-release
    chgrp 4 /var/log/journal && chmod 2755 /var/log/journal
    # a journal directory of the host's own, and one of another container
    mkdir -m 2755 /var/log/journal/{0123456789abcdef0123456789abcdef,eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee}
    setfattr -n trusted.oci-systemd-hook.owner -v $'eeeee\n/bundle' /var/log/journal/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
    mkdir -p /srv/{bundle,other} /srv/canary/d/sub /srv/both/d /srv/shared/d
    echo precious | tee /srv/{canary,both,shared}/f /srv/canary/d/{file,sub/file} /etc/shadow >/dev/null
    chmod 600 /etc/shadow
    chown 1234:5678 /srv/canary/d/file && chmod 4711 /srv/canary/d/file
    # one of the container's users: not for give_image, which a hard link may lead to it
    chown $((user_namespace_root + 1234)) /srv/canary/f
    setfattr -n trusted.canary -v sings /srv/canary/d
    # user::rwx user:1234:r-x group::r-x mask::r-x other::---
    setfattr -n system.posix_acl_access -v \
        0x0200000001000700ffffffff02000500d204000004000500ffffffff10000500ffffffff20000000ffffffff /srv/canary/d/sub
    mount --bind /srv/shared /srv/shared && mount --make-shared /srv/shared
    mkfifo /srv/canary/fifo
    make_zoo /srv/zoo
    make_friendly_image /srv/friendly.0
    cp -a /srv/friendly.0 /srv/friendly.$user_namespace_root
    chown -hR $user_namespace_root:$user_namespace_root /srv/friendly.$user_namespace_root
    # a machined that registers whatever it is asked to; what it was asked is no part of what is compared
    "$TOP_BUILDDIR/tests/lib/fake-machined" varlink /run/systemd/machine/io.systemd.Machine ok $bundle/asked &
    until [ -S /run/systemd/machine/io.systemd.Machine ]; do sleep 0.02; done
}

# make_zoo DIRECTORY: with one of everything in it
make_zoo() {
    mkdir -p "$1"/{open,of-others,deep/er/and/deeper}
    "$TOP_BUILDDIR/tests/lib/fake-machined" varlink "$1/socket" deaf /dev/null &
    until [ -S "$1/socket" ]; do sleep 0.02; done
    kill $!
    wait $! 2>/dev/null || true
    mkfifo "$1/fifo"
    mknod "$1/char" c 1 7
    mknod "$1/block" b 7 0
    echo program >"$1/setuid" && chmod 6755 "$1/setuid"
    chmod 7777 "$1/open" && chown 1234:5678 "$1/of-others" && chmod 0 "$1/of-others"
    ln /srv/canary/f "$1/hard-link"
    ln -s /srv/canary/d "$1/link-to-directory" && ln -s /srv/canary/f "$1/link-to-file"
    ln -s "$up/etc/shadow" "$1/link-up" && ln -s /proc/1/root "$1/link-to-proc"
    ln -s loop "$1/loop"
}

make_friendly_image() {
    mkdir -p "$1"/{usr/lib/systemd,sbin,run,tmp,etc,var/log,proc,sys/fs/cgroup,srv/both/d}
    write_systemd "$1" 257 && chmod 755 "$1/usr/lib/systemd/systemd"
    ln -s ../usr/lib/systemd/systemd "$1/sbin/init"
    : >"$1/etc/machine-id"
    : >"$1/srv/both/f"
}

# write_systemd IMAGE VERSION: which is read where the host has cgroup v1
write_systemd() {
    printf '\177ELF libsystemd-shared-%s.so\0 and more' "$2" >"$1/usr/lib/systemd/systemd"
}

# need_users USER: inside a test, for a container whose root that is
need_users() {
    [ "$1" = 0 ] || unshare -U true 2>/dev/null || { skip 'kernel: no user namespaces' && return 1; }
}

# leave_out_immutable: in $things, the lines that this kernel cannot do; testImmutable tells of it
leave_out_immutable() {
    : >/srv/try
    chattr +i /srv/try 2>/dev/null && chattr -i /srv/try && return
    things=$(grep -v 'chattr +' <<<"$things")
    left_out='kernel: tmpfs has no immutable files'
}

# write_config [MOUNT]: for a container that its engine removes by itself; MOUNT is an element of `mounts`
write_config() {
    printf '%s' '{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"args": ["/sbin/init"], "env": []},
        "annotations": {"io.podman.annotations.autoremove": "true"}, "linux": {"namespaces": [{"type": "mount"}]},
        "mounts": ['"${1:-}"']}' >$bundle/config.json
}

# fresh_image: the friendly one in place of the last one, and nothing mounted in it
fresh_image() {
    [ ! -d $rootfs ] || { chattr -R -f -i $rootfs; rm -rf $rootfs; }
    cp -a /srv/friendly.$user $rootfs
    prepare=''
}

# give_image: to the container's root, what was made in it
give_image() {
    [ "$user" = 0 ] || chown -hR --from=0:0 "$user:$user" $rootfs
}

# call private|host|stopped HOOK [OPTION...]: in $exit how it ended, in $mounts how many mounts the container got, in
# $journal whether its journal directory is the `same`, in $says what was said. $prepare is what the container mounts,
# $cell what to say of a failure. Whatever is asked of the hook: it ends in time, with 0 or 1; with 1 it has said why, in
# one line that is no warning; and the host is as it was.
call() {
    local word rest faults='' lines last at="$cell, ${2##*/} ${*:3}, $1"
    exit='' mounts='' journal='' says='' calls=$((calls + 1))
    while read -r word rest; do
        case $word in
        exit) exit=$rest ;;
        mounts) mounts=$rest ;;
        journal) journal=$rest ;;
        says) rest=${rest#oci-*: } says+=${rest#"${ID::12}: "}$'\n' ;;
        *) faults+="$word $rest"$'\n' ;;
        esac
    done < <("$HOSTILE_CALL" "$ID" "$bundle" "$cgroup" "$user" "$1" "$prepare" "${@:2}" 2>&1)
    lines=${says//[!$'\n']/} last=${says%$'\n'} last=${last##*$'\n'}
    [ -z "$faults" ] || fail "$at: $faults"
    case $exit in
    0) ;;
    1) [[ $last == 'Failed to '* && $last != *', ignoring'* ]] || fail "$at: does not say why: $says" ;;
    *) fail "$at: ends with '$exit': $says" ;;
    esac
    [ ${#lines} -le 2 ] || fail "$at: says too much: $says"
}
