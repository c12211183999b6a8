# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # tests/hosts/run sets tree, images, exchange, arg_*
# Boots a container host: systemd-nspawn on cgroup v2, without help of this machine's own systemd, if it has one.
#
# The cached tree is the lower layer of an overlay whose upper layer is our tmpfs. The engines' storage and the journal,
# which do not like to be on an overlay, are on the tmpfs itself.

cgroup_users=/run/oci-hooks-test-hosts

# cgroup2_options: the options of the machine's cgroup2, which are the same for all its mounts.
cgroup2_options() {
    awk '{ for (i = 7; i <= NF; i++) if ($i == "-") break }
        $(i + 1) == "cgroup2" { print $(i + 3); exit }' /proc/self/mountinfo
}

# cgroup2_set MOUNT OPTIONS: sets just these options, whatever they were.
cgroup2_set() {
    mount --options-mode=ignore -o "remount,$2" "$1"
}

cgroup2_mount_point() {
    findmnt -n -t cgroup2 -o TARGET | head -n 1
}

# cgroup2_acquire: turns nsdelegate on, as every systemd host has it, where this machine has it off. The options belong
# to the whole machine: the last of several runs puts them back.
cgroup2_acquire() {
    local mount_point options

    mount_point=$(cgroup2_mount_point)
    [[ -n $mount_point ]] || die "this machine has no cgroup2 mounted"
    mkdir -p "$cgroup_users"
    exec 7>"$cgroup_users/lock"
    flock 7
    options=$(cgroup2_options)
    if [[ ! -e $cgroup_users/before ]]; then
        printf '%s\n' "$options" >"$cgroup_users/before"
        if [[ ,$options, != *,nsdelegate,* ]]; then
            cgroup2_set "$mount_point" "$options,nsdelegate,memory_recursiveprot"
        fi
        cgroup2_options >"$cgroup_users/during"
    fi
    : >"$cgroup_users/user.$$"
    exec 7>&-
}

# cgroup2_release: fails when the host changed the options under us.
cgroup2_release() {
    local before during now user pid others='' r=0

    [[ -e $cgroup_users/user.$$ ]] || return 0
    exec 7>"$cgroup_users/lock"
    flock 7
    before=$(<"$cgroup_users/before") during=$(<"$cgroup_users/during") now=$(cgroup2_options)
    if [[ $now != "$during" ]]; then
        note "the machine's cgroup2 options changed from $during to $now"
        r=1
    fi
    rm -f "$cgroup_users/user.$$"
    for user in "$cgroup_users"/user.*; do
        pid=${user##*.}
        if kill -0 "$pid" 2>/dev/null; then others=1; else rm -f "$user"; fi
    done
    if [[ -z $others ]]; then
        [[ $now == "$before" ]] || cgroup2_set "$(cgroup2_mount_point)" "$before"
        if [[ $(cgroup2_options) != "$before" ]]; then
            note "cannot set the machine's cgroup2 options back to $before"
            r=1
        fi
        rm -f "$cgroup_users"/*
        rmdir "$cgroup_users" 2>/dev/null || :
    fi
    exec 7>&-
    return $r
}

# cgroup2_on_top: makes /sys/fs/cgroup of our namespace cgroup2, by a bind: a new mount would change the options.
cgroup2_on_top() {
    local mount_point

    mount_point=$(cgroup2_mount_point)
    [[ $mount_point != /sys/fs/cgroup ]] || return 0
    mkdir cgroup
    mount --bind "$mount_point" cgroup
    umount -R /sys/fs/cgroup
    mount --move cgroup /sys/fs/cgroup
}

# containers_conf: what podman cannot do without a controller or a capability that this machine does not lend.
containers_conf() {
    printf '[containers]\n'
    grep -qw pids /sys/fs/cgroup/cgroup.controllers || printf 'pids_limit=0\n'
    if ! setpriv --dump | grep -q 'Capability bounding set:.*sys_resource'; then
        printf 'default_ulimits=["nofile=20000:20000","nproc=20000:20000"]\n'
    fi
}

clean_up_nspawn() {
    local r=$? try

    set +e
    trap '' INT TERM HUP
    if [[ -d ${cgroup:-} ]]; then
        for ((try = 0; try < 50; try++)); do
            echo 1 2>/dev/null >"$cgroup/cgroup.kill"
            find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
            [[ -d $cgroup ]] || break
            sleep 0.1
        done
        [[ ! -d $cgroup ]] || { note "cannot remove $cgroup"; r=125; }
    fi
    cgroup2_release || r=125
    exit "$r"
}

# boot_nspawn: boots and waits; its caller has made $exchange and stands in an empty tmpfs.
boot_nspawn() {
    local image options=() nspawn

    trap clean_up_nspawn EXIT
    trap 'exit 130' INT TERM HUP
    cgroup2_acquire
    cgroup2_on_top

    mkdir upper work root images containers journal machine-run empty
    mount -t overlay -o "lowerdir=$tree,upperdir=upper,workdir=work" overlay root
    mkdir -p root/etc/containers
    containers_conf >root/etc/containers/containers.conf
    for image in "${!images[@]}"; do
        : >"images/$image.tar"
        mount --bind "${images[$image]}" "images/$image.tar"
    done
    options=(--bind-ro="${hosts_dir%/*}:/srv/tests" --bind-ro="$PWD/images:/srv/images" --bind="$exchange:/srv/run"
        --bind="$PWD/containers:/var/lib/containers" --bind="$PWD/journal:/var/log/journal")
    if [[ $arg_tree == engines ]]; then
        mkdir docker containerd
        options+=(--bind="$PWD/docker:/var/lib/docker" --bind="$PWD/containerd:/var/lib/containerd")
    fi
    [[ -z $arg_stage ]] || options+=(--bind-ro="$arg_stage:/srv/stage")
    for image in /dev/fuse /dev/net/tun; do
        [[ ! -c $image ]] || options+=(--bind="$image")
    done

    # systemd-nspawn keeps locks and a propagation directory in /run/systemd: not this machine's.
    mkdir old-run
    mount --bind /run old-run
    cgroup_users=$PWD/old-run/${cgroup_users##*/}
    mount --bind machine-run /run

    cgroup=/sys/fs/cgroup/oci-hooks-test-host.$$
    mkdir "$cgroup"
    (
        echo "$BASHPID" >"$cgroup/cgroup.procs"
        export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_SECCOMP=0 SYSTEMD_LOG_LEVEL=warning
        exec timeout -k 10 $((arg_timeout + 240)) systemd-nspawn --quiet --register=no --keep-unit \
            --directory=root --machine=testhost --capability=all --private-network \
            --console=pipe --boot "${options[@]}" systemd.unified_cgroup_hierarchy=1
    ) </dev/null >"$exchange/console" 2>&1 &
    nspawn=$!
    # In the background, or a signal would have to wait for it.
    tail -n +1 -s 0.1 -f --pid="$nspawn" "$exchange/log" &
    wait $!
    wait "$nspawn" || [[ -s $exchange/status ]] || note "systemd-nspawn ended with $?"
}
