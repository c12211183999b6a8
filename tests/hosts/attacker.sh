#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What SECURITY.md says of a container that wants more than it may have, tried under the real runtimes.
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"

bundle=/var/lib/containers/attacker
hook_file=/var/lib/containers/attacker.out

oneTimeSetUp() {
    mkdir -p $bundle/rootfs /tmp/no-hooks
    tar -C $bundle/rootfs -xf /srv/images/busybox.tar
    need_image web
}

tearDown() {
    "$RUNTIME" delete -f attacker >/dev/null 2>&1
    remove_all
}

# hostile_bundle ANNOTATIONS: a container of both hooks with these annotations, JSON
hostile_bundle() {
    (cd $bundle && rm -f config.json && "$RUNTIME" spec)
    # shellcheck disable=SC2016 # variables of jq
    jq --argjson annotations "$1" --arg dir /usr/libexec/oci/hooks.d '
        .process.terminal = false | .process.args = ["/bin/sleep", "600"] | .annotations = $annotations
        | .hooks.createRuntime = [("oci-systemd-hook", "oci-register-machine") | {path: ($dir + "/" + .), args: [., "--debug"]}]' \
        $bundle/config.json >$bundle/new && mv $bundle/new $bundle/config.json
}

# run.oci.hooks.* of crun open a file of the host for the output of the hooks
testNoTextOfTheContainerGetsIntoAFile() {
    local stream evil=' /proc/1/root/evil '
    for stream in stderr stdout; do
        rm -f $hook_file
        hostile_bundle "$(jq -n --arg evil "$evil" --arg key "run.oci.hooks.$stream" --arg file $hook_file \
            '{"io.containers.systemd-hook": $evil, "io.containers.register-machine": $evil,
              "io.containers.systemd-hook.journal": $evil, "io.containers.machine-name": $evil, ($key): $file}')"
        mark
        run "$RUNTIME" run -d --bundle $bundle attacker </dev/null
        assertEquals "$stream: $err" 0 "$status"
        if [ "$RUNTIME" = crun ]; then
            assertTrue "$stream: crun has opened it" "[ -e $hook_file ]"
            assertNotContains "$stream" "$(cat $hook_file)" evil
            [ "$stream" = stdout ] || assertContains "$(cat $hook_file)" 'is neither true nor false'
        else
            assertFalse "$stream: $RUNTIME knows no such annotation" "[ -e $hook_file ]"
        fi
        assertContains 'the journal has all of it' "$(said)" evil
        "$RUNTIME" delete -f attacker
    done
}

# raise_own_limit CONTAINER: root inside writes a limit of its own cgroup from a child cgroup, in new namespaces
raise_own_limit() {
    podman exec -i "$1" bash -s <<'END'
child=/sys/fs/cgroup/oci-hooks-child
mkdir $child && echo $$ >$child/cgroup.procs
unshare -U -C sh -c 'echo 77 >/sys/fs/cgroup/cgroup.max.descendants' 2>/dev/null
cat /sys/fs/cgroup/cgroup.max.descendants
END
}

# A property of the kernel, with and without the hooks
testOwnLimitsWithoutAUserNamespace() {
    start web web || return
    assertEquals running "$(state_of web)"
    assertEquals 'a plain write' 1 "$(podman exec web sh -c 'echo 77 >/sys/fs/cgroup/cgroup.max.descendants' 2>/dev/null; echo $?)"
    assertEquals 'with hooks' 77 "$(raise_own_limit web)"
    podman --hooks-dir /tmp/no-hooks run -d --name twin web >/dev/null
    assertEquals running "$(state_of twin)"
    assertEquals 'without hooks' 77 "$(raise_own_limit twin)"
}

testOwnLimitsInAUserNamespace() {
    uncover_kernel_files
    start web --uidmap 0:100000:65536 web || return
    assertEquals running "$(state_of web)"
    assertEquals max "$(raise_own_limit web)"
}

. shunit2
