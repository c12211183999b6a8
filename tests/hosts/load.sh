#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # ids is set by new_ids, err and status by run
# Many containers of the bare runtimes, started side by side and ended side by side: none is lost, nothing is left.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-load.sh
. "${0%/*}/in-load.sh"

oneTimeSetUp() {
    need_image web
    need_image busybox
    warm_up
    watch_ended
    report what containers outcome
    report --- --- ---
    mkdir -p $load_dir && mount -t tmpfs tmpfs $load_dir
}

oneTimeTearDown() {
    do_not_watch_ended
    umount $load_dir 2>/dev/null
    return 0
}

# begin COUNT IMAGE FILTER: the host as it is before, and the bundles
begin() {
    before=$(host_state) others=$(journals)
    template "$2" "$3"
    new_ids "$1"
    bundles "${ids[@]}"
    mark
    machined="machined had $(descriptors systemd-machined) descriptors and $(rss systemd-machined) kB"
    clock=$(milliseconds)
}

all_are_there() {
    took="started in $(($(milliseconds) - clock)) ms"
    assertEquals 'none is lost' ${#ids[@]} "$(containers | wc -l)"
    assertEquals 'machines and their leaders' "$(containers)" "$(leaders)"
    assertEquals 'journals' "$(printf '%.32s\n' "${ids[@]}" | sort)" "$(new_journals)"
    machined+=", with them $(descriptors systemd-machined) and $(rss systemd-machined) kB"
}

# end WHAT: all of them, and what is left
end() {
    clock=$(milliseconds)
    side_by_side delete_one "${ids[@]}"
    took+=", removed in $(($(milliseconds) - clock)) ms"
    assertEquals 'the hooks said' '' "$(said)"
    assert_journals_go "${ids[@]}"
    assert_state "$before" 'left on the host'
    machined+=", then $(descriptors systemd-machined) and $(rss systemd-machined) kB"
    report "$1" ${#ids[@]} "$took; $machined"
}

small_ones() {
    begin "$1" busybox "$sleeps"
    side_by_side start_one "${ids[@]}"
    all_are_there
    end "\`sleep\`, bare $RUNTIME"
}

# many_connections: dbus-daemon gives a user 256, and a runc has two: of 200 at once half would time out, with no hook at all
many_connections() {
    echo '<busconfig><limit name="max_connections_per_user">4096</limit></busconfig>' >/etc/dbus-1/system.d/load.conf
    busctl -q call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
}

testSmallOnes() {
    many_connections
    for RUNTIME in crun runc; do
        small_ones "$(size 30 200)"
    done
}

# booted: how many of them have, by their journals on the host
booted() {
    local id
    for id in "${ids[@]}"; do
        journalctl --no-pager -D "/var/log/journal/${id::32}" -o cat -n 100 2>/dev/null | grep -q 'Startup finished in' && echo
    done | wc -l
}

stopped() {
    "$RUNTIME" list -f json | jq '[.[] | select(.status == "stopped")] | length'
}

# kill_one ID: systemd's own word for a clean shutdown
kill_one() {
    "$RUNTIME" kill "$1" 37 >"$load_dir/$1/said" 2>&1
    echo $? >"$load_dir/$1/status"
}

# Each systemd has six inotify instances, and the machine may allow root 128 in all.
instances=/proc/sys/fs/inotify/max_user_instances

testSystemd() {
    local id
    RUNTIME=crun
    [ $((8 * $(size 5 200))) -lt "$(cat $instances)" ] || { fail "$instances is too low: $(cat $instances)"; return; }
    begin "$(size 5 200)" web .
    side_by_side start_one "${ids[@]}"
    all_are_there
    assert_soon 'all boot' 300 is ${#ids[@]} booted
    took+=", booted after $(($(milliseconds) - clock)) ms, then $(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo) MB free"
    for id in "${ids[@]}"; do
        assertEquals "$id" running "$("$RUNTIME" exec "$id" timeout 60 systemctl is-system-running --wait)"
    done
    side_by_side kill_one "${ids[@]}"
    assert_soon 'all end' 120 is ${#ids[@]} stopped
    for id in "${ids[@]}"; do
        assertContains "$id" "$(journalctl --no-pager -D "/var/log/journal/${id::32}" -o cat -n 1)" 'Journal stopped'
    done
    end 'systemd and apache, bare crun'
}

# room: for how many containers with systemd the memory is enough, 200 at most
room() {
    awk '$1 == "MemAvailable:" { n = int($2 / 80000); print n < 200 ? n : 200 }' /proc/meminfo
}

# podman_all COMMAND...: for each container, eight at a time
podman_all() {
    printf '%s\n' "${ids[@]}" | xargs -P 8 -n 1 podman "$@" >/dev/null
    assertEquals "podman $*" 0 $?
}

# Every second one with --rm
testPodman() {
    local before count others kept
    RUNTIME=crun
    before=$(host_state) others=$(journals)
    count=$(size 4 "$(room)")
    clock=$(milliseconds)
    seq 1 2 "$count" | xargs -P 8 -I '{}' podman run -d --name 'load{}' web >/dev/null
    seq 2 2 "$count" | xargs -P 8 -I '{}' podman run -d --rm --name 'load{}' web >/dev/null
    took="started in $(($(milliseconds) - clock)) ms"
    mapfile -t ids < <(podman ps -q --no-trunc)
    assertEquals 'none is lost' "$count" ${#ids[@]}
    assertEquals 'machines' "$(printf '%.32s\n' "${ids[@]}" | sort)" "$(machines)"
    assert_soon 'all boot' 120 is "$count" booted
    kept=$(podman ps -q --no-trunc -f 'name=[13579]$' | cut -c 1-32 | sort)
    clock=$(milliseconds)
    podman_all stop
    printf 'load%s\n' $(seq 1 2 "$count") | xargs podman rm >/dev/null
    took+=", ended in $(($(milliseconds) - clock)) ms"
    assert_soon 'all are gone' 30 is '' podman ps -aq
    assert_soon 'journals that are kept' 60 is "$kept" new_journals
    (cd /var/log/journal && xargs rm -r <<<"$kept")
    assert_state "$before" 'left on the host'
    report 'systemd and apache, podman with crun' "$count" "$took"
}

. shunit2
