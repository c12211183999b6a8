# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with common.sh and the files that source this one
# A host for oci-hooks-check: this machine with other /etc, /usr/share, /usr/local, /var and /sys/fs, in a mount
# namespace. All is well on it: podman (a script that says so), both hooks, machined, a journal, no SELinux.
# A file begins with `. common.sh; . check-host.sh; enter_check_host "$@"`; setUp and tearDown are here.

made=()
HOOKS=/usr/share/containers/oci/hooks.d

enter_check_host() {
    local where
    [ "$(id -u)" = 0 ] || skip_all 'kernel: an ordinary user cannot make the host that is looked at'
    need jq findmnt
    enter_mount_namespace "$@"
    where=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
    [ -n "$where" ] || skip_all 'kernel: no cgroup2 file system is mounted'
    mount -t tmpfs tmpfs /mnt && mkdir /mnt/{etc,cgroup} && cp -a /etc/. /mnt/etc && mount --bind "$where" /mnt/cgroup || exit
}

# made anew for each test: the mounts, in this order, and taken away from the last to the first
setUp() {
    made=()
    make_place /etc && cp -a /mnt/etc/. /etc && make_place /usr/share && make_place /usr/local && make_place /var/log &&
        make_place /var/lib && make_place /run && make_place /sys/fs && mkdir /sys/fs/cgroup &&
        mount --bind /mnt/cgroup /sys/fs/cgroup || return
    rm -rf /etc/containers /etc/crio /etc/oci-register-machine.conf /etc/systemd/system/systemd-machined.service
    mkdir -p /var/log/journal $HOOKS /usr/local/bin /etc/systemd/system
    echo '[Unit]' >/etc/systemd/system/systemd-machined.service
    mkdir -p /run/systemd/machine && : >/run/systemd/machine/io.systemd.Machine
    install_engine podman 'podman version 9.9.9'
    install_hooks "$HOOKS"
}

make_place() {
    mount -t tmpfs tmpfs "$1" && made=("$1" "${made[@]}")
}

# shunit2 calls it once more at the end
tearDown() {
    local place
    for place in "${made[@]}"; do
        umount -R "$place" || return
    done
    made=()
}

# install_engine NAME VERSION
install_engine() {
    printf '#!/bin/sh\necho "%s"\n' "$2" >"/usr/local/bin/$1"
    chmod 755 "/usr/local/bin/$1"
}

# install_hooks DIRECTORY: as the package does, the programs being those of this build
install_hooks() {
    local name
    mkdir -p "$1"
    for name in oci-systemd-hook oci-register-machine; do
        jq --arg path "$TOP_BUILDDIR/$name" '.hook.path = $path' "$TOP_BUILDDIR/hooks.d-json/$name.json" >"$1/$name.json"
    done
}

# edit_hook FILTER FILE
edit_hook() {
    jq "$1" "$2" >"$2.new" && mv "$2.new" "$2"
}

# check [ARGUMENT...]: its report is in $out
check() {
    run "$CHECK" --json "$@"
    jq -e . <<<"$out" >/dev/null || fail "no JSON: $out$err"
}

# level_of CHECK [SUBJECT]: of the findings of that name
level_of() {
    jq -r --arg check "$1" --arg subject "${2:-}" '[.findings[] | select(.check == $check and
        ($subject == "" or .subject == $subject)).level] | unique | join(" ")' <<<"$out"
}

# wrong: what is wrong, in short
wrong() {
    jq -r '.findings[] | select(.level == "error" or .level == "warning") | "\(.check) \(.subject)"' <<<"$out" |
        grep -v ^cgroup-nsdelegate | sort
}

# ---- of journals

JOURNAL=/var/log/journal
GONE=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

# use_host_of_journals: once: the host's id, and $store, where podman has its containers
use_host_of_journals() {
    store=$SHUNIT_TMPDIR/overlay-containers
    mkdir "$store" && echo -n '[{"id":"another"}]' >"$store/containers.json"
    echo 0123456789abcdef0123456789abcdef >/mnt/etc/machine-id
}

# mark DIRECTORY CONTAINER BUNDLE
mark() {
    setfattr -n trusted.oci-systemd-hook.owner -v "$2"$'\n'"$3" "$1"
}

# mark_more DIRECTORY HOME [MORE]: what a hook of today adds: where the engine has the container, and the directory that is in
mark_more() {
    local store
    store=$(stat -c '%i,%W' "${2%/*}"),$(stat -c %w "${2%/*}" | sed 's/.*\.\([0-9]*\).*/\1/;s/^0*\(.\)/\1/')
    setfattr -n trusted.oci-systemd-hook.container -v "{\"home\":\"$2\",\"store\":[$store]${3:-}}" "$1"
}

# make_journal ID [CONTAINER]: of a podman container whose bundle is $store/CONTAINER/userdata
make_journal() {
    local container=${2:-${1}bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
    mkdir -p "$JOURNAL/$1"
    head -c 20000 /dev/zero >"$JOURNAL/$1/system.journal"
    mark "$JOURNAL/$1" "$container" "$store/$container/userdata"
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
