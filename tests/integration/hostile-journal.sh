#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034,SC2016 # set by common.sh and hostile.sh, read by hostile.sh, expanded by eval
# What the root of a container does in its own directory below the host's /var/log/journal, between one start and the
# next, and before it is removed: it stays the only directory that a hook touches.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/hostile.sh"
enter_small_host "$@"

# What is done, in that directory; whether the next start takes it, and whether it goes at poststop. It cannot
# replace or rename the directory itself, nor hard-link what lies elsewhere: it is a mount of its own for the container.
# Only a container with more than its engine's default capabilities can make files immutable, or change the mark of its
# owner.
things='
link-to-file               taken    goes    ln -s /etc/shadow system.journal
link-to-directory          taken    goes    ln -s /srv/canary/d remote
link-up                    taken    goes    ln -s $up/srv/canary/d remote; ln -s $up/etc/shadow system.journal
link-to-proc               taken    goes    ln -s /proc/1/root root; ln -s /proc/self/fd/3 3; ln -s /proc/self/cwd cwd
link-to-others-journal     taken    goes    ln -s ../eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee eeee; ln -s .. up
link-loop                  taken    goes    ln -s b a; ln -s a b; ln -s . c
directory-into-link        taken    goes    mkdir remote; touch remote/file; rm -r remote; ln -s /srv/canary/d remote
one-of-everything          taken    goes    cp -a /srv/zoo .
fifo                       taken    goes    mkfifo system.journal
devices                    taken    goes    mknod char c 1 7; mknod block b 7 0
hard-links-to-itself       taken    goes    touch a; for n in {1..100}; do ln a a$n; done
setuid                     taken    goes    cp /usr/bin/true setuid; chmod 6777 setuid; chown 1234 setuid; chmod 6777 setuid
capability                 taken    goes    touch file; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 file
acl                        taken    goes    setfattr -n system.posix_acl_access -v $acl .; setfattr -n system.posix_acl_default -v $acl .
mode-0                     taken    goes    mkdir -m 0 sub; chmod 0 .
all-bits                   taken    goes    chmod 7777 .
owner                      taken    goes    chown 1234:5678 .
deep                       taken    goes    mkdir -p $(seq -s / 1000) && cd $(seq -s / 1000) && mkdir -p $(seq -s / 1000)
wide                       taken    goes    seq 5000 | xargs touch
names-as-of-a-removal      taken    goes    mkdir -p raised-{0..9}/x $(seq -s / 300)
names-of-ours              taken    goes    mkdir .x.oci-systemd-hook.new .${ID::32}.oci-systemd-hook.{new,old}; touch .${ID::32}.oci-systemd-hook.old/file
names-of-terminals         taken    goes    touch -- "$(printf "\033[31m")" "$(printf "a\nb")" "$(printf "\377")" " " "*" -rf
sparse                     taken    goes    truncate -s 1T system.journal
locked                     taken    goes    linger flock -x . sleep 600
in-use                     taken    goes    mkdir sub; cd sub; linger sleep 600
mounted-on                 taken    goes    mkdir sub; linger unshare -m sh -c "mount -t tmpfs container sub && exec sleep 600"
growing                    taken    goes    linger sh -c "n=0; while mkdir -p d/\$n; do n=\$((n+1)); sleep 0.02; done"
mark-of-another            foreign  stays   setfattr -n trusted.oci-systemd-hook.owner -v eeeee .
mark-longer                foreign  stays   setfattr -n trusted.oci-systemd-hook.owner -v "$(seq 5000)" .
mark-removed               foreign  stays   setfattr -x trusted.oci-systemd-hook.owner .
immutable-file             taken    fails   touch a b c; chattr +i b
immutable-directory        taken    fails   mkdir -p a/b; chattr +i a
immutable                  taken    fails   touch a; chattr +i .
append-only                taken    fails   touch a; chattr +a .
'
acl=0x0200000001000700ffffffff02000700d204000004000500ffffffff10000700ffffffff20000700ffffffff

linger() {
    "$@" </dev/null >/dev/null 2>&1 &
    lingering=$!
    sleep 0.05
}

# clean_up: also what the container made immutable
clean_up() {
    [ -z "$lingering" ] || { kill "$lingering" && wait "$lingering"; } 2>/dev/null
    for path in "$JOURNAL" "${JOURNAL%/*}/.${ID::32}.oci-systemd-hook.old"; do
        [ ! -e "$path" ] || { chattr -f -R -i -a "$path"; rm -rf "$path"; }
    done
}

do_deed() {
    local lingering='' path
    cell=$deed deeds_done=$((deeds_done + 1))
    call private "$SYSTEMD_HOOK"
    assertEquals "$cell" '0 7 changed' "$exit $mounts $journal$says"
    pushd "$JOURNAL" >/dev/null && { eval "$what" || fail "$cell: cannot be done"; }
    cd / && popd >/dev/null || return
    [ "$user" = 0 ] || chown -hR --from=0:0 "$user:$user" "$JOURNAL"

    call private "$SYSTEMD_HOOK"
    case $start in
    taken) assertEquals "$cell, started again" '0 7' "$exit $mounts$says" ;;
    *) assertEquals "$cell, started again: $says" '0 6' "$exit $mounts"
        assertContains "$cell" "$says" 'was not made for this container, ignoring' ;;
    esac
    # a directory that changed hands is given back to the container's root
    case $cell in
    growing) ;;
    owner) assertEquals "$cell, given back" "changed $user:5678" "$journal $(stat -c %u:%g "$JOURNAL")" ;;
    *) assertEquals "$cell, started again" same "$journal" ;;
    esac
    call private "$SYSTEMD_HOOK" --journal=host
    [ "$start" = taken ] || assertEquals "$cell, started with --journal=host" 1 "$exit"
    # --journal=host of the last start would keep it
    call private "$SYSTEMD_HOOK"

    call stopped "$SYSTEMD_HOOK" --journal=host
    [ "$cell" = growing ] || assertEquals "$cell, kept" '0 same' "$exit $journal$says"
    call stopped "$SYSTEMD_HOOK"
    mv "$bundle" "$bundle.gone"
    call stopped "$SYSTEMD_HOOK"
    mv "$bundle.gone" "$bundle"
    check_end
    clean_up
}

# check_end: after poststop. What fails half-way is out of sight, and gone once it can be.
check_end() {
    case $end in
    goes)
        assertEquals "$cell, removed" '0 changed' "$exit $journal$says"
        assertFalse "$cell, removed" "[ -e '$JOURNAL' ]"
        ;;
    stays) assertEquals "$cell, removed" '0 same' "$exit $journal$says" ;;
    fails)
        assertEquals "$cell, removed" 0 "$exit"
        assertContains "$cell" "$says" "which is gone, ignoring: Operation not permitted"
        ;;
    esac
    outcomes[$end]=$((${outcomes[$end]:-0} + 1))
}

# do_deeds NAME: each of $things
do_deeds() {
    local deed start end what
    calls=0 deeds_done=0 SECONDS=0 outcomes=()
    fresh_image
    write_config
    while read -r deed start end what; do do_deed; done <<<"$things"
    assertEquals "$(wc -l <<<"$things")" "$deeds_done"
    echo "report: | $1 | $deeds_done | $calls | ${outcomes[goes]:-0} | ${outcomes[stays]:-0} | ${outcomes[fails]:-0} | $SECONDS |"
}

testDeeds() {
    do_deeds 'cgroup v2'
}

# What takes rights over the whole machine its root cannot do; in the small size each third of the others.
testDeedsOfUserNamespace() {
    need_users "$user_namespace_root" || return 0
    user=$user_namespace_root
    things=$(grep -vE 'mknod|/srv/zoo|trusted\.|chattr|chown 1234:5678' <<<"$things")
    [ "${OCI_HOOKS_TEST_SIZE:-}" = full ] || things=$(sed -n 'n;n;p' <<<"$things")
    do_deeds 'user namespace'
}

testImmutable() {
    [ -z "$left_out" ] || skip "$left_out"
    assertNull "$left_out"
}

things=$(grep . <<<"$things")
leave_out_immutable
declare -A outcomes
echo "report:"
echo "report: | containers | deeds in the journal directory | calls | removed | not taken, kept | not removed | seconds |"
echo "report: |---|---|---|---|---|---|---|"

. shunit2
