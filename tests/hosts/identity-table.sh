#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # set by run and start
# One id everywhere: in /etc/machine-id, /run/host/container-uuid, machined, and the name of the directory in which entries
# appear; or one line that says what differs, no directory on the host, and the same word from oci-hooks-check explain. For each
# content of /etc/machine-id at each place where it may lie, with other capabilities and payloads from cell to cell; after the
# boot, a restart, a soft-reboot, and for the next container with the same volume. podman commit carries no id of ours.
#
#   OCI_HOOKS_TEST_SIZE=full    all cells instead of one of four
# shellcheck source=tests/hosts/in-host.sh
. "${0%/*}/in-host.sh"
# shellcheck source=tests/hosts/in-check.sh
. "${0%/*}/in-check.sh"

OTHER=5eed5eed5eed5eed5eed5eed5eed5eed

# what is at etc/machine-id of an image; of those that begin with - a user's file can have the content
contents=(absent -empty -uninitialized -id -hosts -rubbish link dangling directory)
places=(image volume read-only file)
capabilities=('' '--cap-add=SYS_ADMIN' '--privileged')
read -r -a payloads <<<"${IMAGES:-$SUITE}"

oneTimeSetUp() {
    mkdir -p /srv/table
}

tearDown() {
    remove_all
    podman volume rm -f -a >/dev/null 2>&1
}

# text_for CONTENT: of a file
text_for() {
    case $1 in
    *empty) ;;
    *uninitialized) echo uninitialized ;;
    *id) echo $OTHER ;;
    *hosts) cat /etc/machine-id ;;
    *rubbish) echo 'no id at all' ;;
    esac
}

# image_with CONTENT PAYLOAD: in $image
image_with() {
    local container root file
    image=table-${1#-}-$2
    ! podman image exists "$image" || return 0
    need_image "web-$2"
    container=$(podman create "web-$2") && root=$(podman mount "$container") || return
    file=$root/etc/machine-id
    rm -f "$file"
    case $1 in
    absent) ;;
    link) ln -s ../var/lib/an-id "$file" && echo $OTHER >"$root/var/lib/an-id" ;;
    dangling) ln -s /var/lib/no-id "$file" ;;
    directory) mkdir "$file" ;;
    *) text_for "$1" >"$file" ;;
    esac
    podman commit -q "$container" "localhost/$image" >/dev/null
    podman rm "$container" >/dev/null
}

# directory_of TOKEN: the directory on the host that has an entry
directory_of() {
    local directory
    podman exec "$1" logger -t table "$2"
    podman exec "$1" journalctl --sync
    for directory in /var/log/journal/*/; do
        directory=${directory%/}
        [ "${directory##*/}" = "$host_id" ] ||
            ! journalctl --no-pager -D "$directory" -t table -o cat 2>/dev/null | grep -qx "$2" || echo "${directory##*/}"
    done
}

# judge NAME WHEN: after a boot
judge() {
    local etc uuid known directory lines where="$cell, $2"
    state_of "$1" >/dev/null
    etc=$(podman exec "$1" cat /etc/machine-id 2>/dev/null)
    uuid=$(podman exec "$1" cat /run/host/container-uuid 2>/dev/null)
    known=$(machinectl show -P Id "$machine" 2>/dev/null || machinectl show -p Id --value "$machine")
    directory=$(directory_of "$1" "token-$RANDOM$RANDOM")
    lines=$(said | grep -vi 'not registered' | sort -u)
    judged=$((judged + 1))
    if [ "$etc $etc $etc" = "$uuid $known $directory" ]; then
        assertNull "$where: one id, and yet: $lines" "$lines"
        agreed=$((agreed + 1))
        return
    fi
    assertEquals "$where: '$etc' '$uuid' '$known' '$directory', and one line: $lines" 1 "$(grep -c . <<<"$lines")"
    assertContains "$where" "$lines" machine-id
    assertNull "$where: no directory that is not its own" "$directory"
    check explain "$1"
    assertContains "$where: explain" "$(text_of hook-plan)$(text_of container-id-unreadable)" machine-id
}

# cell CONTENT PLACE CAPABILITIES PAYLOAD
cell() {
    local options=() image
    cell="$1 in $2 ${3:-}, systemd of $4"
    case $2 in
    volume) options=(-v table:/etc) ;;
    read-only) options=(--read-only) ;;
    file)
        text_for "$1" >/srv/table/id
        options=(-v /srv/table/id:/etc/machine-id)
        ;;
    esac
    [ -z "$3" ] || options+=("$3")
    image_with "$([ "$2" = file ] && echo -empty || echo "$1")" "$4"
    mark
    start one "${options[@]}" "$image" || return
    judge one 'after the boot'
    mark
    podman restart -t 30 one >/dev/null
    judge one 'after a restart'
    if podman exec one systemctl soft-reboot 2>/dev/null; then
        wait_for 60 is 1 podman exec one systemctl show -P SoftRebootsCount
        judge one 'after a soft-reboot'
    fi
    commit_has_no_id
    podman rm -f -t 30 one >/dev/null
    [ "$2" = image ] || [ "$2" = read-only ] || {
        mark
        start two "${options[@]}" "$image" && judge two 'the next container'
    }
    podman rm -f -t 30 two >/dev/null 2>&1
    podman volume rm -f table >/dev/null 2>&1
}

# commit_has_no_id: of the container, which has run
commit_has_no_id() {
    local container root
    [ "$machine" != "$(cat /srv/table/id 2>/dev/null)" ] || return 0
    podman commit -q one localhost/committed >/dev/null
    container=$(podman create committed) && root=$(podman mount "$container")
    assertNull "$cell: our id in a commit" "$(grep -rlF "$machine" "$root/etc/machine-id" "$root/var/lib" 2>/dev/null)"
    podman rm "$container" >/dev/null
    podman rmi -f committed >/dev/null
}

testTable() {
    local content place number=0 tried=0 judged=0 agreed=0 cell host_id step=4
    host_id=$(cat /etc/machine-id)
    [ "${OCI_HOOKS_TEST_SIZE:-}" != full ] || step=1
    for content in "${contents[@]}"; do
        for place in "${places[@]}"; do
            [ "$place" != file ] || [ "$content" != "${content#-}" ] || continue
            number=$((number + 1))
            [ $((number % step)) = 0 ] || continue
            cell "$content" "$place" "${capabilities[number % 3]}" "${payloads[number % ${#payloads[@]}]}"
            tried=$((tried + 1))
        done
    done
    echo "report: | cells | boots judged | one id | one line |"
    echo "report: |---|---|---|---|"
    echo "report: | $tried | $judged | $agreed | $((judged - agreed)) |"
    assertTrue 'some were tried' "[ $tried -gt 5 ]"
}

. shunit2
