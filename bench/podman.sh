#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside a host (bench/run boots it): how long `podman run --rm` of a systemd container takes, to the start of its PID 1 and
# to `running`, without hooks, with hooks that do nothing, and with ours: podman.sh STARTS. Prints lines as sample.c does;
# the n-th of each belong together.
set -euo pipefail
cd /opt/bench
starts=$1
hooks=/usr/share/containers/oci/hooks.d

# The same JSON, another program.
mkdir -p hooks/none hooks/no-op
for file in "$hooks"/*.json; do
    jq '.hook.path = "/opt/bench/true" | .hook.args = ["true"]' "$file" >"hooks/no-op/${file##*/}"
done
ln -s "$hooks" hooks/ours

# start LABEL HOOKS: one container; systemd's clock is the host's
start() {
    local from start finish tries
    from=$(./measure)
    podman --hooks-dir="$PWD/hooks/$2" run -d --rm --name bench --network=none --systemd=always bench /sbin/init >/dev/null
    # the first moments there is no systemd to ask
    for ((tries = 0; tries < 100; tries++)); do
        podman exec bench systemctl is-system-running --wait >state 2>&1 && break
        sleep 0.1
    done
    [[ $(<state) = running ]] || { echo "podman.sh: with $2 hooks: $(<state)" >&2; return 1; }
    start=$(podman exec bench systemctl show -P UserspaceTimestampMonotonic)
    finish=$(podman exec bench systemctl show -P FinishTimestampMonotonic)
    [[ $1 = - ]] || printf 'podman\t%s, %s\t%d\t0\t0\n' "$2" PID\ 1 $((start - from)) "$2" running $((finish - from))
    podman rm -f -t 0 bench >/dev/null
}

podman import -q -c 'CMD ["/sbin/init"]' "/srv/images/$SUITE.tar" bench >/dev/null
printf 'about\tpodman\t%s, %s\n' "$(podman --version)" "$("$RUNTIME" --version | head -n 1)"
for which in none no-op ours; do start - "$which"; done
order=(none no-op ours)
for ((n = 0; n < starts; n++)); do
    for which in "${order[@]}"; do start podman "$which"; done
    order=("${order[@]:1}" "${order[0]}")
done
