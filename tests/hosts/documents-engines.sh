#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The document of Docker and containerd, typed by typed.sh.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/typed.sh
. "${0%/*}/typed.sh"

oneTimeSetUp() {
    # ctr asks for a share of CPU time, which this host may not have to give
    printf '#!/bin/sh\nexec /srv/tests/hosts/without-limits /usr/bin/runc "$@"\n' >/usr/local/bin/runc
    chmod +x /usr/local/bin/runc
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
