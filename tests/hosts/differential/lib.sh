# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Runs a described container without and with the hooks, compares, and shrinks a description. A description is a file with one
# element a line; README.md lists the elements.

here=${BASH_SOURCE[0]%/*}
# The programs of `make install-tests`, else those of a build in the source directory.
programs=${DIFFERENTIAL_PROGRAMS:-/usr/libexec/oci-systemd-hooks-tests}
[ -e "$programs/probe" ] || programs=/srv/tests/differential
hooks=${DIFFERENTIAL_HOOKS:-/usr/libexec/oci/hooks.d}
# run.h has the same paths
state=/var/lib/differential
images=$state/images

# copy_program PROGRAM DIRECTORY: with what the loader needs
copy_program() {
    local library
    cp "$1" "$2/"
    for library in $(ldd "$1" | grep -o '/[^ ]*'); do
        mkdir -p "$2${library%/*}"
        cp -L "$library" "$2$library"
    done
}

# make_images: once: the root file system for the users of the host, and for those of a user namespace
make_images() {
    local image user
    ! cmp -s "$programs/probe" $images/probe || return 0
    rm -rf $images
    mkdir -p $images $state/work
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
    cp "$programs/probe" $images/probe
}

# tables: of the differences that are allowed to description $state/description
tables() {
    tables=("$here/allowed")
    ! grep -q '^annotation.*"io.container.manager": "cri-o"' $state/description || tables+=("$here/allowed-cri-o")
}

# compare RUNTIME DESCRIPTION: sets $verdict: `same`, `differs` (what does is in $state/result), or `none`, as no container
# starts without the hooks
compare() {
    local configs tables
    cmp -s "$2" $state/description || cp "$2" $state/description
    mapfile -t configs < <(jq -c -R -n -f "$here/config.jq" --arg work $state/work --arg hooks "$hooks" $state/description)
    echo "${configs[0]:-}" >$state/config-without
    echo "${configs[1]:-}" >$state/config-with
    verdict=none
    "$programs/run" "$1" $state/description $state/config-without >$state/without 2>$state/result
    grep -qx 'start	yes' $state/without || return 0
    "$programs/run" "$1" $state/description $state/config-with >$state/with 2>&1
    tables
    verdict=same
    awk -f "$here/compare.awk" "${tables[@]}" $state/without $state/with >$state/result || verdict=differs
}

# kinds: what the lines of $state/result are about: a shrunken container must differ in one of the same ways
kinds() {
    sed 's/^\(start\|[a-z -]* [^:]*\): .*/\1/; s/ -> .*//; s/ .*//' $state/result | sort -u
}

# differs_as_before RUNTIME DESCRIPTION
differs_as_before() {
    compare "$1" "$2"
    [ $verdict = differs ] && [ -n "$(comm -12 <(echo "$before") <(kinds))" ]
}

# shrink RUNTIME: takes elements out of $state/description, and options out of those that stay, as long as it still differs;
# leaves the least in $state/least
shrink() {
    local before line n=1 option options smaller=$state/smaller
    before=$(kinds)
    cp $state/description $state/least
    while line=$(sed -n "${n}p" $state/least) && [ "$n" -le "$(wc -l <$state/least)" ]; do
        sed "${n}d" $state/least >$smaller
        if differs_as_before "$1" $smaller; then
            cp $smaller $state/least
            continue
        fi
        case $line in
        bind\ *,* | tmpfs\ *,* | cgroup\ *,*)
            options=${line##* }
            for option in ${options//,/ }; do
                options=$(sed -n "${n}p" $state/least)
                sed "${n}s/\([ ,]\)$option\(,\|\$\)/\1/; ${n}s/,\$//" $state/least >$smaller
                [ "$(sed -n "${n}p" $smaller)" != "${options% *} " ] && differs_as_before "$1" $smaller && cp $smaller $state/least
            done
            ;;
        esac
        n=$((n + 1))
    done
    compare "$1" $state/least
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

# messages: the last that the hook said
messages() {
    journalctl -n 2 --no-pager -q -o cat -t oci-systemd-hook -t oci-register-machine
}
