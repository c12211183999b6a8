/* SPDX-License-Identifier: Apache-2.0 */
/* A container out of bytes, as observe() may see it, and what a plan makes of it: for fuzz-plan. */
#include "plan-model.h"

#include <linux/magic.h>

#include "fuzz.h"
#include "systemd-hook/paths.h"
#include "systemd-hook/payload-version.h"

#define OWN "/machine.slice/x.scope"

typedef struct Bytes {
	const uint8_t *data;
	size_t size;
} Bytes;

/* below() - a number that the input chooses */
static unsigned int below(Bytes *bytes, unsigned int limit)
{
	return fuzz_byte(&bytes->data, &bytes->size) % limit;
}

static Place make_place(Bytes *bytes, unsigned long fs_type)
{
	const unsigned int flags = below(bytes, 256);
	Place place = {
		.kind = (PathKind) below(bytes, PATH_OTHER + 1),
		.owner = (MountOwner) below(bytes, MOUNT_OTHER + 1),
	};

	/* what is not there is not mounted; the root file system is not mounted at a place of ours */
	place.is_mount = flags & 1 && place.kind != PATH_MISSING && place.owner != MOUNT_ROOTFS;
	place.is_read_only = flags & 2;
	place.is_noexec = flags & 4;
	place.fs_type = flags & 8 ? TMPFS_MAGIC : fs_type;
	return place;
}

static void make_mount(Bytes *bytes, OciMount *mount)
{
	static const char *const paths[] = {"/",      PATH_RUN,	   PATH_RUN_LOCK,
					    PATH_TMP, PATH_CGROUP, PATH_CGROUP "/memory",
					    "/sys",   PATH_JOURNAL};
	static const char *const types[] = {NULL, "tmpfs", "bind", "cgroup", "cgroup2"};
	static const char *const options[] = {"ro", "noexec", "rshared", "shared", "rbind", "rw"};
	const unsigned int chosen = below(bytes, 256);
	json_t *list = json_array();

	mount->path = strdup(paths[below(bytes, ELEMENTSOF(paths))]);
	mount->type = types[below(bytes, ELEMENTSOF(types))];
	for (size_t i = 0; i < ELEMENTSOF(options); i++)
		if (chosen & (1U << i))
			assert(json_array_append_new(list, json_string(options[i])) == 0);
	mount->options = list;
	assert(mount->path && list);
}

static void make_config(Bytes *bytes, Model *model)
{
	static const char *const managers[] = {"libpod", "cri-o", ""};
	const unsigned int flags = below(bytes, 256);
	OciConfig *config = &model->config;

	config->json = json_pack("{s:{s:s}, s:[s]}", "annotations", "io.container.manager",
				 managers[below(bytes, ELEMENTSOF(managers))], "env",
				 flags & 1 ? "container_uuid=81f9f270-b660-8ffb-6a50-0ac7ec36e137"
					   : "container=oci");
	assert(config->json);
	config->annotations = json_object_get(config->json, "annotations");
	config->env = json_object_get(config->json, "env");
	config->mount_label = flags & 2 ? "system_u:object_r:container_file_t:s0" : NULL;
	config->has_sys_admin = flags & 4;
	config->mounts = model->mounts;
	config->n_mounts = below(bytes, MODEL_MOUNTS_MAX + 1);
	for (size_t i = 0; i < config->n_mounts; i++)
		make_mount(bytes, &config->mounts[i]);
}

/* make_hierarchies() - each controller stands in one line of /proc/PID/cgroup at most */
static void make_hierarchies(Bytes *bytes, Observation *seen)
{
	const size_t n = below(bytes, 33);
	cleanup_free char *text = strdup("");

	for (size_t i = 0; i < n; i++) {
		cleanup_free char *before = steal_ptr(text);

		assert(asprintf(&text, "%s%zu:%s%.0zu:" OWN "\n", before, i,
				i == 0	 ? ""
				: i == 1 ? "name=systemd"
					 : "controller",
				i < 2 ? 0 : i) > 0);
	}
	assert(cgroup_hierarchies_from_text(text, &seen->hierarchies, &seen->n_hierarchies) == 0);
	assert(seen->n_hierarchies == n);
	for (size_t i = 0; i < n; i++) {
		CgroupHierarchy *hierarchy = &seen->hierarchies[i];
		const unsigned int flags = below(bytes, 256);
		const char *name = i == 0 ? "unified" : i == 1 ? "systemd" : hierarchy->controllers;
		bool is_alone =
			hierarchy->is_unified && seen->payload_version >= PAYLOAD_WITHOUT_V1;

		hierarchy->is_shared = flags & 1;
		hierarchy->is_mounted = flags & 2;
		if (!hierarchy->is_mounted)
			continue;
		hierarchy->is_guarded = hierarchy->is_unified && flags & 4;
		assert(asprintf(&hierarchy->place_path, PATH_CGROUP "%s%s", is_alone ? "" : "/",
				is_alone ? "" : name) > 0 &&
		       asprintf(&hierarchy->own_path, "%s%s", hierarchy->place_path,
				hierarchy->path) > 0);
		hierarchy->name = strdup(name);
		hierarchy->place =
			is_alone ? seen->cgroup
				 : make_place(bytes, hierarchy->is_unified ? CGROUP2_SUPER_MAGIC
									   : CGROUP_SUPER_MAGIC);
		/* only what is mounted is asked what it shows */
		hierarchy->is_own = hierarchy->place.is_mount && flags & 8;
		hierarchy->has_agent = hierarchy->place.is_mount && flags & 16;
		hierarchy->own_place = make_place(bytes, hierarchy->place.fs_type);
	}
}

static void make_observation(Bytes *bytes, Observation *seen)
{
	static const unsigned int versions[] = {0, 252, 257, 258, 262};
	const unsigned int flags = below(bytes, 256);

	seen->cgroup_own_fd = -1;
	seen->run = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->run_lock = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->run_host = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->tmp = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->etc_machine_id = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->machine_id_state = (MachineIdState) below(bytes, MACHINE_ID_VALID + 1);
	memcpy(seen->machine_id.text, flags & 1 ? MODEL_ID : "0123456789abcdef0123456789abcdef",
	       sizeof(MODEL_ID));
	seen->machine_id_is_writable = below(bytes, 2);
	seen->has_dbus_id = below(bytes, 4) == 0;
	seen->commit_is_masked = seen->etc_machine_id.is_mount && flags & 2;
	seen->journal = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->journal_id = make_place(bytes, EXT4_SUPER_MAGIC);
	seen->root = (ContainerRoot){.is_other = flags & 4, .uid = flags & 4 ? 100000 : 0};
	seen->cgroup = make_place(bytes, CGROUP2_SUPER_MAGIC);
	seen->cgroup_is_private = flags & 8;
	seen->cgroup_is_on_host = below(bytes, 4) == 3;
	seen->payload_version = versions[below(bytes, ELEMENTSOF(versions))];
	if (flags & 16) {
		seen->cgroup_layout = CGROUP_LEGACY;
		seen->cgroup_is_unsealed = seen->cgroup.is_mount && flags & 32;
		seen->cgroup_is_engines = flags & 64;
		make_hierarchies(bytes, seen);
		return;
	}
	seen->cgroup_path = strdup(OWN);
	seen->cgroup_own = make_place(bytes, CGROUP2_SUPER_MAGIC);
	seen->cgroup_is_shared = flags & 32;
	seen->cgroup_is_foreign = seen->root.is_other && flags & 64;
	seen->cgroup_is_wider = seen->cgroup.is_mount && flags & 128;
	seen->cgroup_nsdelegate = below(bytes, 2);
}

/* model_make() - a container out of bytes; to be released with model_done() */
void model_make(Model *model, const uint8_t *data, size_t size)
{
	Bytes bytes = {data, size};

	*model = (Model){.id = {MODEL_ID}, .options = {.run_size = "20%", .tmp_size = "10%"}};
	make_config(&bytes, model);
	make_observation(&bytes, &model->seen);
	model->input = (PlanInput){
		.config = &model->config,
		.observation = &model->seen,
		.options = &model->options,
		.id = &model->id,
		.id_source = (IdentitySource) below(&bytes, IDENTITY_FROM_HASH + 1),
		.id_is_usable = below(&bytes, 4),
		.journal = (JournalMode) below(&bytes, JOURNAL_HOST + 1),
	};
}

void model_done(Model *model)
{
	for (size_t i = 0; i < model->config.n_mounts; i++) {
		json_decref((json_t *) model->mounts[i].options);
		free(model->mounts[i].path);
	}
	json_decref(model->config.json);
	observation_done(&model->seen);
}

/* model_place() - the place that a path of a step for no cgroup means */
const Place *model_place(const Model *model, const char *path)
{
	const Observation *seen = &model->seen;
	const struct {
		const char *path;
		const Place *place;
	} places[] = {
		{PATH_RUN, &seen->run},		  {PATH_RUN_LOCK, &seen->run_lock},
		{PATH_RUN_HOST, &seen->run_host}, {PATH_TMP, &seen->tmp},
		{PATH_JOURNAL, &seen->journal},	  {PATH_MACHINE_ID, &seen->etc_machine_id},
	};

	for (size_t i = 0; i < ELEMENTSOF(places); i++)
		if (strcmp(path, places[i].path) == 0)
			return places[i].place;
	return NULL;
}

/* mount_at() - what is seen of a place once something of ours is mounted there */
static void mount_at(Place *place, PathKind kind, unsigned long fs_type, bool is_read_only)
{
	*place = (Place){.kind = kind,
			 .is_mount = true,
			 .owner = MOUNT_OTHER,
			 .is_read_only = is_read_only,
			 .fs_type = fs_type};
}

static void apply_cgroup(Observation *seen, const PlanStep *step)
{
	/* the plan may only look at it, but this is the model's own */
	CgroupHierarchy *hierarchy = (CgroupHierarchy *) step->hierarchy;
	const bool is_tree = step->type == STEP_CGROUP_TREE;
	const unsigned long type =
		hierarchy && !hierarchy->is_unified ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC;

	if (!hierarchy) {
		bool is_own = !seen->cgroup_is_private && step->type == STEP_CGROUP_OWN;

		mount_at(is_own ? &seen->cgroup_own : &seen->cgroup, PATH_DIRECTORY, type, is_tree);
		seen->cgroup_is_wider = false;
	} else if (is_tree || seen->cgroup_is_private) {
		mount_at(&hierarchy->place, PATH_DIRECTORY, type, is_tree);
		hierarchy->is_own = !is_tree;
		if (strcmp(hierarchy->place_path, PATH_CGROUP) == 0)
			seen->cgroup = hierarchy->place;
	} else {
		mount_at(&hierarchy->own_place, PATH_DIRECTORY, type, false);
	}
}

/* apply_hierarchies() - those that systemd does not write in are mounted with their tmpfs */
static void apply_hierarchies(Observation *seen)
{
	mount_at(&seen->cgroup, PATH_DIRECTORY, TMPFS_MAGIC, false);
	seen->cgroup_is_engines = seen->cgroup_is_unsealed = false;
	for (size_t i = 0; i < seen->n_hierarchies; i++) {
		CgroupHierarchy *hierarchy = &seen->hierarchies[i];

		hierarchy->place = hierarchy->own_place = (Place){};
		hierarchy->has_agent = hierarchy->is_own = false;
		if (hierarchy->is_mounted && !hierarchy->is_tracking && !hierarchy->is_shared)
			mount_at(&hierarchy->place, PATH_DIRECTORY, CGROUP_SUPER_MAGIC, true);
	}
}

static void apply_step(Model *model, const PlanStep *step)
{
	Observation *seen = &model->seen;
	Place *place = (Place *) model_place(model, step->path);

	switch (step->type) {
	case STEP_TMPFS:
		mount_at(place, PATH_DIRECTORY, TMPFS_MAGIC, false);
		break;
	case STEP_ALLOW_EXEC:
		place->is_noexec = false;
		break;
	case STEP_RUN_HOST:
		mount_at(place, PATH_DIRECTORY, TMPFS_MAGIC, true);
		break;
	case STEP_MACHINE_ID:
		mount_at(place, PATH_FILE, TMPFS_MAGIC, true);
		seen->machine_id_state = MACHINE_ID_VALID;
		seen->machine_id = model->id;
		seen->commit_is_masked = true;
		break;
	case STEP_MASK_COMMIT:
		seen->commit_is_masked = true;
		break;
	case STEP_JOURNAL:
		seen->journal.kind = PATH_DIRECTORY;
		mount_at(&seen->journal_id, PATH_DIRECTORY, EXT4_SUPER_MAGIC, false);
		break;
	case STEP_CGROUP_HIERARCHIES:
		apply_hierarchies(seen);
		break;
	case STEP_CGROUP_SEAL:
		seen->cgroup.is_read_only = true;
		seen->cgroup_is_unsealed = false;
		break;
	case STEP_CGROUP_MASK:
		((CgroupHierarchy *) step->hierarchy)->has_agent = false;
		break;
	case STEP_CGROUP_OWNER:
		seen->cgroup_is_foreign = false;
		break;
	case STEP_CGROUP_GUARD:
		break;
	default:
		apply_cgroup(seen, step);
	}
}

/* model_apply() - what there is once all steps of a plan are done */
void model_apply(Model *model, const Plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		apply_step(model, &plan->steps[i]);
}
