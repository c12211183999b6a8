#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # ids is set by new_ids
# One container after the other, started and removed by the bare runtime: each is known and has its journal while it is
# there, and nothing is left of it, or of all of them.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-load.sh
. "${0%/*}/in-load.sh"

oneTimeSetUp() {
    need_image busybox
    warm_up
    do_not_watch_ended
    mkdir -p $load_dir && mount -t tmpfs tmpfs $load_dir
}

oneTimeTearDown() {
    umount $load_dir 2>/dev/null
    return 0
}

# cycle KIND ID: a container of the one root file system or the other, in a bundle of its own; complains of what is wrong
cycle() {
    local machine=/run/systemd/machines/${2::32} journal=/var/log/journal/${2::32} said=$load_dir/said
    mkdir "$load_dir/$2" && cp "$load_dir/$1/config.json" "$load_dir/$2"
    # a container keeps what its output is open
    "$RUNTIME" --systemd-cgroup run -d --bundle "$load_dir/$2" "$2" </dev/null >"$said" 2>&1 || echo "$2 did not start: $(cat "$said")"
    [ -e "$machine" ] || echo "$2 is not registered"
    [ -d "$journal" ] || echo "$2 has no journal"
    [ ! -e "$gone" ] || echo "$gone is still there"
    "$RUNTIME" delete -f "$2" >"$said" 2>&1 || echo "$2 was not removed: $(cat "$said")"
    [ ! -e "$machine" ] || echo "$2 is still registered"
    rmdir "$load_dir/$1/rootfs$journal"
    [ -d "$journal" ] || echo "the journal of $2 went before its bundle"
    rm -r "${load_dir:?}/$2"
    [ "$1" != removed ] || gone=$journal
}

# Those of the kind `removed` are removed with their journals, which the next start does; the journals of the others add up.
testCycles() {
    local count part before others i complaints gone='' clock first last machined
    count=$(size 200 10000)
    part=$((count / 10))
    before=$(host_state) others=$(journals)
    template busybox "$sleeps"
    bundles kept removed
    for i in kept removed; do
        jq --arg root $load_dir/$i/rootfs '.root.path = $root' $load_dir/$i/config.json >$load_dir/config.json
        mv $load_dir/config.json $load_dir/$i
    done
    new_ids $((count + 1))
    mark
    machined="machined $(descriptors systemd-machined) descriptors and $(rss systemd-machined) kB"
    clock=$(milliseconds)
    for ((i = 0; i < count; i++)); do
        [ $i -ne $part ] || first=$(($(milliseconds) - clock))
        [ $i -ne $((count - part)) ] || clock=$(milliseconds)
        if ((i % 2)); then cycle removed "${ids[i]}"; else cycle kept "${ids[i]}"; fi
    done >"$SHUNIT_TMPDIR/complaints"
    last=$(($(milliseconds) - clock))
    cycle kept "${ids[count]}" >>"$SHUNIT_TMPDIR/complaints"
    complaints=$(wc -l <"$SHUNIT_TMPDIR/complaints")
    assertEquals "$(head "$SHUNIT_TMPDIR/complaints")" 0 "$complaints"
    assertEquals 'the hooks said' '' "$(said)"
    assertEquals 'journals that are kept' '' "$(diff <(odd_ones "${ids[@]}") <(comm -13 <(echo "$others") <(journals)))"
    (cd /var/log/journal && odd_ones "${ids[@]}" | xargs rmdir)
    remove_bundles kept removed
    assert_state "$before" 'left on the host'
    report "\`sleep\`, bare crun, one after the other" "$count" "ms each: $(mean $first) in the first tenth, $(mean $last) in the last; \
$machined, then $(descriptors systemd-machined) and $(rss systemd-machined) kB"
}

# mean MILLISECONDS: of one in a tenth of all
mean() {
    awk -v ms="$1" -v n="$part" 'BEGIN { printf "%.1f", ms / n }'
}

. shunit2
