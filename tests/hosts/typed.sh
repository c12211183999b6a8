# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The documents are tried as they are written, as installed. In a block of ```console the lines that begin with "# " are
# commands (a here-document, and lines after a backslash, belong to them), run one after the other in one shell. Each other line
# must be among those that its command prints: "…" stands for anything, numbers and dates may differ. The id of a container
# that a command prints takes the place of the document's own from then on.
# A file that tries documents sources this after in-host.sh.

# shellcheck disable=SC2034 # used by the files that source this one
installed=/usr/share/doc/oci-systemd-hooks

# alike: standard input without what differs from run to run
alike() {
    sed -E 's/[0-9a-f]{12,}/ID/g; s/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]+/DATE/g
        s/[0-9.]+(ms|s)\b/TIME/g; s/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) /DAY /g; s/[0-9]+/0/g; s/ +/ /g; s/ $//'
}

# as_pattern LINE: one for [[ ]] in which only … is special
as_pattern() {
    alike <<<"$1" | sed 's/[][\\*?()|!+@]/\\&/g; s/…/*/g'
}

# prints LINE: whether it is among those of $printed
prints() {
    local pattern line
    pattern=$(as_pattern "$1")
    while IFS= read -r line; do
        # shellcheck disable=SC2053 # a pattern
        [[ $line != $pattern ]] || return 0
    done < <(alike <<<"$printed")
    return 1
}

# try COMMAND LINE...: a command that only looks is tried again for some seconds, as a person would who waits for a boot.
try() {
    local command=$1 line status missing end=$((SECONDS + 1))
    [ -z "$theirs" ] || command=${command//"${theirs:0:32}"/"${ours:0:32}"}
    [[ ! $command =~ ^('podman exec'|'docker exec'|'ctr task'|'runc exec'|'runc delete'|journalctl|machinectl|systemctl|curl) ]] || end=$((SECONDS + 20))
    while :; do
        eval "$command" >"$SHUNIT_TMPDIR/printed" 2>&1 </dev/null
        status=$?
        printed=$(<"$SHUNIT_TMPDIR/printed") missing=''
        for line in "${@:2}"; do
            if [[ $line =~ ^[0-9a-f]{64}$ && $printed =~ ^[0-9a-f]{64}$ ]]; then
                theirs=$line ours=$printed
            elif ! prints "$line"; then
                missing+=$line$'\n'
            fi
        done
        [ $status -ne 0 ] || [ -n "$missing" ] || break
        [ $SECONDS -lt $end ] || break
        sleep 0.5
    done
    assertEquals "$command: $printed" 0 "$status"
    assertNull "$command prints: $printed; and not: $missing" "$missing"
    tried=$((tried + 1))
}

# try_document FILE: all of its blocks
try_document() {
    local line in_block='' until='' theirs='' ours='' printed tried=0 step=() before=$PWD
    while IFS= read -r line; do
        case $in_block$line in
        '```console') in_block='>' ;;
        '>```')
            try "${step[@]}"
            step=() in_block=''
            ;;
        '># '*)
            [ ${#step[@]} -eq 0 ] || try "${step[@]}"
            step=("${line#\# }")
            [[ ! $line =~ "<<'"(.*)"'"$ ]] || until=${BASH_REMATCH[1]}
            ;;
        '>'*)
            if [ -n "$until" ] || [ "${step[0]%\\}" != "${step[0]}" ]; then
                step[0]+=$'\n'$line
                [ "$line" != "$until" ] || until=''
            else
                step+=("$line")
            fi
            ;;
        esac
    done <"$1"
    cd "$before" || return
    assertTrue "$1: $tried commands" "[ $tried -gt 0 ]"
}
