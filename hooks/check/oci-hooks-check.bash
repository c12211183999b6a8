# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of oci-hooks-check for bash.

_oci_hooks_check() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

    [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
    [ "$word" != = ] || word=
    COMPREPLY=()
    case $before in
    --hooks-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W 'explain host journals --dry-run --ended --hooks-dir --json --older-than --prune --help --version' -- "$word") ;;
    esac
}

complete -F _oci_hooks_check oci-hooks-check
