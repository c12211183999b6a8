#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The document of Docker and containerd, typed by typed.sh.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/typed.sh
. "${0%/*}/typed.sh"

oneTimeSetUp() {
    local unit
    # ctr asks for a share of CPU time, which this host may not have to give
    printf '#!/bin/sh\nexec /srv/tests/hosts/without-limits /usr/bin/runc "$@"\n' >/usr/local/bin/runc
    chmod +x /usr/local/bin/runc
    # the tests before this one, and the document, start docker more often than its unit lets a fast machine
    for unit in docker.service docker.socket; do
        mkdir -p "/run/systemd/system/$unit.d"
        printf '[Unit]\nStartLimitIntervalSec=0\n' >"/run/systemd/system/$unit.d/often.conf"
    done
    systemctl daemon-reload
    systemctl start docker containerd
    docker import "/srv/images/$SUITE.tar" httpd >/dev/null
    docker save httpd | ctr image import - >/dev/null
    cd /root || return
}

oneTimeTearDown() {
    rm -f /usr/local/bin/runc
}

testEngines() {
    try_document $installed/docs/engines.md
}

. shunit2
