#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SELinux enforcing: the container boots without container_manage_cgroup, keeps its journal and is registered, and the
# hooks cause no denial, of anybody. podman is started from an administrator's shell: in the domain that Debian's policy
# has for it as a service it may not even load overlay or run netavark.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

[ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" = 1 ] || skip_all 'kernel: SELinux does not enforce here'
MODULE=/usr/share/selinux/packages/oci-systemd-hooks.cil

oneTimeSetUp() {
    restorecon -RF /var/lib/containers 2>/dev/null
    # Without it a container of root's may not change its user or group, whatever runs in it.
    setsebool container_use_host_all_caps on
    # so that a first call on a slow machine does not wait for it
    systemctl start systemd-machined
    # every denial counts
    sysctl -q kernel.printk_ratelimit=0
}

oneTimeTearDown() {
    remove_all
}

# inside CONTAINER COMMAND...: its output by way of a file, as container_t may not write to an unconfined caller's pipe
inside() {
    podman exec "$1" sh -c '"$@" >/run/output 2>&1' - "${@:2}"
    cat "/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/root/run/output"
}

# system_state CONTAINER: what its systemd says once it has booted
system_state() {
    wait_for 60 podman exec "$1" test -S /run/dbus/system_bus_socket
    inside "$1" timeout 60 systemctl is-system-running --wait
}

# denials: who was denied what, of whom, since the kernel's log was cleared
denials() {
    dmesg | sed -nE 's/.*avc: +denied +\{ ([^}]*) \}.*scontext=[^:]*:[^:]*:([^: ]*).*tcontext=[^:]*:[^:]*:([^: ]*).*tclass=([^ ]*).*/\2 \3 \4 \1/p' |
        while read -r who whom class what; do
            for one in $what; do echo "$who $whom $class $one"; done
        done | sort -u
}

# not_in FILE: of stdin, the lines that FILE has not
not_in() {
    grep -vxFf "$1" || :
}

# forget_denials: those of before, and those that the kernel remembers to have told of
forget_denials() {
    local mode
    mode=$(cat /sys/fs/selinux/enforce)
    setenforce 1
    setenforce "$mode"
    dmesg -C
}

label_of() {
    stat -c %C "$@"
}

# assert_works CONTAINER: boots, and everything that it may write has its label
assert_works() {
    local label root where
    assertEquals "$1" running "$(system_state "$1")"
    assertEquals '' "$(inside "$1" systemctl --failed --no-legend)"
    label=$(podman inspect -f '{{.MountLabel}}' "$1")
    assertContains "$(podman inspect -f '{{.ProcessLabel}}' "$1")" :container_t:s0:c
    root=/proc/$(podman inspect -f '{{.State.Pid}}' "$1")/root
    for where in /run /run/lock /tmp /etc/machine-id /run/host/container-uuid /sys/fs/cgroup/cgroup.procs \
        /sys/fs/cgroup/init.scope "/var/log/journal/$machine" "/var/log/journal/$machine/system.journal"; do
        assertEquals "$1 $where" "$label" "$(label_of "$root$where")"
    done
    assertEquals "$machine" "$(inside "$1" cat /etc/machine-id)"
    assertContains "$(journalctl --no-pager -D "/var/log/journal/$machine" -o cat)" 'Startup finished in'
    assertTrue 'registered' "has_machine $machine"
    assertContains "$(machinectl status --no-pager "$machine")" 'Service: podman; class container'
    assertContains "$(journalctl --no-pager -M "$machine" -o cat)" 'Startup finished in'
}

# checked: what oci-hooks-check says of SELinux, and whether something is wrong with this host
checked() {
    oci-hooks-check --json | jq -r '(.findings[] | select(.check | startswith("selinux")) | "\(.level) \(.check): \(.text)"),
        (.findings[] | select(.level == "error" or .level == "warning").check)'
}

# The first: the module is loaded in it.
testWithoutModule() {
    mark
    start before web
    assertContains "$(said)" "SELinux's policy does not let them have the container's label"
    assert_soon 'does not boot' 30 is exited podman inspect -f '{{.State.Status}}' before
    podman rm -f -t 0 before >/dev/null 2>&1
    assertEquals "warning selinux-module: is enforcing without our module: by Debian's policy systemd-machined sees no container, and as \
container_manage_cgroup is off, systemd boots in none; no other policy was tried
selinux-module" "$(checked)"
    setsebool container_manage_cgroup on
    assertContains "$(checked)" "by Debian's policy systemd-machined sees no container;"
    start boolean web
    assertEquals 'boots by the boolean' running "$(system_state boolean)"
    assertFalse 'registered' "has_machine $machine"
    podman rm -f -t 0 boolean >/dev/null 2>&1
    setsebool container_manage_cgroup off
    run semodule -i $MODULE
    assertEquals "$err" 0 "$status"
    assertEquals 'ok selinux: enforcing, with our module' "$(checked)"
}

testAdministrator() {
    mark
    forget_denials
    start web web
    assert_works web
    assertEquals '' "$(said)"
    denials >"$SHUNIT_TMPDIR/enforcing"
}

# restorecon takes the labels, the command of oci-systemd-hook(1) gives them back.
testRestorecon() {
    local directory=/var/log/journal/$machine label
    label=$(podman inspect -f '{{.MountLabel}}' web)
    restorecon -R /var/log
    assertEquals systemd_journal_t "$(label_of "$directory" | cut -d : -f 3)"
    chcon -R "$label" "$directory"
    assertEquals "$label" "$(label_of "$directory")"
    inside web logger -t test written after restorecon
    inside web journalctl --sync
    assertContains "$(journalctl --no-pager -D "$directory" -t test -o cat)" 'written after restorecon'
    assertEquals running "$(inside web systemctl is-system-running)"
}

testNoBooleanForTheCgroup() {
    assertEquals 'container_manage_cgroup --> off' "$(getsebool container_manage_cgroup)"
}

# The same container without and with the hooks, in permissive mode, where nothing ends early. The last test.
testHooksCauseNoDenial() {
    local mine
    remove_all
    setenforce 0
    assertEquals 'ok selinux: permissive, with our module' "$(checked)"
    forget_denials
    start without --annotation io.containers.systemd-hook=false web
    assertEquals running "$(system_state without)"
    podman stop -t 120 without >/dev/null
    denials >"$SHUNIT_TMPDIR/without"
    assertContains 'denials are seen' "$(cat "$SHUNIT_TMPDIR/without")" 'container_t cgroup_t dir add_name'

    forget_denials
    start with --rm web
    assert_works with
    podman stop -t 120 with >/dev/null
    mine=$(denials | not_in "$SHUNIT_TMPDIR/without")
    assertEquals 'permissive' '' "$mine"
    mine=$(not_in "$SHUNIT_TMPDIR/without" <"$SHUNIT_TMPDIR/enforcing")
    assertEquals 'enforcing' '' "$mine"
}

. shunit2
