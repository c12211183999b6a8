#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2119,SC2154,SC2016 # shared with common.sh and systemd-hook.sh, or expanded elsewhere
# What the caller of oci-systemd-hook hands down: whatever it is, the container gets the same, or nothing is changed.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/systemd-hook.sh"
DENY=$TOP_BUILDDIR/tests/lib/deny-syscall
need setpriv prlimit setarch
enter_host "$@"
mount -t tmpfs tmpfs /run || exit

# new_container: as after a stop, with nothing left on the host
new_container() {
    kill_container
    rm -rf "${rootfs:?}/var/log/journal" /var/log/journal/*
    start_container
}

# end_state: the container's mounts and files, and the host's journal; not the mounts that guard limits, which depend on
# nsdelegate, an option of the whole machine
end_state() {
    {
        in_container findmnt -n -r -o TARGET,FSTYPE,VFS-OPTIONS | grep "$bundle"
        in_container bash -c "$(declare -f tree); tree '$rootfs'/{etc,run,tmp,var}"
        tree /var/log
    } 2>&1 | sed "s,$bundle,,g; /^.rootfs.sys.fs.cgroup./d"
}

# prepare_image: something of everything to copy up
prepare_image() {
    mkdir -p "$rootfs"/run/httpd/sub && printf '%5000s' '' >"$rootfs/run/httpd/file"
    chown -R 33:34 "$rootfs/run/httpd" && chmod 2770 "$rootfs/run/httpd"
    new_container || return
    assert_silent
    wanted=$(end_state)
    assertContains "$wanted" /run/host/container-uuid
    assertContains "$wanted" "/var/log/journal/$machine_id"
}

# same COMMAND...: with a caller that runs it by that command all is the same
same() {
    new_container || return
    printf '#!/bin/bash\nexec %s\n' "$(printf '%q ' "$@") $SYSTEMD_HOOK" >"$bundle/caller"
    wrapper="bash $bundle/caller" assert_silent
    assertEquals "$*" "$wanted" "$(end_state)"
}

# whole_or_nothing COMMAND...: by that command all is the same, or all is as before
whole_or_nothing() {
    new_container || return
    snapshot
    wrapper="$*" run_hook --strict
    assertNotEquals "$*: $err" 124 "$status"
    [ "$status" != 0 ] || [ "$wanted" != "$(end_state)" ] || return 0
    nothing=$((nothing + 1))
    assert_unchanged "$*: $status"
}

testEnvironment() {
    local trap=$bundle/trap
    prepare_image || return
    mkdir "$trap" && touch "$trap"/{libmount.so.1,gconv-modules}
    same env -i
    # libmount is asked where the kernel cannot be, and would say more if it were told to
    same env PATH="$trap" HOME="$trap" TMPDIR="$trap" IFS=/ BASH_ENV="$trap/x" POSIXLY_CORRECT=1 TZ=":$trap/tz" \
        LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de NLSPATH="$trap/%N" LOCPATH="$trap" GCONV_PATH="$trap" \
        MALLOC_PERTURB_=85 MALLOC_CHECK_=3 MALLOC_TRACE="$trap/trace" GLIBC_TUNABLES=glibc.malloc.perturb=85 \
        LIBMOUNT_DEBUG=0xffff LIBMOUNT_FSTAB="$trap/x" LIBMOUNT_MTAB="$trap/x" LIBMNT_DEBUG=all LIBBLKID_DEBUG=all \
        "$DENY" statmount --
    assertFalse 'something was written' "[ -e '$trap/trace' ]"
}

# The options stand behind the stage here: with POSIXLY_CORRECT getopt(3) would not see them.
testEnvironmentOfOptions() {
    start_container || return
    wrapper='env POSIXLY_CORRECT=1' run_hook createRuntime --explain
    assertContains "$err" "$out" "id $machine_id"
}

testDirectory() {
    prepare_image || return
    mkdir -p "$bundle"/{hostile/proc/self,hostile/rootfs,closed}
    touch "$bundle"/hostile/{libmount.so.1,libjansson.so.4,config.json,state} && chmod 0 "$bundle/closed"
    same env -C "$bundle/hostile"
    same env -C "$bundle/closed"
    same env -C "$rootfs"
}

testDirectoryThatIsGone() {
    not_under_valgrind "$VALGRIND_AND_SHELL" || return 0
    prepare_image || return
    same bash -c 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"' "$bundle/gone"
}

testUmaskAndGroups() {
    prepare_image || return
    same bash -c 'umask 0777 && exec "$@"' -
    same setpriv --regid 1000 --clear-groups
    same setpriv --groups 1000,33,4
}

# Without stdin there is no state; the other two are not missed.
testDescriptors() {
    local redirection
    prepare_image || return
    same bash -c 'exec "$@" >&- 2>&-' -
    same bash -c 'exec 3</ 4</etc/passwd 5<>/dev/null 77</proc/self/ns/mnt 200>"$0" && exec "$@"' "$bundle/extra"
    assertNull "$(cat "$bundle/extra")"
    new_container && snapshot
    for redirection in '<&-' '</' '0>/dev/null' '</dev/zero' '</dev/null'; do
        run bash -c "exec '$SYSTEMD_HOOK' $redirection"
        assert_fails 'state'
        assert_unchanged "$redirection"
    done
}

# It waits as long as its caller lets it (the JSON says 10 seconds), and nothing has been done by then.
testStateThatNeverComes() {
    not_under_valgrind "$VALGRIND_AND_KILL" || return 0
    prepare_image || return
    new_container && snapshot
    state >"$bundle/state.json"
    mkfifo "$bundle/fifo"
    exec 7<>"$bundle/fifo"
    head -c 50 "$bundle/state.json" >&7
    run timeout 1 "$SYSTEMD_HOOK" <"$bundle/fifo"
    assertEquals "$err" 124 "$status"
    assert_unchanged 'half a state'
    exec 7>&-
    { head -c 50 "$bundle/state.json"; sleep 0.2; tail -c +51 "$bundle/state.json"; } >"$bundle/fifo" &
    run timeout 20 "$SYSTEMD_HOOK" <"$bundle/fifo"
    assertEquals 0 "$status$err"
    assertEquals 'in pieces' "$wanted" "$(end_state)"
}

# Nobody reads what the hook says: a container must not wait for that.
testFullPipe() {
    prepare_image || return
    mkfifo "$bundle/fifo"
    exec 7<>"$bundle/fifo"
    dd if=/dev/zero of="$bundle/fifo" oflag=nonblock bs=4096 2>/dev/null
    new_container || return
    printf '#!/bin/bash\nexec timeout 20 %q --debug 2>&7\n' "$SYSTEMD_HOOK" >"$bundle/caller"
    wrapper="bash $bundle/caller" assert_silent
    exec 7>&-
    assertEquals "$wanted" "$(end_state)"
}

testSignals() {
    not_under_valgrind "$VALGRIND_AND_CLONE" || return 0
    prepare_image || return
    same env --ignore-signal=PIPE,CHLD,HUP,INT,QUIT,TERM,ALRM,XFSZ,USR1,TTOU "$DENY" mount_setattr --
    same env --block-signal=PIPE,CHLD,HUP,INT,QUIT,TERM,ALRM,XFSZ,USR1,SEGV "$DENY" mount_setattr --
    same setsid -w
}

testLimits() {
    local limit nothing=0
    prepare_image || return
    same prlimit --core=0 --nproc=0 --memlock=0 --stack=131072 --sigpending=0 --nofile=64
    same nice -n 19
    same bash -c 'echo 1000 >/proc/self/oom_score_adj && exec "$@"' -
    for limit in fsize=0 fsize=1 fsize=300 fsize=4096 nofile=0 nofile=3 nofile=5 nofile=8 nofile=12 nofile=16 \
        as=1000000 as=2000000 as=3000000 as=4000000 data=1 stack=16384; do
        whole_or_nothing timeout 20 prlimit --$limit 2>/dev/null
    done
    assertTrue "only $nothing were too low" "[ $nothing -ge 10 ]"
}

# A file that is larger than it may be is a fault of the copy, not the hook's end.
testLimitOfFilesIsTolerated() {
    prepare_image || return
    new_container || return
    wrapper='prlimit --fsize=4096' run_hook
    assert_warns 'File too large'
    assertEquals 'the rest' "$(grep -v /run/httpd <<<"$wanted")" "$(end_state | grep -v /run/httpd)"
}

testPersonalityAndNamespaces() {
    prepare_image || return
    same setarch -R -X --uname-2.6
    same setarch -Z -L -B -S
    same unshare -n -i -u
    same setpriv --no-new-privs
}

# What it does not need is of no use to it; without what it needs it fails.
testCapabilities() {
    local caller
    prepare_image || return
    same setpriv --inh-caps=+chown,+net_admin --ambient-caps=+chown,+net_admin
    same setpriv --securebits=+no_setuid_fixup,+keep_caps_locked,+no_setuid_fixup_locked
    edit_config '.annotations["io.containers.systemd-hook"] = "true"'
    for caller in --bounding-set=-all --securebits=+noroot "--reuid=1000 --clear-groups"; do
        new_container && snapshot
        wrapper="setpriv $caller" run_hook
        assert_fails ''
        assert_unchanged "$caller"
    done
}

. shunit2
