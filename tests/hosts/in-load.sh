# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # ids and sleeps are for the files that source this one, others is theirs
# What the load tests share, after in-host.sh: many bundles of one image, and what a host has that could leak.
# OCI_HOOKS_TEST_SIZE=full asks for the sizes of docs/SECURITY-TESTS.md.

load_dir=/var/lib/containers/load

# size SMALL FULL: which of them is asked for
size() {
    [ "${OCI_HOOKS_TEST_SIZE:-}" = full ] && echo "$2" || echo "$1"
}

# report WHAT CONTAINERS OUTCOME: a row of the table in docs/SECURITY-TESTS.md
report() {
    printf 'report: | %s | %s | %s |\n' "$@"
}

# milliseconds: a clock
milliseconds() {
    echo $((${EPOCHREALTIME/./} / 1000))
}

# new_ids COUNT: sets $ids, as an engine makes them
new_ids() {
    mapfile -t ids < <(head -c $((32 * $1)) /dev/urandom | od -An -v -tx1 -w32 | tr -d ' ')
}

# warm_up: the first container of each runtime leaves what runtime and engine keep
warm_up() {
    local each
    for each in runc crun; do
        use_runtime "$each"
        podman run --rm busybox sh -c :
    done
    use_runtime "$RUNTIME"
    machinectl list >/dev/null
}

# The unit that waits for containers to go, with whose end their journals go; without it the next hook is who removes them.
watch_ended() {
    systemctl enable --now oci-hooks-journals-ended.path 2>/dev/null
}

do_not_watch_ended() {
    systemctl disable --now oci-hooks-journals-ended.path 2>/dev/null
    systemctl stop oci-hooks-journals-ended.service
}

# template IMAGE FILTER: what `bundles` makes bundles of: an image, and a config.json with the fragments of hooks/ and after
# that jq filter
template() {
    local fragments=/usr/share/doc/oci-systemd-hooks/hooks

    need_image "$1"
    image=$1 lower=$(podman image mount "$1")
    mkdir -p $load_dir
    mountpoint -q $load_dir || mount -t tmpfs tmpfs $load_dir
    (cd $load_dir && rm -f config.json && "$RUNTIME" spec && jq -n -f $fragments/merge.jq config.json \
        $fragments/{systemd-hook,register-machine-hook}/config.json | jq "$2" >template)
}

# sleeps: a filter: the least of containers, which opts in
sleeps='.process.args = ["/bin/sleep", "3600"] | .annotations["io.containers.systemd-hook"] = "true"'

# bundles ID...: one for each, with a root file system of its own; every second one is of a container that is removed with
# its journal (podman run --rm)
bundles() {
    local id n=0 dir
    for id; do
        dir=$load_dir/$id
        mkdir -p "$dir"/{upper,work,rootfs}
        mount -t overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/rootfs"
        cp $load_dir/template "$dir/config.json"
        ((n++ % 2)) || continue
        jq '.annotations["io.podman.annotations.autoremove"] = "true"' $load_dir/template >"$dir/config.json"
    done
}

# remove_bundles ID...: as the engine does when the container is gone for good
remove_bundles() {
    local id
    for id; do
        umount "$load_dir/$id/rootfs"
        rm -rf "${load_dir:?}/$id"
    done
    podman image unmount "$image" >/dev/null
}

# new_journals: those that were not there when $others was set, without what the hooks note beside them
new_journals() {
    comm -13 <(echo "$others") <(journals) | grep -v '^\.'
}

# assert_journals_go ID...: of containers that ended: all journals are there as long as the bundles are; then every second
# one goes without help, and this removes the others
assert_journals_go() {
    assertEquals 'journals as long as there are bundles' "$(printf '%.32s\n' "$@" | sort)" "$(new_journals)"
    remove_bundles "$@"
    assert_soon 'journals that are kept' 60 is "$(odd_ones "$@")" new_journals
    assertEquals 'journals that are kept' "$(odd_ones "$@")" "$(new_journals)"
    (cd /var/log/journal && odd_ones "$@" | xargs rm -r)
}

# odd_ones ID...: every second one, from the first: those whose journal is kept
odd_ones() {
    printf '%.32s\n%.0s' "$@" | sort
}

# start_one ID, delete_one ID: what the runtime says is in $load_dir/ID/said, and its status
start_one() {
    "$RUNTIME" --systemd-cgroup run -d --bundle "$load_dir/$1" "$1" </dev/null >"$load_dir/$1/said" 2>&1
    echo $? >"$load_dir/$1/status"
}

delete_one() {
    "$RUNTIME" delete -f "$1" </dev/null >"$load_dir/$1/said" 2>&1
    echo $? >"$load_dir/$1/status"
}

# side_by_side FUNCTION ID...: all at once; fails where one does
side_by_side() {
    local function=$1 id
    shift
    for id; do
        "$function" "$id" &
    done
    wait
    for id; do
        assertEquals "$RUNTIME, $function $id: $(cat "$load_dir/$id/said")" 0 "$(cat "$load_dir/$id/status")"
    done
}

# leaders: name and first process of each machine; containers NAME...: the same of the runtime's containers
leaders() {
    local name
    machines | while IFS= read -r name; do
        echo "$name $(machinectl show -p Leader --value "$name")"
    done
}

containers() {
    "$RUNTIME" list -f json | jq -r '.[] | select(.status == "running") | "\(.id[:32]) \(.pid)"' | sort
}

watched=(systemd-machined dbus)

# host_state: what could be left on the host: mounts, journals, machines, cgroups, files, descriptors
host_state() {
    local unit
    # it exits when it has had nothing to do for a while
    systemctl start systemd-machined
    findmnt -rn -o TARGET,FSTYPE | sort
    find /var/log/journal -mindepth 1 -maxdepth 1 | sort
    find /run -xdev \( -path '/run/systemd/machine*' -o -path '/run/systemd/nspawn*' -o -path "/run/$RUNTIME/*" \) | sort
    # but for systemd's note of the service that removes journals, which waits for more of them
    find /run /var/lib /tmp -xdev -name '*oci*hook*' ! -name 'invocation:oci-hooks-journals-ended.*' | sort
    find /sys/fs/cgroup -name '*.scope' | sort
    for unit in "${watched[@]}"; do
        echo "$unit $(descriptors "$unit")"
    done
}

# descriptors UNIT: how many files it has open; rss UNIT: how much memory it has, in kB
descriptors() {
    find "/proc/$(systemctl show -P MainPID "$1")/fd" -mindepth 1 | wc -l
}

rss() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$(systemctl show -P MainPID "$1")/status"
}

# assert_state BEFORE WHY: of the host, as it was; machined may need a moment
assert_state() {
    wait_for 20 is "$1" host_state
    assertEquals "$2" '' "$(diff <(echo "$1") <(host_state))"
}
