# SPDX-License-Identifier: Apache-2.0
# From a description, one element a line, to a config.json:
#     jq -c -R -n -f config.jq --arg work DIR --arg hooks DIR --arg worker NAME DESCRIPTION
# It prints two: without and with the hooks.
# The sources of binds are $work/source/NUMBER, of the line with that number: see `make_sources` in lib.sh.

def capabilities($names): [$names[] | "CAP_" + .] as $set
	| {bounding: $set, effective: $set, permitted: $set, inheritable: [], ambient: []};

def podman: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
	"SETUID", "SYS_CHROOT"];

def all: podman + ["AUDIT_WRITE", "DAC_READ_SEARCH", "IPC_LOCK", "LINUX_IMMUTABLE", "MKNOD", "NET_ADMIN", "NET_RAW",
	"SYS_ADMIN", "SYS_NICE", "SYS_PTRACE"];

def cap_sets: {podman: podman, docker: (podman + ["AUDIT_WRITE", "MKNOD", "NET_RAW"]), sys_admin: (podman + ["SYS_ADMIN"]), all: all,
	none: []};

def base: {
	ociVersion: "1.0.2",
	hostname: "differential",
	root: {path: "rootfs"},
	paths: [],
	process: {
		terminal: false, cwd: "/", user: {uid: 0, gid: 0}, noNewPrivileges: false,
		args: [], env: ["PATH=/bin:/sbin", "container=oci"],
		capabilities: capabilities(podman),
		rlimits: [{type: "RLIMIT_NOFILE", hard: 4096, soft: 1024}]
	},
	annotations: {"io.containers.systemd-hook": "true"},
	mounts: [
		{destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
		{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
		{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
		{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
		{destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=64m"]},
		{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]}
	],
	linux: {
		cgroupsPath: "/differential/\($worker)",
		namespaces: [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}, {type: "cgroup"}],
		maskedPaths: [], readonlyPaths: []
	},
	hooks: {}
};

# both stages, as hooks/*/config.json have them
def hooks($directory; $is_twice):
	[("oci-systemd-hook", "oci-register-machine") | {path: "\($directory)/\(.)", args: [.], timeout: 10,
		env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}] as $both
	| {createRuntime: ($both + if $is_twice then $both else [] end), poststop: $both};

def namespace($type; $how; $work):
	if $how == "private" then .linux.namespaces |= (map(select(.type != $type)) + [{type: $type}])
	elif $how == "host" then .linux.namespaces |= map(select(.type != $type))
		| if $type == "uts" then del(.hostname) else . end
	else .linux.namespaces |= (map(select(.type != $type)) + [{type: $type, path: "\($work)/namespace/\($type)"}]) end;

def user_namespace:
	.linux.namespaces += [{type: "user"}, {type: "network"}]
	| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}];

def map_ids: [{containerID: 0, hostID: 100000, size: 65536}];

def host_source: {"cgroup": "/sys/fs/cgroup", "host-run": "/run", "host-root": "/", "host-journal": "/var/log/journal"};

def mount($words; $number; $work):
	(($words[3] // "bind") | split(",")) as $options
	| .mounts += [
		{destination: $words[1], type: "bind", source: (host_source[$words[2]] // "\($work)/source/\($number)"),
		 options: ($options - ["idmap"])}
		+ if $options | index("idmap") then {uidMappings: map_ids, gidMappings: map_ids} else {} end];

# element: changes the configuration as one line says
def element($line; $number; $work):
	($line | split(" ")) as $words | $words[0] as $verb | ($line | ltrimstr($verb + " ")) as $rest
	| if $verb == "" or ($verb | startswith("#")) or ($verb | startswith("image-")) then .
	elif $verb == "payload" then .process.args = ["/sbin/init"]
	elif $verb == "bind" then mount($words; $number; $work) | .paths += [$words[1]]
	elif $verb == "tmpfs" then .mounts += [{destination: $words[1], type: "tmpfs", source: "tmpfs",
		options: (($words[2] // "") | split(","))}] | .paths += [$words[1]]
	elif $verb == "cgroup" then .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
		options: ($words[1] | split(","))}]
	elif $verb == "rootfs-propagation" then .linux.rootfsPropagation = $words[1]
	elif $verb == "mask" then .linux.maskedPaths += [$words[1]] | .paths += [$words[1]]
	elif $verb == "readonly" then .linux.readonlyPaths += [$words[1]] | .paths += [$words[1]]
	elif $verb == "root" then .root.readonly = ($words[1] == "readonly")
	elif $verb == "user" then user_namespace
	elif $verb == "namespace" then namespace($words[1]; $words[2]; $work)
	elif $verb == "capabilities" then .process.capabilities = capabilities(cap_sets[$words[1]])
	elif $verb == "no-new-privileges" then .process.noNewPrivileges = true
	elif $verb == "rlimit" then .process.rlimits += [{type: $words[1], hard: ($words[2] | tonumber), soft: ($words[2] | tonumber)}]
	elif $verb == "oom" then .process.oomScoreAdj = ($words[1] | tonumber)
	elif $verb == "annotation" then .annotations += ($rest | fromjson)
	elif $verb == "env" then .process.env += [$rest | fromjson]
	elif $verb == "extra" then . * ($rest | fromjson)
	elif $verb == "twice" then .
	else error("no such element: \($line)") end;

[inputs] as $lines
| reduce range($lines | length) as $i (base; element($lines[$i]; $i + 1; $work))
| (if .process.args == [] then .process.args = ["/probe", "inside"] + .paths else . end) | del(.paths)
| ., .hooks = hooks($hooks; any($lines[]; . == "twice"))
