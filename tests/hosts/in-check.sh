# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # out and err are set by run
# What the tests of oci-hooks-check share, after in-host.sh: a report, and what is in it.

# check ARGUMENT...: makes one, which stays in $out
check() {
    run oci-hooks-check --json "$@"
    jq -e . <<<"$out" >/dev/null || fail "no JSON: $out$err"
}

# text_of CHECK: what the findings of that name say
text_of() {
    jq -r --arg check "$1" '.findings[] | select(.check == $check).text' <<<"$out"
}

# wrong: the names of those that are errors or warnings
wrong() {
    jq -r '.findings[] | select(.level == "error" or .level == "warning").check' <<<"$out"
}
