# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2086,SC2154 # paths without spaces; variables are shared
# A container for oci-hooks-check explain, on the host of check-host.sh, which comes before.

ID=81f9f270b6608ffb6a500ac7ec36e13790c53cf7eee0c0a048bb9062af3e3843
MACHINE=${ID::32}

# A bundle of podman's, whose container does not run; its root file system is mounted.
make_bundle() {
    bundle="$SHUNIT_TMPDIR/overlay-containers/$ID/userdata"
    rm -rf $SHUNIT_TMPDIR/overlay-containers
    mkdir -p $bundle/rootfs/sbin $bundle/rootfs/lib/systemd
    : >$bundle/rootfs/lib/systemd/systemd && chmod 755 $bundle/rootfs/lib/systemd/systemd
    ln -s ../lib/systemd/systemd $bundle/rootfs/sbin/init
    jq -n '{ociVersion: "1.0.2", root: {path: "rootfs"}, process: {args: ["/sbin/init"], env: ["PATH=/bin"]}, mounts: [],
        annotations: {"io.container.manager": "libpod", "org.opencontainers.image.stopSignal": "37"},
        hooks: {createRuntime: [{path: "/x/oci-register-machine"}, {path: "/x/oci-systemd-hook", args: ["oci-systemd-hook"]}]},
        linux: {namespaces: [{type: "mount"}, {type: "cgroup"}]}}' >$bundle/config.json
}

edit() {
    jq "$1" $bundle/config.json >$bundle/new && mv $bundle/new $bundle/config.json
}

explain() {
    make_journal_of_it
    check explain "${1:-$bundle}"
}

# text_of CHECK [SUBJECT]
text_of() {
    jq -r --arg check "$1" --arg subject "${2:-}" '.findings[] | select(.check == $check and ($subject == "" or .subject == $subject)).text' <<<"$out"
}

make_journal_of_it() {
    mkdir -p /var/log/journal/$MACHINE
    setfattr -n trusted.oci-systemd-hook.owner -v "$ID"$'\n'"$bundle" /var/log/journal/$MACHINE
}
