# SPDX-License-Identifier: Apache-2.0
# Compares the facts of one container without and with the hooks:
#     awk -f compare.awk TABLE... WITHOUT WITH
# Prints a line for each difference that the table `allowed` has no row for; exit status 1 if there is one.
# A fact is a key, a tab and words NAME=VALUE, or one value.
BEGIN { FS = "\t" }

function pattern(glob) {
	gsub(/[].+(){}^$|\\[]/, "\\\\&", glob)
	gsub(/\*/, ".*", glob)
	return "^" glob "$"
}

function read_row(line,   column) {
	if (line ~ /^#/ || line !~ /[^ ]/)
		return
	if (sub(/^refused +/, "", line)) {
		refusal[++refusals] = pattern(line)
		return
	}
	# a kind of two words, as `left entry`
	sub(/^(left|gone) /, "&\001", line)
	sub(/ \001/, "\001", line)
	split(line, column, / +/)
	sub(/\001/, " ", column[1])
	rows++
	row_key[rows] = pattern(column[1] " " column[2])
	row_when[rows] = "," column[3] ","
	row_word[rows] = "," column[4] ","
	row_without[rows] = pattern(column[5])
	row_with[rows] = pattern(column[6])
}

# split_words(): fills words[] of a value; a value that is no list of words is one word `value`
function split_words(value, words,   list, i, n, at) {
	delete words
	if (value !~ /^[a-z-]+=/) {
		words["value"] = value
		return
	}
	n = split(value, list, / /)
	for (i = 1; i <= n; i++) {
		at = index(list[i], "=")
		words[substr(list[i], 1, at - 1)] = substr(list[i], at + 1)
	}
}

# kind_of_change(): the third column of the table
function kind_of_change(key) {
	if (!(key in without) || "absent" in old)
		return (key in with) && !("absent" in new) ? "appears" : "stays"
	if (!(key in with) || "absent" in new)
		return "vanishes"
	if (("in" in old) && ("mount" in new))
		return "mounted"
	if (("mount" in old) && ("in" in new))
		return "unmounted"
	return old["in"] == new["in"] ? "stays" : "moved"
}

function is_allowed(key, when, word, before, after,   i) {
	for (i = 1; i <= rows; i++)
		if ((row_when[i] == ",*," || index(row_when[i], "," when ",")) &&
		    (row_word[i] == ",*," || index(row_word[i], "," word ",")) &&
		    key ~ row_key[i] && before ~ row_without[i] && after ~ row_with[i])
			return 1
	return 0
}

function compare_word(key, when, word,   before, after) {
	before = word in old ? old[word] : "-"
	after = word in new ? new[word] : "-"
	if (before == after || is_allowed(key, when, word, before, after))
		return
	printf "%s: %s: %s %s -> %s\n", key, when, word, before, after
	bad = 1
}

function compare_key(key,   when, word) {
	split_words(key in without ? without[key] : "absent=-", old)
	split_words(key in with ? with[key] : "absent=-", new)
	when = kind_of_change(key)
	for (word in old)
		compare_word(key, when, word)
	for (word in new)
		if (!(word in old))
			compare_word(key, when, word)
}

# compare_start(): of a container that starts without the hooks only
function compare_start(   i) {
	for (i = 1; i <= refusals; i++)
		if (with["refused"] ~ refusal[i])
			return 0
	print "start: " without["start"] " -> " with["start"] "; " with["refused"]
	return 1
}

FILENAME == ARGV[ARGC - 1] { with[$1] = $2; next }
FILENAME == ARGV[ARGC - 2] { without[$1] = $2; next }
{ read_row($0) }

END {
	if (!rows || !("start" in without) || !("start" in with)) {
		print "compare: no table or no facts"
		exit 2
	}
	if (without["start"] != with["start"])
		exit compare_start()
	if (!("place /" in without) || !("place /" in with)) {
		print "compare: the probe said nothing"
		exit 2
	}
	for (key in without)
		if (!(key in with) || with[key] != without[key])
			compare_key(key)
	for (key in with)
		if (!(key in without))
			compare_key(key)
	exit bad
}
