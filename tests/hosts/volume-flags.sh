#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The user's volumes keep their flags, also those that the runtime sets after the hooks, and nothing is mounted on the host.
# A twin without hooks says what is right.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

volume=/var/lib/containers/volume
bundle=/var/lib/containers/shared-bundle shared=/var/lib/containers/shared
# shellcheck disable=SC2054 # the commas are podman's
flags=(ro rw ro,noexec ro,nosuid,nodev,noexec rw,noexec rw,nosuid,nodev ro,rprivate ro,rslave ro,rshared)
places=(/run /run/lock /run/host /tmp /run/deep/er /tmp/lock)

oneTimeSetUp() {
    need_image web
    mkdir -p /tmp/no-hooks $volume
    printf '#!/bin/sh\nexit 0\n' >$volume/program && chmod 4755 $volume/program
    mknod $volume/null c 1 3 && chmod 666 $volume/null
}

tearDown() {
    remove_all
}

# options: a volume with each of the flags at each of the places, one below another too
options() {
    local place flag
    for place in "${places[@]}"; do
        for flag in "${flags[@]}"; do
            printf '%s\n' -v "$volume:$place/volume-${flag//,/-}:$flag"
        done
    done
    printf '%s\n' -v "$volume:/run/outer:ro" -v "$volume:/run/outer/inner:rw" -v "$volume:/tmp/outer:rw" -v "$volume:/tmp/outer/inner:ro,noexec" \
        --tmpfs /run/tmpfs:ro,size=1m --tmpfs /tmp/tmpfs:noexec,size=1m
}

# facts CONTAINER: the flags of each volume, and what they are worth
facts() {
    podman exec -i "$1" bash -s <<'END'
findmnt -n -r -o TARGET,VFS-OPTIONS | grep -E '/(volume-[^/]*|outer|inner|tmpfs) ' | sort -u |
    while read -r target options; do
        wrote=no ran=no opened=no
        (: >"$target/new") 2>/dev/null && rm "$target/new" && wrote=yes
        "$target/program" 2>/dev/null && ran=yes
        (: <"$target/null") 2>/dev/null && opened=yes
        echo "$target $options write:$wrote program:$ran device:$opened"
    done
END
}

# assert_as_without_hooks OPTION...: an opted-in shell sees its volumes as without hooks
assert_as_without_hooks() {
    local all without with
    mapfile -t all < <(options)
    # inner directories of read-only volumes
    mkdir -p $volume/inner
    podman --hooks-dir /tmp/no-hooks run -d --name twin --systemd=false "$@" "${all[@]}" web sleep 600 >/dev/null
    start web --systemd=false --annotation io.containers.systemd-hook=true "$@" "${all[@]}" web sleep 600 || return
    without=$(facts twin) with=$(facts web)
    assertEquals "$*" "$without" "$with"
    assertEquals 'all were seen' $((${#flags[@]} * ${#places[@]} + 6)) "$(wc -l <<<"$with")"
    assertContains "$with" 'ro,noexec,'
    assertEquals tmpfs "$(podman exec web stat -f -c %T /run)"
}

testAsWithoutHooks() {
    assert_as_without_hooks
    assertEquals '' "$(said)"
}

testAsWithoutHooksInAUserNamespace() {
    uncover_kernel_files
    grep -q ^containers: /etc/subuid || echo containers:2000000:1000000 | tee -a /etc/subuid >>/etc/subgid
    assert_as_without_hooks --uidmap 0:100000:65536
}

testAsWithoutHooksReadOnly() {
    assert_as_without_hooks --read-only --read-only-tmpfs=false
}

# shared_bundle MOUNT: a shell that is opted in, in mounts that are shared with the host
shared_bundle() {
    (cd $bundle && rm -f config.json && "$RUNTIME" spec)
    # shellcheck disable=SC2016 # variables of jq
    jq --argjson mount "$1" --arg hook /usr/libexec/oci/hooks.d/oci-systemd-hook '
        .mounts = [.mounts[] | select(.destination | startswith("/sys") | not)] + [$mount]
        | .linux.rootfsPropagation = "shared" | .linux.maskedPaths = [] | .linux.readonlyPaths = []
        | .linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) | .root.readonly = false
        | .process.terminal = false | .process.args = ["/bin/sleep", "600"]
        | .annotations = {"io.containers.systemd-hook": "true"}
        | .hooks.createRuntime = [{path: $hook, args: ["oci-systemd-hook"]}]' $bundle/config.json >$bundle/new &&
        mv $bundle/new $bundle/config.json
}

# What config.json binds without an option of its own is shared with the host
testNothingIsMountedOnTheHost() {
    local before options place
    mkdir -p $bundle/rootfs $shared && mount --bind $shared $shared && mount --make-shared $shared && mount --make-shared /sys/fs/cgroup
    mkdir -p $shared/{lock,host,log/journal,fs/cgroup} && : >$shared/machine-id
    tar -C $bundle/rootfs -xf /srv/images/busybox.tar
    for place in /sys/fs/cgroup:/sys/fs/cgroup /sys:/sys $shared:/sys $shared:/run $shared:/run/host $shared:/tmp $shared:/etc \
        $shared:/var $shared:/var/log/journal; do
        for options in '"rbind", "ro"' '"rbind", "rw"' '"bind"'; do
            shared_bundle "{\"source\": \"${place%:*}\", \"destination\": \"${place#*:}\", \"type\": \"bind\", \"options\": [$options]}"
            before=$(cut -d ' ' -f 3- /proc/self/mountinfo)
            run "$RUNTIME" run -d --bundle $bundle shared </dev/null
            assertEquals "$place $options: $(cat "$SHUNIT_TMPDIR/run.err")" 0 "$status"
            assertEquals "$place $options" "$before" "$(cut -d ' ' -f 3- /proc/self/mountinfo)"
            "$RUNTIME" delete -f shared >/dev/null 2>&1
            findmnt -rn -o TARGET | tail -n +$(($(wc -l <<<"$before") + 1)) | tac | xargs -r -n 1 umount
        done
    done
    umount -l $shared
}

. shunit2
