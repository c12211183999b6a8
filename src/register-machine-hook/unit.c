/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which systemd unit a container's process is in, and whether that unit is the container's own.
 *
 * machined takes a machine's unit from its leader's cgroup. `machinectl terminate`, and a D-Bus
 * registration that fails half-way, stop that whole unit: a login session, say, or the service of
 * the engine with all its containers.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "macro.h"

/** unit_done() - release what a unit holds */
void unit_done(Unit *unit)
{
	free(unit->cgroup);
	*unit = (Unit){};
}

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	size_t n = strlen(suffix);

	return length > n && strncmp(text + length - n, suffix, n) == 0;
}

/*
 * names_container() - whether a cgroup's name is made of the container's id
 *
 * As the runtimes do it: `ID`, `PREFIX-ID`, either with `.scope` behind. A mere substring will not
 * do: `web` is no part of `webmail.scope`.
 */
static bool names_container(const char *name, size_t length, const char *id)
{
	size_t id_length = strlen(id);

	if (ends_with(name, length, ".scope"))
		length -= strlen(".scope");
	if (length < id_length || strncmp(name + length - id_length, id, id_length) != 0)
		return false;
	return length == id_length || name[length - id_length - 1] == '-';
}

/* is_unit() - whether a cgroup of that name is a unit other than a slice */
static bool is_unit(const char *name, size_t length)
{
	static const char *const types[] = {".scope", ".service", ".socket", ".mount", ".swap"};

	if (length > UNIT_NAME_MAX)
		return false;
	for (size_t i = 0; i < ELEMENTSOF(types); i++)
		if (ends_with(name, length, types[i]))
			return true;
	return false;
}

/* is_shared() - whether a unit belongs to systemd or to a user's login, whatever is below it */
static bool is_shared(const char *name)
{
	static const char *const prefixes[] = {"session-", "user@", "init.scope"};

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* first_unit() - the first component of a path that is no slice; at its end, nothing */
static const char *first_unit(const char *path, size_t *ret_length)
{
	do {
		path += strspn(path, "/");
		*ret_length = strcspn(path, "/");
		path += *ret_length;
	} while (ends_with(path - *ret_length, *ret_length, ".slice"));
	return path - *ret_length;
}

/* judge() - fill in name and verdict from the path of a cgroup */
static void judge(const char *path, const char *id, bool is_user, Unit *unit)
{
	const char *component;
	size_t length;
	bool named;

	path = first_unit(path, &length);
	unit->verdict = UNIT_NONE;
	if (is_user) {
		/* below the user's manager its own units begin */
		if (strncmp(path, "user@", strlen("user@")) != 0 ||
		    !ends_with(path, length, ".service"))
			return;
		path = first_unit(path + length, &length);
	}
	component = path + length;

	/* systemd puts an underscore before names that would look like a file of the kernel's */
	if (*path == '_') {
		path++;
		length--;
	}
	if (!is_unit(path, length))
		return;
	memcpy(unit->name, path, length);
	unit->name[length] = '\0';

	/* a service is never named by a runtime, so its own name proves nothing */
	named = ends_with(path, length, ".scope") && names_container(path, length, id);
	while (!named && *component) {
		component += strspn(component, "/");
		length = strcspn(component, "/");
		named = length > 0 && names_container(component, length, id);
		component += length;
	}
	unit->verdict = named && !is_shared(unit->name) ? UNIT_OWN : UNIT_FOREIGN;
}

/* find_path() - path of the cgroup in one hierarchy, to be freed; NULL if it is in none */
static int find_path(const char *text, const char *hierarchy, char **ret)
{
	*ret = NULL;
	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *colon = memchr(text, ':', length);

		/* NUMBER:CONTROLLERS:PATH */
		if (colon && strncmp(colon + 1, hierarchy, strlen(hierarchy)) == 0) {
			const char *path = colon + 1 + strlen(hierarchy);

			*ret = strndup(path, length - (size_t) (path - text));
			return *ret ? 0 : -ENOMEM;
		}
		text += length;
		text += *text == '\n';
	}
	return 0;
}

/**
 * unit_from_cgroup() - find the unit of a container
 * @text: its leader's /proc/PID/cgroup
 * @container_id: its id
 * @is_user: whether it is a user's machined that is to know it, whose units are those of the user's
 * manager
 * @ret: the unit; release with unit_done()
 *
 * systemd looks at the hierarchy of version 2 or, where it does not use that one (then all
 * processes are in its root), at name=systemd.
 *
 * Return: 0, or -ENOMEM.
 */
int unit_from_cgroup(const char *text, const char *container_id, bool is_user, Unit *ret)
{
	cleanup_free char *unified = NULL, *named = NULL;
	Unit unit = {.verdict = UNIT_NONE};
	int r;

	r = find_path(text, ":/", &unified);
	if (r < 0)
		return r;
	r = find_path(text, "name=systemd:/", &named);
	if (r < 0)
		return r;

	if (unified && (*unified || !named)) {
		unit.is_unified = true;
		unit.cgroup = steal_ptr(unified);
	} else {
		unit.cgroup = steal_ptr(named);
	}
	if (unit.cgroup)
		judge(unit.cgroup, container_id, is_user, &unit);

	*ret = unit;
	return 0;
}

/** unit_verdict_to_string() - the verdict in words */
const char *unit_verdict_to_string(UnitVerdict verdict)
{
	static const char *const texts[] = {
		[UNIT_OWN] = "it is the container's own",
		[UNIT_NONE] = "its cgroup belongs to no unit of systemd",
		[UNIT_FOREIGN] = "its unit is not its own, machined might stop that as a whole",
	};

	return texts[verdict];
}
