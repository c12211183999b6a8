# SPDX-License-Identifier: Apache-2.0
# Puts fragments of config.json into a bundle's config.json. Objects are merged and a fragment's
# lists take the place of others, but hooks are added to those that are there:
#     jq -n -f merge.jq config.json FRAGMENT... >config.json.new
reduce inputs as $fragment ({};
	(.hooks // {}) as $hooks
	| . * $fragment
	| if $hooks == {} and has("hooks") == false then . else
		.hooks = reduce ($fragment.hooks // {} | to_entries[]) as $stage ($hooks; .[$stage.key] += $stage.value)
	end)
