#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154,SC2016 # shared with common.sh and register-machine.sh, or expanded elsewhere
# What the caller of oci-register-machine hands down, whatever it is: machined is told the same.
. "${0%/*}/../lib/common.sh"
. "${0%/*}/../lib/register-machine.sh"
need jq findmnt setpriv prlimit getfattr
enter_fake_host "$@"
HOOK=$REGISTER_HOOK

# told WAY BEHAVIOUR: in $text, what the hook tells a machined that does so of a container just started
told() {
    start_again
    fake "$1" "$2"
    register
    assertSilent
    text=$(sed "s/\<$leader\>/LEADER/" "$asked")
    end_fakes
}

# same COMMAND...: with a caller that runs it by that command, machined is told the same, by both of its ways
same() {
    local way behaviour text wanted
    printf '#!/bin/bash\nexec %s\n' "$(printf '%q ' "$@") $HOOK" >"$bundle/caller"
    chmod 755 "$bundle/caller"
    while read -r way behaviour; do
        REGISTER_HOOK=$HOOK told "$way" "$behaviour"
        wanted=$text
        assertContains "$wanted" "$NAME"
        REGISTER_HOOK=$bundle/caller told "$way" "$behaviour"
        assertEquals "$*" "$wanted" "$text"
        assertContains "$*: no note for the next call" \
            "$(getfattr -R -d -m - /sys/fs/cgroup/machine.slice 2>/dev/null)" 'trusted.oci_register_machine='
    done <<<$'varlink ok\nbus new'
}

testEnvironment() {
    local trap=$bundle/trap
    mkdir "$trap"
    same env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$trap/bus" DBUS_SESSION_BUS_ADDRESS="unix:path=$trap/bus" \
        DBUS_STARTER_ADDRESS="unix:path=$trap/bus" XDG_RUNTIME_DIR="$trap" SYSTEMD_LOG_LEVEL=debug \
        SYSTEMD_LOG_TARGET=console SYSTEMD_BUS_TIMEOUT=1us SYSTEMD_IGNORE_CHROOT=1 NOTIFY_SOCKET="$trap/notify" \
        SYSTEMD_PROC_CMDLINE=systemd.log_level=debug LISTEN_FDS=3 LISTEN_PID=1 CREDENTIALS_DIRECTORY="$trap" \
        PATH="$trap" LC_ALL=de_DE.UTF-8 LANGUAGE=de NLSPATH="$trap/%N" GCONV_PATH="$trap" JSON_HASH_SEED=0 \
        POSIXLY_CORRECT=1
}

testDirectoryThatIsGone() {
    not_under_valgrind "$VALGRIND_AND_SHELL" || return 0
    same bash -c 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"' "$bundle/gone"
}

testLimits() {
    not_under_valgrind "$VALGRIND_AND_LIMITS" || return 0
    same prlimit --core=0 --fsize=0 --nproc=0 --memlock=0 --stack=131072 --nofile=64
}

testSurroundings() {
    same bash -c 'umask 0777 && exec "$@"' -
    same bash -c 'exec "$@" >&- 2>&-' -
    same bash -c 'exec 3</ 5<>/dev/null 77</proc/self/ns/mnt && exec "$@"' -
    same setpriv --regid 1000 --groups 1000,33,4
    same env --ignore-signal=PIPE,CHLD,HUP,INT,TERM,ALRM,XFSZ
    same env --block-signal=PIPE,CHLD,HUP,INT,TERM,ALRM,IO
    same setpriv --no-new-privs
    same setpriv --inh-caps=+chown,+net_admin --ambient-caps=+chown,+net_admin
    same unshare -n -i -u
}

. shunit2
