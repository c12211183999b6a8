# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Files of hooks that are not right, one of each kind, for oci-hooks-check and for the engines whose loader it foretells.
# A file is a jq filter over good_hook, which always runs /bin/true. What engines do with it:
#   runs     as if nothing were
#   fails    loads; the container that it matches fails
#   never    loads, and never runs
#   skipped  passed over, as its program is missing
#   refused  no container starts
#   crio     refused by CRI-O alone

# shellcheck disable=SC2034 # used by the files that source this one
good_hook='{"version": "1.0.0", "hook": {"path": "/bin/true", "args": ["true"]}, "when": {"always": true}, "stages": ["createRuntime"]}'

# odd_hooks: NAME, VERDICT, CHECK, FILTER, separated by tabs
odd_hooks() {
    sed 's/   */\t/g' <<'END'
syntax  refused  hook-syntax  "{"
empty  refused  hook-syntax  ""
byte-order-mark  refused  hook-syntax  "\ufeff" + tojson
comma-at-end  refused  hook-syntax  tojson[:-1] + ",}"
two-documents  refused  hook-syntax  tojson + tojson
list  refused  hook-type  [.]
version-9  refused  hook-version  .version = "9.0.0"
version-1.0  refused  hook-version  .version = "1.0"
version-number  refused  hook-type  .version = 1
no-stages  refused  hook-stage  del(.stages)
null-stages  refused  hook-stage  .stages = null
stage-misspelt  refused  hook-stage  .stages = ["createruntime"]
stages-string  refused  hook-type  .stages = "poststop"
no-hook  refused  hook-no-program  del(.hook)
hook-string  refused  hook-type  .hook = "/bin/true"
path-empty  refused  hook-no-program  .hook.path = ""
args-string  refused  hook-type  .hook.args = "true"
timeout-string  refused  hook-type  .hook.timeout = "10"
timeout-fraction  refused  hook-type  .hook.timeout = 1.5
always-string  refused  hook-type  .when.always = "true"
when-list  refused  hook-type  .when = ["x"]
annotations-list  refused  hook-type  .when = {"annotations": ["x"]}
annotations-number  refused  hook-type  .when = {"annotations": {"a": 1}}
commands-string  refused  hook-type  .when = {"commands": "x"}
regex-open  refused  hook-regex  .when = {"commands": ["("]}
regex-look-ahead  refused  hook-regex  .when = {"commands": ["init(?!x)"]}
regex-back-reference  refused  hook-regex  .when = {"commands": ["(a)\\1"]}
regex-glob  refused  hook-regex  .when = {"commands": ["*init"]}
regex-in-key  refused  hook-regex  .when = {"annotations": {"[": "x"}}
regex-in-value  refused  hook-regex  .when = {"annotations": {"x": "a**"}}
precreate  crio  hook-precreate  .stages += ["precreate"] | .hook.path = "/bin/cat" | .hook.args = ["cat"]
program-missing  skipped  hook-program-missing  .hook.path = "/nonexistent/hook"
program-directory  fails  hook-program-not-executable  .hook.path = "/usr"
program-not-executable  fails  hook-program-not-executable  .hook.path = "/etc/passwd"
when-missing  never  hook-never-runs  del(.when)
when-empty  never  hook-never-runs  .when = {}
when-misspelt  never  hook-unknown-key  .when = {"command": ["x"]}
when-has-no-binds  never  hook-never-runs  .when.hasBindMounts = false
stages-empty  never  hook-never-runs  .stages = []
mask  never  hook-mask  .when.always = false
key-unknown  runs  hook-unknown-key  .Timeout = 10
key-in-capitals  runs  -  .STAGES = .stages | del(.stages)
key-twice  runs  hook-duplicate-key  tojson[:-1] + ",\"version\":\"1.0.0\"}"
null-members  runs  -  .hook.env = null | .hook.timeout = null
not-utf-8  runs  hook-not-judged  .x = "HERE"
huge-number  runs  hook-not-judged  tojson[:-1] + ",\"x\":123456789012345678901234567890}"
regex-of-unicode  runs  hook-regex-not-judged  .when.commands = ["\\pL"]
old-schema  runs  hook-old-schema  {"hook": "/bin/true", "stage": ["prestart"], "cmd": ["."]}
old-schema-both-names  refused  hook-old-schema  {"hook": "/bin/true", "stage": ["prestart"], "stages": ["prestart"], "cmd": ["."]}
old-schema-no-stage  refused  hook-stage  {"hook": "/bin/true", "cmd": ["."]}
old-schema-hook-object  refused  hook-type  del(.version)
old-schema-no-condition  never  hook-never-runs  {"hook": "/bin/true", "stage": ["prestart"]}
old-schema-missing  skipped  leftover-json  {"hook": "/nonexistent/oci-systemd-hook", "stage": ["prestart"], "cmd": ["."]}
END
}

# make_odd_hook FILTER FILE
make_odd_hook() {
    jq -r "$1" <<<"$good_hook" >"$2"
    [ "$1" != '""' ] || : >"$2"
    LC_ALL=C sed -i 's/HERE/\xff/' "$2"
}
