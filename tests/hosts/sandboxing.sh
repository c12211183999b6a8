#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # expanded by the shell of the service
# The table of docs/sandboxing.md: what settings of systemd.exec(5) do for a service in a container, each cell of it.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

TABLE=/usr/share/doc/oci-systemd-hooks/docs/sandboxing.md

oneTimeSetUp() {
    local name
    need_image web
    mark
    start default web
    start admin --cap-add SYS_ADMIN web
    for name in default admin; do
        state_of $name >/dev/null
        podman exec $name sh -c 'mkdir /home/user && echo secret | tee /home/user/file >/root/file
            touch /tmp/probe /etc/probe /dev/probe && chmod 755 /home/user'
    done
}

oneTimeTearDown() {
    remove_all
}

# service CONTAINER SETTING COMMAND: of a service with that setting; what it says on stdout
service() {
    podman exec "$1" timeout 30 systemd-run --wait --pipe -q -p "$2" sh -c "$3" 2>/dev/null
}

# by_answer ANSWER WORKS IGNORED: a verdict
by_answer() {
    case $1 in
    "$2") echo works ;;
    "$3") echo ignored ;;
    *) echo fails ;;
    esac
}

# private CONTAINER SETTING NAMESPACE: whether a service has a namespace of its own
private() {
    local service init
    init=$(podman exec "$1" readlink "/proc/1/ns/$3")
    service=$(service "$1" "$2" "readlink /proc/self/ns/$3")
    if [ -z "$service" ]; then
        echo fails
    elif [ "$service" = "$init" ]; then
        echo ignored
    else
        echo works
    fi
}

# hidden CONTAINER SETTING PATH, read_only CONTAINER SETTING PATH
hidden() {
    by_answer "$(service "$1" "$2" "test -e $3 && echo there || echo hidden")" hidden there
}

read_only() {
    by_answer "$(service "$1" "$2" "test -w $3 && echo writable || echo read-only")" read-only writable
}

# verdict_of SETTING CONTAINER
verdict_of() {
    local c=$2
    case $1 in
    LoadCredential=) by_answer "$(service "$c" LoadCredential=name:/root/file 'cat $CREDENTIALS_DIRECTORY/name')" secret - ;;
    SetCredential=) by_answer "$(service "$c" SetCredential=name:secret 'cat $CREDENTIALS_DIRECTORY/name')" secret - ;;
    DynamicUser=) by_answer "$(service "$c" DynamicUser=yes 'test $(id -u) -gt 60000 && echo user')" user - ;;
    PrivateTmp=) hidden "$c" PrivateTmp=yes /tmp/probe ;;
    ProtectSystem=) read_only "$c" ProtectSystem=full /etc/probe ;;
    ProtectHome=) hidden "$c" ProtectHome=yes /home/user/file ;;
    ProtectControlGroups=) read_only "$c" ProtectControlGroups=yes /sys/fs/cgroup ;;
    PrivateDevices=) hidden "$c" PrivateDevices=yes /dev/probe ;;
    PrivateMounts=) private "$c" PrivateMounts=yes mnt ;;
    PrivateNetwork=) private "$c" PrivateNetwork=yes net ;;
    PrivateIPC=) private "$c" PrivateIPC=yes ipc ;;
    PrivateUsers=) private "$c" PrivateUsers=yes user ;;
    ProtectHostname=) private "$c" ProtectHostname=yes uts ;;
    ReadOnlyPaths=) read_only "$c" ReadOnlyPaths=/etc /etc/probe ;;
    InaccessiblePaths=) hidden "$c" InaccessiblePaths=/home /home/user/file ;;
    BindPaths=) by_answer "$(service "$c" BindPaths=/home/user:/mnt 'cat /mnt/file')" secret - ;;
    TemporaryFileSystem=) hidden "$c" TemporaryFileSystem=/home /home/user/file ;;
    NoNewPrivileges=) by_answer "$(service "$c" NoNewPrivileges=yes 'grep -c "^NoNewPrivs:.*1" /proc/self/status')" 1 0 ;;
    CapabilityBoundingSet=)
        by_answer "$(service "$c" CapabilityBoundingSet=CAP_KILL 'sed -n "s/^CapEff:[[:space:]]*0*//p" /proc/self/status')" 20 - ;;
    SystemCallFilter=)
        by_answer "$(service "$c" 'SystemCallFilter=~@chown:EPERM' 'chown 1 /tmp/probe && echo allowed || echo denied')" denied allowed ;;
    LimitNOFILE=) by_answer "$(service "$c" LimitNOFILE=100 'ulimit -n')" 100 - ;;
    IPAddressDeny=)
        by_answer "$(service "$c" IPAddressDeny=any 'curl -s -m 2 http://127.0.0.1/ >/dev/null && echo open || echo denied')" denied open ;;
    *) echo "no test of $1" ;;
    esac
}

# assert_column CONTAINER HEADING: the cells of a column are what a service gets
assert_column() {
    local setting cell
    awk -F ' *[|] *' -v heading="$2" '
        $2 == "setting" { for (i = 3; i < NF; i++) if ($i == heading) column = i }
        column && $2 ~ /^`/ { gsub(/`/, "", $2); print $2, $column }' $TABLE >"$SHUNIT_TMPDIR/cells"
    assertTrue "rows: $(wc -l <"$SHUNIT_TMPDIR/cells")" "[ $(wc -l <"$SHUNIT_TMPDIR/cells") -ge 20 ]"
    while read -r setting cell _; do
        assertEquals "$setting with $2" "$cell" "$(verdict_of "$setting" "$1" </dev/null)"
    done <"$SHUNIT_TMPDIR/cells"
}

version() {
    podman exec default systemctl --version | awk 'NR == 1 { print $2 }'
}

testDefaultCapabilities() {
    assert_column default "$(version)"
}

testWithSysAdmin() {
    assert_column admin "$(version) + SYS_ADMIN"
}

# The remedy of footnote 1
testSharedMountsLetCredentialsWork() {
    [ "$SUITE" != forky ] || return 0
    podman exec admin mount --make-rshared /
    assertEquals works "$(verdict_of LoadCredential= admin)"
    assertEquals works "$(verdict_of SetCredential= admin)"
}

testTheHooksHadNothingToSay() {
    assertEquals '' "$(said)"
}

. shunit2
