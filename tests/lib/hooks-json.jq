# SPDX-License-Identifier: Apache-2.0
# What podman, CRI-O and oci-hooks(5) ask of a hooks.d file, and what they fail to ask although it
# breaks containers later: prints one line for each fault. Regexes are the caller's to try.
#     jq -r -f hooks-json.jq FILE
def strings_in: type == "array" and all(.[]; type == "string");
def unknown($where; $known): keys - $known | map("\($where): unknown key \(.)");

def of_hook:
	unknown("hook"; ["path", "args", "env", "timeout"])
	+ if (.path | type) == "string" and (.path | startswith("/")) then [] else ["hook.path: not an absolute path"] end
	# without args or env the engines differ in what they pass
	+ if (.args | strings_in) and (.args | length) > 0 then [] else ["hook.args: no list of strings with the program's name"] end
	+ if (.env | strings_in) and all(.env[]; test("^[A-Za-z_][A-Za-z0-9_]*=")) then [] else ["hook.env: no list of NAME=VALUE"] end
	+ if (.timeout | type) == "number" and .timeout >= 1 and .timeout == (.timeout | floor) then [] else ["hook.timeout: not a number of seconds"] end;

# Go takes any `when`; one that is missing, empty or misspelt never matches, without a word.
def of_when:
	unknown("when"; ["always", "annotations", "commands", "hasBindMounts"])
	+ if length > 0 then [] else ["when: no condition, never runs"] end
	+ if has("always") and .always != true then ["when.always: not true, never runs"] else [] end
	+ if has("hasBindMounts") and .hasBindMounts != true then ["when.hasBindMounts: not true, never runs"] else [] end
	+ if has("commands") and ((.commands | strings_in | not) or .commands == []) then ["when.commands: no list of regexes"] else [] end
	+ if has("annotations") and ((.annotations | type) != "object" or .annotations == {}
		or any(.annotations[]; type != "string")) then ["when.annotations: no object of regexes"] else [] end;

# precreate is podman's own: CRI-O would not start. createContainer is never ours.
def of_stages:
	if (strings_in | not) or . == [] then ["stages: no list of stages"]
	else (. - ["createRuntime", "prestart", "startContainer", "poststart", "poststop"]) | map("stages: \(.) is not for a shared directory")
	end;

if type != "object" then ["not an object"]
else
	unknown("file"; ["version", "hook", "when", "stages"])
	+ if .version == "1.0.0" then [] else ["version: not 1.0.0"] end
	+ if (.hook | type) == "object" then (.hook | of_hook) else ["hook: no object"] end
	+ if (.when | type) == "object" then (.when | of_when) else ["when: no object"] end
	+ (.stages | of_stages)
end
| .[]
