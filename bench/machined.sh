#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside a host (bench/run boots it): oci-register-machine and the host's own machined, by Varlink and by D-Bus, with more
# more machines: machined.sh CALLS. Prints lines as sample.c does. A predecessor, if bench/run was given one, by D-Bus.
set -euo pipefail
cd /opt/bench
calls=$1
hook=/usr/libexec/oci/hooks.d/oci-register-machine
id=$(printf '%064x' 0xbe17c4)
dir=/var/tmp/bench
mkdir -p "$dir/rootfs"
trap 'kill $(jobs -p) 2>/dev/null' EXIT

write_state() {
    jq -n --arg id "$id" --arg status "$1" --argjson pid "$leader" --arg bundle "$dir" \
        '{ociVersion: "1.2.1", id: $id, status: $status, pid: $pid, bundle: $bundle}' >"$dir/$1"
}

# make_container: a process in the scope that podman would make
make_container() {
    systemd-run -q --scope --slice=machine.slice --unit="libpod-$id.scope" -p Delegate=yes sleep 1d >/dev/null 2>&1 &
    until cgroup=/sys/fs/cgroup$(systemctl show -P ControlGroup "libpod-$id.scope") && grep -q . "$cgroup/cgroup.procs"; do
        sleep 0.1
    done
    read -r leader <"$cgroup/cgroup.procs"
    jq '.root.path = "rootfs" | .annotations["io.containers.register-machine"] = "true"' config-podman.json >"$dir/config.json"
    write_state created
    write_state stopped
}

# without_varlink: a mount namespace in which machined's socket is out of sight
without_varlink() {
    unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run/systemd/machine && exec sleep 1d' >/dev/null 2>&1 &
    bus_namespace=$!
    until nsenter -m -t "$bus_namespace" test ! -e /run/systemd/machine/io.systemd.Machine; do sleep 0.1; done
}

# pair LABEL HOW COMMAND...: register and unregister
pair() {
    local label=$1 how=$2
    shift 2
    setfattr -x trusted.oci_register_machine "$cgroup" 2>/dev/null || true
    "$@" /opt/bench/measure "$label" "register, $how" "$hook" <"$dir/created"
    machinectl show -p Leader "${id::32}" >&2
    "$@" /opt/bench/measure "$label" "unregister, $how" "$hook" <"$dir/stopped"
}

# old LABEL: the predecessor registers the same container
old() {
    [[ -x ./predecessor ]] || return 0
    ./measure "$1" 'register, predecessor' ./predecessor <"$dir/created"
    busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s "${id::32}"
}

# add_machines N: until there are N; each in a scope that machined makes, as a unit has one machine only
add_machines() {
    while ((n_machines < $1)); do
        n_machines=$((n_machines + 1))
        sleep 1d >/dev/null 2>&1 &
        busctl -q call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager \
            CreateMachine 'sayssusa(sv)' "bench-$n_machines" 0 bench container $! '' 0
    done
}

# As it is, machined has 1,024 descriptors, which are not enough for so many machines: it then writes no more of its files.
raise_limit() {
    mkdir -p /run/systemd/system/systemd-machined.service.d
    printf '[Service]\nLimitNOFILE=16384\n' >/run/systemd/system/systemd-machined.service.d/bench.conf
    systemctl daemon-reload
    systemctl restart systemd-machined
}

printf 'about\tbooted host\t%s, systemd %s\n' "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(systemctl --version | sed -n '1s/systemd \([^ ]*\).*/\1/p')"
raise_limit
make_container
without_varlink
n_machines=0
for machines in 0 100 1000; do
    add_machines "$machines"
    for ((n = 0; n < calls; n++)); do
        for program in true floor; do ./measure "machines $machines" "$program" "./$program" <"$dir/created"; done
        pair "machines $machines" Varlink env
        pair "machines $machines" D-Bus nsenter -m -t "$bus_namespace"
        old "machines $machines"
    done
done 2>"$dir/log" || { tail -n 5 "$dir/log" >&2; exit 1; }
