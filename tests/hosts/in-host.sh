# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests that run inside a booted host share (tests/hosts/run). RUNTIME is crun or runc; SUITE the host's.

# shellcheck source=tests/lib/common.sh
. /srv/tests/lib/common.sh

RUNTIME=${RUNTIME:-crun}
[ -n "${SUITE:-}" ] || skip_all "tool: not inside a host of tests/hosts/run"

# No podman option in any test: the runtime comes from the engine's own configuration.
mkdir -p /etc/containers/containers.conf.d
printf '[engine]\nruntime="%s"\n' "$RUNTIME" >/etc/containers/containers.conf.d/runtime.conf

# need_image NAME: imports the application image of this suite (or busybox) as localhost/NAME, once a boot.
need_image() {
    local tar=/srv/images/$SUITE.tar

    ! podman image exists "$1" || return 0
    [ "$1" != busybox ] || tar=/srv/images/busybox.tar
    podman import -q -c 'CMD ["/sbin/init"]' "$tar" "localhost/$1" >/dev/null
}

# wait_for SECONDS COMMAND...: until the command succeeds; false when it never did.
wait_for() {
    local end=$((SECONDS + $1 * ${SLOWNESS:-1}))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

# state_of CONTAINER: what its systemd says of itself once it has booted.
state_of() {
    wait_for 60 podman exec "$1" test -S /run/dbus/system_bus_socket
    podman exec "$1" timeout 60 systemctl is-system-running --wait
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
