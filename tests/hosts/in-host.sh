# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests that run inside a booted host share (tests/hosts/run). RUNTIME is crun or runc; SUITE the host's.

# shellcheck source=tests/lib/common.sh
. /srv/tests/lib/common.sh

RUNTIME=${RUNTIME:-crun}
[ -n "${SUITE:-}" ] || skip_all "tool: not inside a host of tests/hosts/run"

# run COMMAND...: as that of common.sh, but into files: a container that goes on would keep a pipe open. What the hooks say
# comes from the journal here.
# shellcheck disable=SC2034
run() {
    status=0
    "$@" >"$SHUNIT_TMPDIR/run.out" 2>"$SHUNIT_TMPDIR/run.err" || status=$?
    out=$(cat "$SHUNIT_TMPDIR/run.out") err=$(cat "$SHUNIT_TMPDIR/run.err")
    return 0
}

# No podman option in any test: the runtime comes from the engine's own configuration.
use_runtime() {
    mkdir -p /etc/containers/containers.conf.d
    printf '[engine]\nruntime="%s"\n' "$1" >/etc/containers/containers.conf.d/runtime.conf
}
use_runtime "$RUNTIME"

# need_image NAME: imports the application image of this suite, of another one (web-SUITE) or busybox as localhost/NAME,
# once a boot.
need_image() {
    local tar=/srv/images/$SUITE.tar

    ! podman image exists "$1" || return 0
    [ "$1" != busybox ] || tar=/srv/images/busybox.tar
    [ "$1" = "${1#web-}" ] || tar=/srv/images/${1#web-}.tar
    podman import -q -c 'CMD ["/sbin/init"]' "$tar" "localhost/$1" >/dev/null
}

# wait_for SECONDS COMMAND...: until the command succeeds; false when it never did.
wait_for() {
    local end=$((SECONDS + $1 * ${SLOWNESS:-1}))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        case $1 in podman | has_bus) sleep 0.6 ;; *) sleep 0.2 ;; esac
    done
}

# is EXPECTED COMMAND...: true when that is what the command prints
is() {
    local expected=$1
    shift
    [ "$("$@")" = "$expected" ]
}

# has_bus CONTAINER: by way of /proc, as a loop around podman exec takes half of the processor from those who boot
has_bus() {
    [ -S "/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/root/run/dbus/system_bus_socket" ]
}

# state_of CONTAINER: what its systemd says of itself once it has booted.
state_of() {
    wait_for 60 has_bus "$1"
    podman exec "$1" timeout 60 systemctl is-system-running --wait
}

# start NAME [OPTION...] IMAGE [COMMAND...]: as a user does. Sets $id and $machine, the first 32 digits, which is also
# the container's machine id. A container that does not start fails the test.
# shellcheck disable=SC2034,SC2154
start() {
    local name=$1
    shift
    run podman run -d --name "$name" "$@"
    assertEquals "podman run: $err" 0 "$status" || return
    id=$(podman inspect -f '{{.Id}}' "$name")
    machine=${id:0:32}
}

# uncover_kernel_files: lets user namespaces mount proc and sysfs. Linux allows that only where nothing hides a part of
# the host's own, as systemd-nspawn does; podman besides takes away all mounts below /sys/kernel, which there is one.
uncover_kernel_files() {
    [ -z "$(findmnt -n -o TARGET /sys/kernel)" ] || {
        mkdir -p /run/visible/proc /run/visible/cgroup
        mount -t proc -o nosuid,nodev,noexec proc /run/visible/proc
        findmnt -rn -o TARGET | grep ^/sys/kernel | tac | xargs umount
        mount --bind /sys/fs/cgroup /run/visible/cgroup
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
        mount --bind /run/visible/cgroup /sys/fs/cgroup
        umount /run/visible/cgroup
    }
}

# assert_journal_is_for_readers ID: of the journal on the host, by its groups and no others
assert_journal_is_for_readers() {
    local group
    for group in systemd-journal adm; do
        assertContains "group $group" "$(as_member_of "$group" journalctl --no-pager -D "/var/log/journal/$1" -o cat)" \
            'Startup finished in'
    done
    assertNotContains "nobody" "$(as_member_of nogroup journalctl --no-pager -D "/var/log/journal/$1" -o cat 2>&1)" \
        'Startup finished in'
}

as_member_of() {
    local group=$1
    shift
    setpriv --reuid=nobody --regid=nogroup --groups="$group" "$@"
}

# address_of CONTAINER: on podman's default network.
address_of() {
    podman inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"
}

# remove_all: no container is left for the next test.
remove_all() {
    podman rm -f -t 5 -a >/dev/null 2>&1
    return 0
}

# image_variant NAME COMMAND [CHANGE]: an image like web, after a shell command in its root directory, with a change of
# its configuration (as of podman commit).
image_variant() {
    local container root

    need_image web
    container=$(podman create web) || return
    root=$(podman mount "$container") && (cd "$root" && eval "$2") &&
        podman commit -q ${3:+--change "$3"} "$container" "localhost/$1" >/dev/null
    podman rm "$container" >/dev/null
}

# bare NAME CHANGE FILTER: runs the web image with the runtime alone and the fragments of hooks/, after a shell command in
# its root directory and a jq filter on its config.json. The root is an overlay: $bare_dir/NAME/upper has what is written.
bare_dir=/var/lib/containers/bare
bare() {
    local dir=$bare_dir/$1 fragments=/usr/share/doc/oci-systemd-hooks/hooks

    need_image web
    # a tmpfs: the disk of a virtual machine is full of images
    mountpoint -q $bare_dir || { mkdir -p $bare_dir && mount -t tmpfs tmpfs $bare_dir; }
    mkdir -p "$dir"/{upper,work,rootfs}
    mount -t overlay -o "lowerdir=$(podman image mount web),upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/rootfs"
    (cd "$dir/rootfs" && eval "$2")
    (cd "$dir" && "$RUNTIME" spec && jq -n -f $fragments/merge.jq config.json \
        $fragments/{systemd-hook,register-machine-hook}/config.json | jq "$3" >merged && mv merged config.json)
    run "$RUNTIME" --systemd-cgroup run -d --bundle "$dir" "$1" </dev/null
    assertEquals "$RUNTIME run $1: $(cat "$SHUNIT_TMPDIR/run.err")" 0 "$status"
}

# remove_bare NAME...
remove_bare() {
    local name
    for name; do
        "$RUNTIME" delete -f "$name" 2>/dev/null
        umount -l "$bare_dir/$name/rootfs"
        rm -rf "${bare_dir:?}/$name"
    done
    podman image unmount web >/dev/null
    return 0
}

# machines: the names that machined knows, in order
machines() {
    machinectl list --no-legend --no-pager | awk '{ print $1 }' | sort
}

# has_machine NAME, has_no_machine NAME
has_machine() {
    machines | grep -qx "$1"
}

has_no_machine() {
    ! has_machine "$1"
}

# journals: the journal directories of this host but its own
journals() {
    find /var/log/journal -mindepth 1 -maxdepth 1 ! -name "$(cat /etc/machine-id)" -printf '%f\n' | sort
}

# said [OPTION...]: what the hooks said in the journal since $mark was set by `mark`
mark() {
    journalctl --sync
    mark=$(journalctl -n 1 -o json --no-pager | jq -r .__CURSOR)
}

said() {
    journalctl --sync
    # journalctl before 254 with -t would leave out the first entry after the cursor
    journalctl --no-pager -o json --after-cursor="$mark" |
        jq -r 'select(.SYSLOG_IDENTIFIER | IN("oci-systemd-hook", "oci-register-machine")) | .MESSAGE'
}

# listing DIRECTORY: everything below it with type, mode, owner, link target, content and capabilities
listing() (
    cd "$1" || exit
    find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sort
    find . -type f -exec md5sum {} + | sort
    getcap -r . | sort
)

# assert_soon WHY SECONDS COMMAND...
assert_soon() {
    local why=$1
    shift
    wait_for "$@"
    assertEquals "$why" 0 $?
}
