# SPDX-License-Identifier: Apache-2.0
# Tables and plots of samples; bench/report calls it. A line is LABEL, NAME, time, processor time, peak (sample.c), or
# `about`, WHAT, TEXT, or `instructions`, PROGRAM, COUNT. Written are dir/ratios.md, parts.md, times.md, growth.md, podman.md,
# machine.md and a plot for each kind of growth.
$1 == "about" { about[++n_about] = "| " $2 " | " $3 " |"; next }
$1 == "instructions" { programs[++n_programs] = $2; instructions[$2] = $3; next }
NF == 5 {
	key = $1 SUBSEP $2
	if (!(key in n)) keys[++n_keys] = key
	n[key]++
	time[key, n[key]] = $3
	cpu[key, n[key]] = $4
	if ($5 > peak[key]) peak[key] = $5
	next
}
{ printf "report.awk: line %d is no sample: %s\n", NR, $0 > "/dev/stderr"; exit 1 }

# ---- statistics: on sorted[1..size]
function keep(value,  i) {
	for (i = ++size; i > 1 && sorted[i - 1] > value; i--) sorted[i] = sorted[i - 1]
	sorted[i] = value
}
function quantile(q,  at, low) {
	at = 1 + q * (size - 1)
	low = int(at)
	return low < size ? sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]) : sorted[size]
}
function median_of(values, label, name,  key, i) {
	key = label SUBSEP name
	size = 0
	for (i = 1; i <= n[key]; i++) keep(values[key, i])
	return size ? quantile(0.5) : 0
}
# with_spread() - median and quartiles of what is in sorted
function with_spread(format) {
	return sprintf(format " (" format "–" format ")", quantile(0.5), quantile(0.25), quantile(0.75))
}
# ratio() - of two cases, taken in pairs: what was called in the same turn
function ratio(values, label, name, other_label, other,  a, b, i) {
	a = label SUBSEP name
	b = other_label SUBSEP other
	size = 0
	for (i = 1; i <= n[a] && i <= n[b]; i++)
		if (values[b, i] > 0) keep(values[a, i] / values[b, i])
	return size > 0
}
function cell(label, name, floor) {
	return ratio(cpu, label, name, label, floor) ? with_spread("%.2f") : "–"
}
function relative(values, label, name, other) {
	return ratio(values, label, name, label, other) ? with_spread("%.2f") : "–"
}

# ---- tables
function row(file, what, goal, name, floor) {
	printf "| %s | %s | %s | %s | %s |\n", what, goal, cell("podman", name, floor), cell("crio", name, floor),
		cell("hybrid", name, floor) > file
}
function share(label,  floor) {
	floor = median_of(cpu, label, "floor")
	return (label, "kernel") in n ? sprintf("%.2f", 1 + (median_of(cpu, label, "kernel") - median_of(cpu, label, "true")) / floor) : "–"
}
function line(file, what, goal, text) {
	printf "| %s | %s | %s | | |\n", what, goal, text > file
}
function across(values, name, label, none) {
	return (label, name) in n ? sprintf("%.2f", median_of(values, label, name) / median_of(values, none, name)) : "–"
}
function ratios(file,  i, most) {
	print "| processor time, × F | goal | podman's config.json | CRI-O's | podman's, cgroup v1 + v2 |\n|---|---|---|---|---|" > file
	row(file, "static `true`", "", "true", "floor")
	row(file, "F: read the state, parse `config.json`", "1", "floor", "floor")
	row(file, "oci-systemd-hook: not ours", "≤ 1.15", "not ours", "floor")
	row(file, "oci-register-machine: not ours", "≤ 1.15", "register not ours", "floor")
	row(file, "second call", "≤ 1.3", "second call", "floor")
	row(file, "second call, beside the engine's tmpfs", "≤ 1.3", "second call, engine's mounts", "floor")
	row(file, "set-up, nothing is mounted yet", "≤ 1.6", "set-up", "floor")
	row(file, "set-up, beside the engine's tmpfs", "≤ 1.6", "set-up, engine's mounts", "floor")
	line(file, "set-up, nothing is mounted yet, a host without nsdelegate", "", cell("no nsdelegate", "set-up", "floor"))
	row(file, "set-up, least `config.json` (× its own F)", "≤ 1.6", "least set-up", "least floor")
	printf "| F and the kernel's share of a set-up | | %s | %s | %s |\n", share("podman"), share("crio"), share("hybrid") > file
	line(file, "register, Varlink", "≤ 1.5", cell("machines 0", "register, Varlink", "floor"))
	line(file, "unregister, Varlink", "≤ 1.5", cell("machines 0", "unregister, Varlink", "floor"))
	line(file, "register, D-Bus", "", cell("machines 0", "register, D-Bus", "floor"))
	line(file, "unregister, D-Bus", "", cell("machines 0", "unregister, D-Bus", "floor"))
	line(file, "set-up, least `config.json`, cgroup v1 + v2, × the predecessor's", "≤ 0.7", relative(cpu, "hybrid", "least set-up", "predecessor"))
	line(file, "register, Varlink, to its end, × the predecessor's", "≤ 0.5", relative(time, "machines 0", "register, Varlink", "register, predecessor"))
	line(file, "set-up with 3,000 mounts on the host, × with none", "≤ 1.1", across(cpu, "set-up", "mounts 3000", "mounts 0"))
	line(file, "second call with 3,000 mounts on the host, × with none", "≤ 1.1", across(cpu, "second call", "mounts 3000", "mounts 0"))
	line(file, "register, Varlink, to its end, with 1,000 machines, × with none", "≤ 1.5", across(time, "register, Varlink", "machines 1000", "machines 0"))
	for (i = 1; i <= n_keys; i++) if (peak[keys[i]] > most && keys[i] !~ /^mounts [1-9]|predecessor/) most = peak[keys[i]]
	line(file, "peak memory, the most of all", "≤ 4 MiB", sprintf("%.1f MiB", most / 1024))
}
function middle(name) {
	return ratio(cpu, "podman", name, "podman", "floor") ? quantile(0.5) : 0
}
# parts() - of a set-up, by what the other cases leave out
function parts(file,  kernel, ours, seen, all) {
	if (!middle("kernel")) return
	kernel = middle("kernel") - middle("true")
	ours = middle("not ours")
	seen = middle("second call")
	all = middle("set-up")
	print "| part of a set-up | × F | how it is known |\n|---|---|---|" > file
	printf "| start, state and `config.json` | 1.00 | F |\n" > file
	printf "| the kernel: mounts, directories, files | %.2f | kernel-floor less `true` |\n", kernel > file
	printf "| a larger program, JSON looked at closely, the command found | %.2f | not ours less F |\n", ours - 1 > file
	printf "| looking: each mount, each place, cgroup, ids | %.2f | second call less not ours |\n", seen - ours > file
	printf "| each place found again, what the image has there, records to take all back | %.2f | the rest |\n", all - seen - kernel > file
	printf "| a set-up, nothing is mounted yet | %.2f | |\n", all > file
}
function times(file,  i, part, key) {
	print "| label | case | calls | µs, clock | µs, processor | peak, KiB |\n|---|---|---|---|---|---|" > file
	for (i = 1; i <= n_keys; i++) {
		key = keys[i]
		split(key, part, SUBSEP)
		if (part[1] == "podman" && part[2] ~ /PID 1|running/) continue
		median_of(time, part[1], part[2])
		printf "| %s | %s | %d | %s |", part[1], part[2], n[key], with_spread("%.0f") > file
		median_of(cpu, part[1], part[2])
		printf " %s | %d |\n", with_spread("%.0f"), peak[key] > file
	}
}
function machine(file,  i) {
	print "| | |\n|---|---|" > file
	for (i = 1; i <= n_about; i++) print about[i] > file
	for (i = 1; i <= n_programs; i++)
		printf "| instructions, %s | %d (%.2f × F) |\n", programs[i], instructions[programs[i]],
			instructions[programs[i]] / instructions["floor"] > file
}
# interval() - mean of the paired differences a - b in ms and in % of b, with its 95 % interval
function interval(a, b,  i, d, sum, squares, base, mean, half, count) {
	count = n["podman", a]
	for (i = 1; i <= count; i++) {
		d = (time["podman" SUBSEP a, i] - time["podman" SUBSEP b, i]) / 1000
		sum += d
		squares += d * d
		base += time["podman" SUBSEP b, i] / 1000
	}
	if (count < 2) return "–"
	mean = sum / count
	half = 1.96 * sqrt((squares - count * mean * mean) / (count - 1) / count)
	base /= count
	return sprintf("%+.1f ± %.1f ms (%+.1f ± %.1f %%)", mean, half, 100 * mean / base, 100 * half / base)
}
function podman(file,  ends, i, end) {
	if (!(("podman", "none, running") in n)) return
	split("PID 1,running", ends, ",")
	print "| `podman run --rm` to | pairs | no hooks | no-op hooks | ours | ours less no-op | ours less none |\n|---|---|---|---|---|---|---|" > file
	for (i = 1; i <= 2; i++) {
		end = ends[i]
		printf "| %s | %d | %.0f ms | %.0f ms | %.0f ms | %s | %s |\n", end, n["podman", "none, " end],
			median_of(time, "podman", "none, " end) / 1000, median_of(time, "podman", "no-op, " end) / 1000,
			median_of(time, "podman", "ours, " end) / 1000, interval("ours, " end, "no-op, " end),
			interval("ours, " end, "none, " end) > file
	}
}

# ---- plots: milliseconds over a number, both from 0; colours that a light and a dark page can show
function nice(most,  step) {
	step = 1
	while (step * 10 <= most) step *= 10
	while (step > most) step /= 10
	return most <= step ? step : most <= 2 * step ? 2 * step : most <= 5 * step ? 5 * step : 10 * step
}
function plot(kind, axis, names, values,  file, list, xs, n_x, n_list, i, j, x, y, most, widest, points, label, colours) {
	n_list = split(names, list, ";")
	split("#3b82c4 #c8651b #2f9e57 #a05fc0", colours, " ")
	for (i = 1; i <= n_keys; i++) {
		split(keys[i], label, SUBSEP)
		if (label[1] ~ "^" kind " [0-9]+$" && label[2] == list[1]) xs[++n_x] = substr(label[1], length(kind) + 2) + 0
	}
	if (n_x < 2) return
	for (i = 1; i <= n_x; i++) {
		if (xs[i] > widest) widest = xs[i]
		for (j = 1; j <= n_list; j++) {
			y = median_of(values, kind " " xs[i], list[j]) / 1000
			if (y > most) most = y
		}
	}
	most = nice(most)
	file = dir "/" kind ".svg"
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 360\" font-family=\"sans-serif\" font-size=\"13\">" > file
	print "<style>text{fill:#333}.axis{stroke:#777}.grid{stroke:#7775}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>" > file
	for (i = 0; i <= 4; i++) {
		y = 300 - 70 * i
		printf "<path class=\"%s\" d=\"M70 %d H610\"/><text x=\"62\" y=\"%d\" text-anchor=\"end\">%g</text>\n", i ? "grid" : "axis", y, y + 4, most * i / 4 > file
		printf "<text x=\"%d\" y=\"318\" text-anchor=\"middle\">%d</text>\n", 70 + 135 * i, widest * i / 4 > file
	}
	print "<path class=\"axis\" d=\"M70 20 V300\"/>" > file
	printf "<text x=\"340\" y=\"345\" text-anchor=\"middle\">%s</text>\n", axis > file
	printf "<text transform=\"translate(18 160) rotate(-90)\" text-anchor=\"middle\">ms, %s</text>\n", values["is clock"] ? "clock" : "processor" > file
	for (j = 1; j <= n_list; j++) {
		points = ""
		for (i = 1; i <= n_x; i++) {
			x = 70 + 540 * xs[i] / widest
			y = 300 - 280 * median_of(values, kind " " xs[i], list[j]) / 1000 / most
			points = points sprintf(" %.1f,%.1f", x, y)
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y, colours[j] > file
		}
		printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>\n", colours[j], substr(points, 2) > file
		printf "<path stroke=\"%s\" stroke-width=\"2\" d=\"M85 %d h20\"/><text x=\"112\" y=\"%d\">%s</text>\n", colours[j], 16 + 17 * j, 20 + 17 * j, list[j] > file
	}
	print "</svg>" > file
	close(file)
}

END {
	if (!n_keys) exit 1
	time["is clock"] = 1
	ratios(dir "/ratios.md")
	parts(dir "/parts.md")
	times(dir "/times.md")
	machine(dir "/machine.md")
	podman(dir "/podman.md")
	plot("mounts", "mounts on the host", "set-up;second call;floor", cpu)
	plot("volumes", "volumes of the container", "set-up;second call;floor", cpu)
	plot("files", "files of the image in /run", "set-up;second call;floor", cpu)
	plot("machines", "machines that are registered", "register, Varlink;unregister, Varlink;register, D-Bus;unregister, D-Bus", time)
}
