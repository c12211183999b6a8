#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The documents that want podman or a bare runtime, typed by typed.sh.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/typed.sh
. "${0%/*}/typed.sh"

oneTimeSetUp() {
    need_image httpd
    cd /root && ln -s "/srv/images/$SUITE.tar" httpd.tar
}

tearDown() {
    remove_all
    podman pod rm -f -a >/dev/null 2>&1
    rm -f /etc/containers/systemd/*.container
    systemctl daemon-reload
    return 0
}

testReadme() {
    try_document $installed/README.md
}

testPodman() {
    try_document $installed/docs/podman.md
}

testJournals() {
    try_document $installed/docs/journals.md
}

testTroubleshooting() {
    try_document $installed/docs/troubleshooting.md
}

testHooks() {
    try_document $installed/hooks/README.md
}

. shunit2
