# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034,SC2016 # shared with hostile.sh and the files that source this one, expanded by eval
# Each place of a container that a hook looks at, made by an image into each thing that it should not be: the host stays
# as it is, the hook comes to an end and says what is wrong, and where it fails the container is as before, too.
#
#     . "${0%/*}/../lib/common.sh"
#     . "${0%/*}/../lib/hostile.sh"
#     . "${0%/*}/../lib/hostile-matrix.sh"
#     enter_small_host "$@"
#     begin_matrix
#
# Then `try_all NAME` in a test, for the kind of containers that $user, $life and the host's $layout make.

# The places, and what a friendly image has there: d for a directory, f for a file. The root itself is none of them:
# the engine chooses it, and the image has no say in what it is.
places='
/run                                                        d
/run/lock                                                   d
/run/host                                                   d
/run/host/container-uuid                                    f
/run/host/machine-id                                        f
/run/machine-id                                             f
/run/other                                                  d
/run/systemd                                                d
/run/systemd/container                                      f
/run/systemd/system                                         d
/run/systemd/system/systemd-machine-id-commit.service       f
/run/systemd/system/var-log-journal-81f9f270b6608ffb6a500ac7ec36e137.mount.d d
/run/systemd/journald.conf                                  f
/run/systemd/journald.conf.d                                d
/run/systemd/journald.conf.d/50-oci-systemd-hook.conf       f
/tmp                                                        d
/tmp/other                                                  f
/etc                                                        d
/etc/machine-id                                             f
/etc/systemd/journald.conf                                  f
/etc/systemd/journald.conf.d                                d
/var                                                        d
/var/log                                                    d
/var/log/journal                                            d
/var/log/journal/81f9f270b6608ffb6a500ac7ec36e137           d
/sys                                                        d
/sys/fs                                                     d
/sys/fs/cgroup                                              d
/proc                                                       d
/sbin                                                       d
/sbin/init                                                  f
/usr                                                        d
/usr/lib                                                    d
/usr/lib/systemd                                            d
/usr/lib/systemd/systemd                                    f
/usr/lib/systemd/journald.conf                              f
/usr/lib/systemd/journald.conf.d                            d
/usr/local/lib/systemd/journald.conf                        f
/usr/local/lib/systemd/journald.conf.d                      d
'

# and where the host has cgroup v1
v1_places='
/sys/fs/cgroup/systemd                                      d
/sys/fs/cgroup/unified                                      d
/sys/fs/cgroup/pids                                         d
'

# What is there instead. $at is the place, $kind its d or f: by that name there is something on the host (and in the
# image too below /srv/both), so that a link of either kind finds what it wants. `image` is done to the image; behind
# the | stands what the container mounts there, `volume` if config.json has it, too; of an `image` what is done last.
things='
link-to-directory        image    ln -s /srv/canary/d $rootfs$at
link-to-file             image    ln -s /srv/canary/f $rootfs$at
link-to-shadow           image    ln -s /etc/shadow $rootfs$at
link-to-both             image    ln -s /srv/both/$kind $rootfs$at
link-up                  image    ln -s $up/srv/canary/$kind $rootfs$at
link-up-to-both          image    ln -s $up/srv/both/$kind $rootfs$at
link-to-root             image    ln -s / $rootfs$at
link-to-host-journal     image    ln -s /var/log/journal/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee $rootfs$at
link-to-proc-self-root   image    ln -s /proc/self/root/srv/canary/$kind $rootfs$at
link-to-proc-1-root      image    ln -s /proc/1/root/srv/canary/$kind $rootfs$at
link-to-proc-self-cwd    image    ln -s /proc/self/cwd/srv/canary/$kind $rootfs$at
link-to-proc-fd-3        image    ln -s /proc/self/fd/3 $rootfs$at
link-to-proc-fd-5        image    ln -s /proc/self/fd/5 $rootfs$at
link-loop                image    ln -s ${at##*/} $rootfs$at.b && ln -s ${at##*/}.b $rootfs$at
link-dangling            image    ln -s nowhere/at/all $rootfs$at
fifo                     image    mkfifo $rootfs$at
socket                   image    cp -a /srv/zoo/socket $rootfs$at
character-device         image    mknod $rootfs$at c 1 7
block-device             image    mknod $rootfs$at b 7 0
regular-file             image    echo image >$rootfs$at
hard-link-to-host-file   image    ln /srv/canary/f $rootfs$at
directory-of-mode-0      image    mkdir -m 0 $rootfs$at
setuid-and-special-files image    cp -a /srv/zoo $rootfs$at
immutable                image    make_friendly | chattr +i $rootfs$at
tmpfs                    mount    make_friendly | mount -t tmpfs image /srv/other && cp -a /srv/both/. /srv/other && mount --bind /srv/other/$kind $rootfs$at
bind                     mount    make_friendly | mount --bind /srv/canary/$kind $rootfs$at
bind-of-a-fifo           volume   : >$rootfs$at | mount --bind /srv/canary/fifo $rootfs$at
volume                   volume   make_friendly | mount --bind /srv/canary/$kind $rootfs$at
volume-read-only         volume   make_friendly | mount --bind -o ro /srv/canary/$kind $rootfs$at
volume-shared            volume   make_friendly | mount --bind /srv/shared/$kind $rootfs$at
'

# make_friendly: what should be at the place
make_friendly() {
    if [ "$kind" = d ]; then mkdir "$rootfs$at"; else : >"$rootfs$at"; fi
}

# make_hostile: the image, at the place of this cell
make_hostile() {
    volume=''
    mkdir -p "$rootfs${at%/*}"
    rm -rf "${rootfs:?}$at"
    eval "${what%% | *}" || fail "$cell: no such image"
    give_image
    if [ "$how" != image ]; then
        eval "prepare=\"${what##* | }\""
    elif [[ $what == *' | '* ]]; then
        eval "${what##* | }" || fail "$cell: no such image"
    fi
    [ "$how" != volume ] ||
        volume="{\"type\": \"bind\", \"source\": \"/srv/canary/$kind\", \"destination\": \"$at\", \"options\": [\"rbind\"]}"
    write_config "$volume"
}

# check_says: each line names the place, or one above or below it; and nothing of the host, which is as it should be
check_says() {
    local line path
    while IFS= read -r line; do
        [[ $line != *"the image's version cannot be told" || ! $at =~ ^/(sbin|usr) ]] || continue
        while read -r path; do
            [[ $path/ != "$at"/* && $at/ != "$path"/* ]] || continue 2
        done < <(grep -oE '/[[:alnum:]/._-]+' <<<"$line")
        fail "$cell: it is not there: $line"
    done <<<"${says%$'\n'}"
    [[ $says != *'not made for this container'* ]] || fail "$cell: $says"
    [[ $how != image || $says != *volume* ]] || fail "$cell, which is no volume: $says"
}

# check_outcome: after createRuntime. $whole mounts are the whole: /run, /run/lock, /run/host, /tmp, the cgroups, the machine
# id and the journal; nothing of it is left out without a word but what a volume is in place of.
check_outcome() {
    outcome=whole
    if [ "$exit" != 0 ]; then
        outcome=refused
    elif [ -n "$says" ]; then
        outcome=warned
    elif [ "$mounts" = 0 ]; then
        outcome=foreign
        [[ $at == /sbin* || /usr/lib/systemd/systemd/ == "$at"/* ]] || fail "$cell: nothing is done"
    elif [ "$mounts" -lt "$whole" ] && [ "$how" = image ]; then
        fail "$cell: left out without a word"
    fi
    [ -z "$says" ] || check_says
    outcomes[$outcome]=$((${outcomes[$outcome]:-0} + 1))
}

# ask_again CGROUPS [OPTION...]: a call for the same image, which may fail where the first one did not
ask_again() {
    fresh_image
    make_hostile
    [ -z "${systemd:-}" ] || write_systemd "$rootfs" "$systemd"
    [ -z "${engine:-}" ] || make_engine
    call "$1" "$SYSTEMD_HOOK" "${@:2}"
    [ -z "$says" ] || check_says
    rm -rf "$JOURNAL"
}

# make_engine: what is at /sys/fs/cgroup is taken for the engine's own
make_engine() {
    prepare="mount --bind $rootfs/sys/fs/cgroup $rootfs/sys/fs/cgroup${prepare:+ && $prepare}"
    write_config "{\"type\": \"cgroup\", \"source\": \"cgroup\", \"destination\": \"/sys/fs/cgroup\",
        \"options\": [\"ro\"]}${volume:+, $volume}"
}

# live_once: a first run of the friendly image, to its end; the journal is kept
live_once() {
    write_config
    call private "$SYSTEMD_HOOK"
    [ "$exit$mounts$says" = "0$whole" ] || fail "$cell: the first run: $exit $mounts $says"
    call stopped "$SYSTEMD_HOOK" --journal=host
    [ "$exit$journal$says" = 0same ] || fail "$cell: the end of the first run: $exit $journal $says"
}

# says_that_id_is_missing: what the user mounted as the machine id is none, and one line says so
says_that_id_is_missing() {
    [[ $at = /etc/machine-id && $how = volume && $exit = 0 &&
        $says = *"The container's /etc/machine-id, which its user mounted, cannot be read or holds no id; its machine has none"* ]]
}

do_cell() {
    local first outcome
    cell="$at is $thing"
    cells=$((cells + 1)) tried_places[$at]=1 tried_things[$thing]=1 all_places[$at]=1 all_things[$thing]=1
    fresh_image
    [ "$life" = first ] || live_once
    make_hostile
    call private "$SYSTEMD_HOOK"
    check_outcome
    first=$exit$mounts$says
    call private "$SYSTEMD_HOOK"
    [ "$first" = "$exit$mounts$says" ] || fail "$cell, started again: $exit $mounts $says, but first: $first"
    rm -f "$bundle/asked"
    call private "$REGISTER_HOOK"
    [ "$exit$says" = 0 ] || says_that_id_is_missing || fail "$cell, registered: $says"
    [ "$outcome" = foreign ] || [[ $(<"$bundle/asked") == *'Register"'*'"rootDirectory":"/srv/bundle/rootfs"}'* ]] ||
        fail "$cell, registered as $(<"$bundle/asked")"
    call stopped "$REGISTER_HOOK"
    [ "$exit$says" = 0 ] || fail "$cell, unregistered: $says"
    call stopped "$SYSTEMD_HOOK"
    [ "$exit$says" = 0 ] || fail "$cell, ended: $says"
    mv "$bundle" "$bundle.gone"
    call stopped "$SYSTEMD_HOOK"
    mv "$bundle.gone" "$bundle"
    [ "$exit$says" = 0 ] || fail "$cell, removed: $says"
    [ ! -e "$JOURNAL" ] || fail "$cell: the journal is not removed"
    ask_more
}

# ask_more: where another option, engine or image may go another way
ask_more() {
    [ "$outcome" != warned ] || ask_again private --strict
    [[ $at != /var* && $at != /run/systemd* ]] || ask_again private --journal=host
    [[ $at != /sys* ]] || ask_again host
    [ "$layout" != v2 ] || return 0
    # it knows cgroup v2 only
    [[ $at != /sys* ]] || systemd=258 ask_again private
    [[ $at != /sys/fs/cgroup/* ]] || engine=1 ask_again private
}

# begin_matrix: before `. shunit2`
begin_matrix() {
    [ "$layout" = v2 ] || places+=$v1_places
    places=$(grep . <<<"$places") things=$(grep . <<<"$things")
    leave_out_immutable
    declare -gA outcomes tried_places tried_things all_places all_things
    cells=0 number=0 step=1
}

# do_rows PREFIX...: the cells of all places that begin so; with $step, one of as many
do_rows() {
    local prefix at kind thing how what some=$things
    # what is mounted stays from one run to the next: it is no doing of the container
    [ "$life" = first ] || some=$(grep ' image ' <<<"$things")
    for prefix; do
        while read -r at kind; do
            while read -r thing how what; do
                number=$((number + 1))
                [ $((number % step)) != 0 ] || do_cell
            done <<<"$some"
        done < <(grep "^$prefix" <<<"$places")
    done
}

# try_kind NAME USER LIFE N: all cells for containers of a kind, whose root is USER. In the small size one of 29, with each
# place and each thing among them, other pairs for each N. On cgroup v1 that is what four kinds do together, N from 0
# to 3; of the cells of /sys they do one of two.
try_kind() {
    need_users "$2" || return 0
    user=$2 life=$3 number=$((-29 * $4)) calls=0 cells=0 SECONDS=0 outcomes=() tried_places=() tried_things=()
    if [ "${OCI_HOOKS_TEST_SIZE:-}" = full ]; then
        do_rows /
        assertEquals "$1" $((${#tried_places[@]} * ${#tried_things[@]})) "$cells"
    elif [ "$layout" = v2 ]; then
        number=-$4 step=29
        do_rows /
    else
        step=8
        do_rows /sys
        step=92
        do_rows /run /tmp /etc /var /proc /sbin /usr
    fi
    report_kind "$1"
}

# check_tried: of each place and each thing something was tried
check_tried() {
    need_users "$user_namespace_root" || return 0
    assertEquals "$(wc -l <<<"$places")" ${#all_places[@]}
    assertEquals "$(wc -l <<<"$things")" ${#all_things[@]}
}

report_head() {
    echo 'report:'
    echo 'report: | containers | places | things | cells | calls | set up whole | with a warning | refused | not ours | seconds |'
    echo 'report: |---|---|---|---|---|---|---|---|---|---|'
}

report_kind() {
    echo "report: | $1 | ${#tried_places[@]} | ${#tried_things[@]} | $cells | $calls | ${outcomes[whole]:-0} |" \
        "${outcomes[warned]:-0} | ${outcomes[refused]:-0} | ${outcomes[foreign]:-0} | $SECONDS |"
}

# check_places: what the hooks open below a container's root is in the table of places, or above one of them
check_places() {
    local hook cgroups path known=" / $rootfs "
    need_strace || return 0
    while read -r path _; do
        while [ -n "$path" ]; do known+="$path " path=${path%/*}; done
    done <<<"$places"
    fresh_image
    write_config
    for hook in "$SYSTEMD_HOOK" "$REGISTER_HOOK"; do
        for cgroups in private host; do
            call "$cgroups" /usr/bin/strace -f -qq -e trace=openat2 -e signal=none -o "$bundle/trace" "$hook"
            assertEquals "$hook: $says" 0 "$exit$says"
            [ "$hook" = "$REGISTER_HOOK" ] || assertTrue "$cgroups: $mounts mounts" "[ $mounts -ge $whole ]"
            assertTrue "$hook opens nothing" "[ -s '$bundle/trace' ]"
            while read -r path; do
                # the runtime chose the name of the cgroup; the second drop-in is as the first, but for a backslash in its name
                [[ $path == *machine.slice* || $path == /run/systemd/system/etc-machine*.mount.d || $known == *" $path "* ]] ||
                    fail "${hook##*/} opens $path, which is no place of this test"
            done < <(sed -n 's/.*openat2([0-9]*, "\([^"]*\)".*/\1/p' "$bundle/trace" | sort -u)
        done
    done
    rm -rf "$JOURNAL"
}
