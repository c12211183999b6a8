# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # tests/hosts/run sets tree, images, exchange, arg_*
# A host that is not booted: the tree with nothing running in it, on this machine's own cgroup hierarchies, v1 and v2 beside
# each other. Its namespaces are its own, and of each hierarchy it has a cgroup, all that it sees of it; with a failing hook
# nothing of this machine is in reach.

here_hierarchies() {
    findmnt -rn -t cgroup,cgroup2 -o TARGET | grep '^/sys/fs/cgroup/'
}

clean_up_here() {
    local r=$? try hierarchy left

    set +e
    trap '' INT TERM HUP
    for ((try = 0; try < 100; try++)); do
        left=''
        for hierarchy in $(here_hierarchies); do
            [[ -d $hierarchy/$cgroup ]] || continue
            find "$hierarchy/$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
            [[ ! -d $hierarchy/$cgroup ]] || left+=" $hierarchy/$cgroup"
        done
        [[ -n $left ]] || break
        sleep 0.1
    done
    [[ -z $left ]] || { note "cannot remove$left"; r=125; }
    cgroup2_release || r=125
    exit "$r"
}

# enter_cgroups: makes this shell's cgroups, and moves it there
enter_cgroups() {
    local hierarchy file

    for hierarchy in $(here_hierarchies); do
        mkdir "$hierarchy/$cgroup"
        # a new cpuset is empty, and nobody may enter it
        for file in cpuset.cpus cpuset.mems; do
            [[ ! -e $hierarchy/$file ]] || cat "$hierarchy/$file" >"$hierarchy/$cgroup/$file"
        done
        echo "$BASHPID" >"$hierarchy/$cgroup/cgroup.procs"
    done
}

# run_here: in the namespaces of the host; sets its root up, enters it and runs the command
run_here() {
    local hierarchy assignment

    mount -t proc proc root/proc
    mount -t sysfs -o ro sysfs root/sys
    mount -t tmpfs -o mode=0755 tmpfs root/sys/fs/cgroup
    for hierarchy in $(here_hierarchies); do
        mkdir "root$hierarchy"
        mount --bind "$hierarchy/$cgroup" "root$hierarchy"
    done
    mount --rbind /dev root/dev
    mount -t tmpfs -o mode=0755 tmpfs root/run
    mount -t tmpfs -o mode=1777 tmpfs root/tmp
    mount -t tmpfs -o mode=0755 tmpfs root/var/log/journal
    mkdir root/srv/{tests,images,run}
    mount --bind "${hosts_dir%/*}" root/srv/tests
    mount --rbind images root/srv/images
    mount --bind "$exchange" root/srv/run
    cp -a containers root/etc/
    [[ -z $arg_stage ]] || cp -a "$arg_stage/." root/
    cd root || exit
    mkdir old-root
    pivot_root . old-root
    umount -l /old-root
    cd /srv || exit
    while IFS= read -r assignment; do
        export "${assignment?}"
    done <run/environment
    eval "set -- $(<run/command)"
    set +e
    timeout -k 10 "$arg_timeout" bash "$@" </dev/null
    printf '%d\n' $? >run/status
}

boot_here() {
    local hierarchy image

    for hierarchy in systemd memory unified; do
        if ! mountpoint -q "/sys/fs/cgroup/$hierarchy"; then
            printf '1..0 # SKIP kernel: cgroup of this machine is not hybrid\n'
            echo 0 >"$exchange/status"
            return
        fi
    done
    cgroup=oci-hooks-test-host.$$
    trap clean_up_here EXIT
    trap 'exit 130' INT TERM HUP
    cgroup2_acquire

    mkdir upper work root images storage containers
    mount -t overlay -o "lowerdir=$tree,upperdir=upper,workdir=work" overlay root
    mount --bind storage root/var/lib/containers
    for image in "${!images[@]}"; do
        : >"images/$image.tar"
        mount --bind "${images[$image]}" "images/$image.tar"
    done
    printf '[containers]\ndefault_ulimits=["nofile=20000:20000","nproc=20000:20000"]\n[engine]\ncgroup_manager="cgroupfs"\nevents_logger="file"\n' \
        >containers/containers.conf
    (
        enter_cgroups
        export -f run_here here_hierarchies
        export cgroup exchange hosts_dir arg_stage arg_timeout
        exec unshare -C -m -n -p --fork --kill-child --propagation private bash -euo pipefail -c run_here
    ) </dev/null 2>&1 | tee "$exchange/log"
}
