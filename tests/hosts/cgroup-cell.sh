# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # err, status are set by run
# One container in one cgroup layout, and what must be true of its cgroup, whatever the layout: for the cgroup-*.sh tests.
# $CGROUP is v2, hybrid or legacy.

HOOK=/usr/libexec/oci/hooks.d/oci-systemd-hook
FRAGMENT=/usr/share/doc/oci-systemd-hooks/hooks/systemd-hook/config.json
MERGE=/usr/share/doc/oci-systemd-hooks/hooks/merge.jq
cells=/run/cells bundle=/run/cells/bundle
memory_limit=681574400 pids_limit=777

# prepare_cells: once a file
prepare_cells() {
    mkdir -p $cells
    mount -t tmpfs tmpfs $cells
    cat >$cells/hook <<HOOK
#!/bin/sh
cat >$cells/state
cat "/proc/\$(jq .pid $cells/state)/cgroup" >$cells/cgroup
exec $HOOK "\$@" <$cells/state 2>>$cells/said
HOOK
    chmod +x $cells/hook
    cgroup_mounts=$(host_cgroup_mounts)
    systemd_cgroup=--systemd-cgroup
    [ -d /run/systemd/system ] || systemd_cgroup=
}

remove_cells() {
    ! mountpoint -q $cells || umount -R -l $cells
}

# host_cgroup_mounts: what the machine has, with options
host_cgroup_mounts() {
    findmnt -rn -t cgroup,cgroup2 -o TARGET,FSTYPE,OPTIONS | grep '^/sys/fs/cgroup' | sort
}

assert_same_mounts() {
    assertEquals "the machine's cgroup mounts and options" "$cgroup_mounts" "$(host_cgroup_mounts)"
}

has_controller() {
    case $CGROUP in
    v2) grep -qw "$1" /sys/fs/cgroup/cgroup.controllers ;;
    *) [ -d "/sys/fs/cgroup/$1" ] ;;
    esac
}

# make_bundle SUITE NAMESPACE RUNTIME MOUNT: $bundle, with the suite's image; MOUNT says whether config.json has a cgroup mount
make_bundle() {
    local image=web-$1 lower
    [ "$1" != "$SUITE" ] || image=web
    need_image "$image"
    lower=$(podman image mount "localhost/$image") || return
    mkdir -p $bundle/{upper,work,rootfs}
    mount -t overlay -o "lowerdir=$lower,upperdir=$bundle/upper,workdir=$bundle/work" overlay $bundle/rootfs
    (cd $bundle && "$3" spec) || return
    # shellcheck disable=SC2016 # variables of jq
    jq -n -f $MERGE $bundle/config.json $FRAGMENT |
        jq --arg namespace "$2" --arg mount "$4" --arg hook $cells/hook --arg path "${systemd_cgroup:+system.slice:oci:web}" \
            --argjson memory "$(has_controller memory && echo $memory_limit || echo null)" \
            --argjson pids "$(has_controller pids && echo $pids_limit || echo null)" '
            .hooks.createRuntime[0] |= (.path = $hook | .args += ["--journal=no"]) | del(.hooks.poststop)
            | .linux.cgroupsPath = if $path == "" then "/test/web" else $path end
            | .linux.resources += (if $memory then {memory: {limit: $memory}} else {} end)
                + (if $pids then {pids: {limit: $pids}} else {} end)
            | del(.linux.resources.devices) | del(.process.rlimits)
            | if $namespace == "host" then .linux.namespaces |= map(select(.type != "cgroup")) else . end
            | if $mount == "unmounted" then .mounts |= map(select(.type != "cgroup")) else . end' >$bundle/merged &&
        mv $bundle/merged $bundle/config.json
}

# edit_bundle JQ-ARGUMENT...
edit_bundle() {
    jq "$@" <$bundle/config.json >$bundle/merged && mv $bundle/merged $bundle/config.json
}

remove_bundle() {
    "$1" delete -f web >/dev/null 2>&1
    umount -l $bundle/rootfs
    rm -rf $bundle
    : >$cells/said
}

# own_of HIERARCHY: the container's cgroup on the host, before systemd made others below it; HIERARCHY as /proc/PID/cgroup
# names it
own_of() {
    local own
    own=$(sed -n "s/^[0-9]*:$1:\(.*\)/\1/p" "$cgroup_file")
    printf '%s\n' "${own%/init.scope}"
}

# writable_mounts: of the cgroup file systems that the container sees, in words of the host: controllers and path
writable_mounts() {
    awk '{ for (i = 7; $i != "-"; i++) ; kind = $(i + 1)
        if (kind !~ /^cgroup2?$/ || $6 !~ /^rw/) next
        options = "," $(i + 3) ","; name = kind == "cgroup2" ? "" : options ~ /,name=systemd,/ ? "name=systemd" : options
        print name, $4 }' "/proc/$pid/mountinfo"
}

# assert_nothing_wider: no cgroup mount is writable but the own cgroup of the hierarchies that systemd keeps its services in
assert_nothing_wider() {
    local name path own
    while read -r name path; do
        if [ "${path#/}" = "$path" ]; then path=$name name=''; fi
        own=$(own_of "$name")
        assertNotEquals "$cell: the host's root cgroup" / "$own"
        case $path/ in
        "$own"/*) ;;
        *) fail "$cell: writable: $name $path, not only $own" ;;
        esac
        case $name in
        '' | name=systemd) ;;
        *) fail "$cell: writable: the limits in $name" ;;
        esac
    done < <(writable_mounts)
}

# As root in the container: makes, moves, writes and reads what it should not, and says what it could
# shellcheck disable=SC2016 # for the container's shell
intruder='
cd /sys/fs/cgroup || exit
try() { { echo "$2" >"$1"; } 2>/dev/null && echo "wrote $1"; }
tops="./systemd ./unified"
[ "$(stat -f -c %T .)" != cgroup2fs ] || tops=.
own_v1=$1 own_v2=$2
# what is below the own cgroups is its to change
set --
for top in $tops; do
    [ -d $top ] || continue
    [ $top = ./systemd ] && own=$top$own_v1 || own=$top$own_v2
    set -- "$@" -path "$own/*/*" -o
    mkdir $own/ours && rmdir $own/ours && echo "own $top"
    above=$own
    while [ $above != $top ]; do
        above=${above%/*}
        mkdir $above/intruder 2>/dev/null && echo "made $above/intruder"
        try $above/cgroup.procs $$
    done
done
for file in $(find . \( "$@" -false \) -prune -o \( -name memory.max -o -name memory.high -o -name pids.max -o -name cpu.max \
    -o -name cgroup.max.depth -o -name cgroup.max.descendants -o -name cgroup.freeze -o -name memory.limit_in_bytes \
    -o -name memory.memsw.limit_in_bytes -o -name cpu.cfs_quota_us -o -name release_agent \) -print); do
    case $file in
    # a device is what covers it
    */release_agent) [ ! -f $file ] || { try $file /bin/true; cat $file >/dev/null 2>&1 && echo "read $file"; } ;;
    */cgroup.freeze) try $file 0 ;;
    */cgroup.max.*) try $file 7 ;;
    *) try $file max; try $file -1; try $file 9999999999 ;;
    esac
done
[ $top = . ] || { mkdir intruder 2>/dev/null && echo "made intruder"; }
true
'

# assert_confined NAMESPACE COMMAND...: COMMAND runs a program in the container
assert_confined() {
    local tops=. own=() got
    [ "$1" = private ] || own=("$(own_of name=systemd)" "$(own_of '')")
    shift
    # systemd 258 and later is shown v2 alone
    [ "$("$@" stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] ||
        tops=$("$@" sh -c 'cd /sys/fs/cgroup && ls -d systemd unified 2>/dev/null')
    got=$("$@" sh -c "$intruder" - "${own[@]}")
    # shellcheck disable=SC2086
    assertEquals "$cell: what can be written" "$(printf 'own ./%s\n' $tops | sed 's:/\.$::')" "$got"
    assert_limits
    assertEquals "$cell: CAP_SYS_ADMIN" 0 $((0x$(awk '/^CapBnd/ { print $2 }' "/proc/$pid/status") >> 21 & 1))
}

# assert_limits: those of make_bundle are what they were
assert_limits() {
    local own=()
    if [ "$CGROUP" = v2 ]; then
        # some crun set them on the scope above
        own=("/sys/fs/cgroup$(own_of '')")
        own+=("${own[0]%/container}")
        ! has_controller memory || assertContains "$cell: memory.max" "$(cat "${own[@]/%//memory.max}")" $memory_limit
        ! has_controller pids || assertContains "$cell: pids.max" "$(cat "${own[@]/%//pids.max}")" $pids_limit
    else
        assertEquals "$cell: memory" $memory_limit "$(cat "/sys/fs/cgroup/memory$(own_of memory)/memory.limit_in_bytes")"
        assertEquals "$cell: pids" $pids_limit "$(cat "/sys/fs/cgroup/pids$(own_of pids)/pids.max")"
    fi
}

# cell SUITE NAMESPACE RUNTIME MOUNT: boots and asserts all of it
cell() {
    local cell="$CGROUP, systemd of $1, namespace $2, $3, $4"
    make_bundle "$@" || { fail "$cell: no bundle"; return; }
    # shellcheck disable=SC2086
    run "$3" $systemd_cgroup run -d --bundle $bundle web </dev/null
    assertEquals "$cell: $err" 0 "$status"
    if [ "$status" -eq 0 ]; then
        pid=$("$3" state web | jq .pid) cgroup_file=$cells/cgroup
        wait_for 30 "$3" exec web test -S /run/dbus/system_bus_socket
        assertEquals "$cell" running "$("$3" exec web timeout 60 systemctl is-system-running --wait)"
        assertEquals "$cell: nothing to say" '' "$(cat $cells/said)"
        assert_nothing_wider
        assert_confined "$2" "$3" exec web
    fi
    remove_bundle "$3"
}
