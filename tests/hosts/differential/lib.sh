# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Runs a described container without and with the hooks, compares, and shrinks a description. A description is a file with one
# element a line; README.md lists the elements.

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# The programs of `make install-tests`, else those of a build in the source directory.
programs=${DIFFERENTIAL_PROGRAMS:-/usr/libexec/oci-systemd-hooks-tests}
[ -e "$programs/probe" ] || programs=/srv/tests/differential
hooks=${DIFFERENTIAL_HOOKS:-/usr/libexec/oci/hooks.d}
# run.h has the same paths
images=/var/lib/differential/images
# Several processes can work side by side, each with a directory of its own.
worker=${DIFFERENTIAL_WORKER:-one}
state=/var/lib/differential/state/$worker

# copy_program PROGRAM DIRECTORY: with what the loader needs
copy_program() {
    local library
    cp "$1" "$2/"
    for library in $(ldd "$1" | grep -o '/[^ ]*'); do
        mkdir -p "$2${library%/*}"
        cp -L "$library" "$2$library"
    done
}

# All functions but this one work in $state, where their files are.
# make_images: once: the root file system for the users of the host, and for those of a user namespace
make_images() {
    # shellcheck disable=SC2016 # of the inner shell
    mkdir -p "$state" && flock "$state/.." bash -c '. "$0" && make_new_images' "$here/lib.sh"
}

make_new_images() {
    local image user
    ! cmp -s "$programs/probe" $images/probe || return 0
    rm -rf $images
    mkdir -p $images /var/lib/differential/work
    for user in 0 100000; do
        image=$images/root-$user
        mkdir -p "$image"/{bin,dev,etc,opt,proc,run/httpd,run/lock,sys,tmp/shipped,var/log/journal,mnt}
        tar -C "$image" --numeric-owner --exclude='./dev/*' -xf /srv/images/busybox.tar
        copy_program "$programs/probe" "$image"
        echo shipped | tee "$image/run/httpd/file" "$image/tmp/shipped/file" >"$image/etc/file"
        chmod 1777 "$image/tmp"
        ln -sfn ../run "$image/var/run"
        chown -R -h "$user:$user" "$image"
    done
    mkdir $images/root-systemd
    tar -C $images/root-systemd --numeric-owner --exclude='./dev/*' -xf "/srv/images/$SUITE.tar"
    cp "$programs/probe" $images/root-systemd/
    cp "$programs/probe" $images/probe
}

# tables: of the differences that are allowed to description description
tables() {
    local cgroup=private
    ! grep -qx 'namespace cgroup host' description || cgroup=host
    tables=("$here/allowed" "$here/allowed-cgroup-$cgroup")
    ! grep -q '^annotation.*"io.container.manager": "cri-o"' description || tables+=("$here/allowed-cri-o")
}

# run_once RUNTIME CONFIG FACTS: and removes the cgroup, from which mounts of that run cannot keep us
run_once() {
    local try
    "$programs/run" "$1" description "$2" >"$3" 2>&1
    for try in 1 2 3 4 5; do
        rmdir "/sys/fs/cgroup/differential/$worker" 2>/dev/null || [ ! -d "/sys/fs/cgroup/differential/$worker" ] && return
        sleep "0.$try"
    done
}

# compare RUNTIME DESCRIPTION: sets $verdict: `same`, `differs` (what does is in result), or `none`, as no container
# starts without the hooks
compare() {
    local configs tables since
    cmp -s "$2" description || cp "$2" description
    mapfile -t configs < <(jq -c -R -n -f "$here/config.jq" --arg work /var/lib/differential/work \
        --arg hooks "$hooks" --arg worker "$worker" description)
    echo "${configs[0]:-}" >config-without
    echo "${configs[1]:-}" >config-with
    verdict=none
    run_once "$1" config-without without
    grep -q '^place /	' without || return 0
    since=$EPOCHSECONDS
    run_once "$1" config-with with
    grep -qx 'start	yes' with || printf 'refused\t%s\n' "$(failure "$since")" >>with
    tables
    verdict=same
    awk -f "$here/compare.awk" "${tables[@]}" without with >result || verdict=differs
}

# kinds: what the lines of result are about: a shrunken container must differ in one of the same ways
kinds() {
    sed 's/^\(start\|[a-z -]* [^:]*\): .*/\1/; s/ -> .*//; s/ .*//' result | sort -u
}

# differs_as_before RUNTIME DESCRIPTION
differs_as_before() {
    compare "$1" "$2"
    [ $verdict = differs ] && [ -n "$(comm -12 <(echo "$before") <(kinds))" ]
}

# shrink RUNTIME: takes elements out of description, and options out of those that stay, as long as it still differs;
# leaves the least in least
shrink() {
    local before line n=1 option options
    before=$(kinds)
    cp description least
    while line=$(sed -n "${n}p" least) && [ "$n" -le "$(wc -l <least)" ]; do
        sed "${n}d" least >smaller
        if differs_as_before "$1" smaller; then
            cp smaller least
            continue
        fi
        case $line in
        bind\ *,* | tmpfs\ *,* | cgroup\ *,*)
            options=${line##* }
            for option in ${options//,/ }; do
                options=$(sed -n "${n}p" least)
                sed "${n}s/\([ ,]\)$option\(,\|\$\)/\1/; ${n}s/,\$//" least >smaller
                [ "$(sed -n "${n}p" smaller)" != "${options% *} " ] && differs_as_before "$1" smaller && cp smaller least
            done
            ;;
        esac
        n=$((n + 1))
    done
    compare "$1" least
}

# command_of RUNTIME DESCRIPTION: what a person runs to see it
command_of() {
    local line arguments=()
    while IFS= read -r line; do
        arguments+=("$line")
    done <"$2"
    printf 'tests/hosts/run --stage DIR %s tests/hosts/differential/try %s' "${SUITE:-forky}" "$1"
    [ ${#arguments[@]} -eq 0 ] || printf ' %s' "${arguments[@]@Q}"
    echo
}

# failure: why the hook failed, as it says in the journal
failure() {
    journalctl -n 1 --no-pager -q -o cat -p err --since "@$1" -t oci-systemd-hook -t oci-register-machine
}
