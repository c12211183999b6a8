/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark on a journal directory: two extended attributes that only the host's root can read and
 * write. One says which container owns the directory. The other, JSON, says what decides how long it
 * stays; a directory of an older version has only the first.
 */
#include "journal-mark.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#define OWNER_ATTRIBUTE "trusted.oci-systemd-hook.owner"
#define CONTAINER_ATTRIBUTE "trusted.oci-systemd-hook.container"
#define OWNER_SIZE_MAX 8192

/** journal_owner_done() - release what an owner holds */
void journal_owner_done(JournalOwner *owner)
{
	free(owner->id);
	container_home_done(&owner->home);
	*owner = (JournalOwner){};
}

static int owner_text(const char *id, const char *bundle, char **ret)
{
	if (asprintf(ret, "%s\n%s", id, bundle) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

/**
 * journal_mark_check() - whether a directory carries the mark of a container
 * @fd: the directory
 * @state: the container
 *
 * Return: 0, -EEXIST if it does not, or another negative errno.
 */
int journal_mark_check(int fd, const OciState *state)
{
	cleanup_free char *ours = NULL, *theirs = NULL;
	size_t length;
	ssize_t n;
	int r;

	r = owner_text(state->id, state->bundle, &ours);
	if (r < 0)
		return r;
	length = strlen(ours);
	theirs = malloc(length);
	if (!theirs)
		return -ENOMEM;
	n = fgetxattr(fd, OWNER_ATTRIBUTE, theirs, length);
	if (n < 0 && errno != ENODATA && errno != ERANGE && errno != ENOTSUP)
		return -errno;
	if (n != (ssize_t) length || memcmp(ours, theirs, length) != 0)
		return -EEXIST;
	return 0;
}

/* parse_details() - what is not there, or not understood, is not known */
static int parse_details(const json_t *json, JournalOwner *owner)
{
	const char *home = json_string_value(json_object_get(json, "home"));
	const json_t *store = json_object_get(json, "store");
	ContainerHome *ret = &owner->home;

	owner->is_rm = json_is_true(json_object_get(json, "rm"));
	owner->is_chosen = json_is_true(json_object_get(json, "chosen"));
	owner->leader = (pid_t) json_integer_value(json_object_get(json, "leader"));
	owner->start_time = (uint64_t) json_integer_value(json_object_get(json, "start"));
	if (!home || *home != '/')
		return 0;
	ret->path = strdup(home);
	ret->has_store = json_array_size(store) == 3;
	ret->store = (DirectoryIdentity){
		.inode = (uint64_t) json_integer_value(json_array_get(store, 0)),
		.born_sec = json_integer_value(json_array_get(store, 1)),
		.born_nsec = (uint32_t) json_integer_value(json_array_get(store, 2)),
	};
	return ret->path ? 0 : -ENOMEM;
}

static int read_details(int fd, JournalOwner *owner)
{
	char text[OWNER_SIZE_MAX];
	json_auto_t *json = NULL;
	ParseError error = {};
	ssize_t n;
	int r;

	n = fgetxattr(fd, CONTAINER_ATTRIBUTE, text, sizeof(text));
	if (n < 0)
		return errno == ENODATA || errno == ERANGE ? 0 : -errno;
	r = json_load_text(text, (size_t) n, &json, &error);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? 0 : parse_details(json, owner);
}

/**
 * journal_mark_read() - read the mark of a directory
 * @fd: the directory
 * @ret: its owner; release with journal_owner_done()
 *
 * Return: 0, -ENODATA if it has no mark, -EINVAL if that is none of ours, or another negative errno.
 */
int journal_mark_read(int fd, JournalOwner *ret)
{
	cleanup_free char *text = malloc(OWNER_SIZE_MAX + 1);
	cleanup_journal_owner JournalOwner owner = {};
	char *end;
	ssize_t n;
	int r;

	if (!text)
		return -ENOMEM;
	n = fgetxattr(fd, OWNER_ATTRIBUTE, text, OWNER_SIZE_MAX);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	end = strchr(text, '\n');
	if (!end || end == text || end[1] != '/')
		return -EINVAL;
	*end = '\0';
	owner.id = steal_ptr(text);
	owner.bundle = end + 1;
	r = read_details(fd, &owner);
	if (r < 0)
		return r;
	*ret = owner;
	owner = (JournalOwner){};
	return 0;
}

/* set() - r, or the error of setting a member */
static int set(int r, json_t *json, const char *key, json_t *value)
{
	return json_object_set_new(json, key, value) < 0 ? -ENOMEM : r;
}

/* is_utf8() - whether JSON can have a text (RFC 3629) */
static bool is_utf8(const char *text)
{
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *) text;

	while (*p) {
		int n = *p < 0x80 ? 0 : *p < 0xc0 ? 4 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
		uint32_t c = *p++;

		if (n == 4 || c >= 0xf8)
			return false;
		c &= n ? 0x3fU >> n : 0x7f;
		for (int i = 0; i < n; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*p & 0x3f);
		}
		if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
	}
	return true;
}

static int add_home(json_t *json, const ContainerHome *home)
{
	json_t *path = json_string(home->path);
	int r;

	/* a path that is not UTF-8 is left out: such a container is never known to be gone */
	if (!path)
		return is_utf8(home->path) ? -ENOMEM : 0;
	r = set(0, json, "home", path);
	return set(r, json, "store",
		   json_pack("[I, I, I]", (json_int_t) home->store.inode,
			     (json_int_t) home->store.born_sec,
			     (json_int_t) home->store.born_nsec));
}

static json_t *details_of(const JournalOwner *owner)
{
	const ContainerHome *home = &owner->home;
	json_t *json = json_object();
	int r = json ? 0 : -ENOMEM;

	if (r == 0 && owner->is_rm)
		r = set(r, json, "rm", json_true());
	if (r == 0 && owner->is_chosen)
		r = set(r, json, "chosen", json_true());
	if (r == 0 && owner->leader > 0) {
		r = set(r, json, "leader", json_integer(owner->leader));
		r = set(r, json, "start", json_integer((json_int_t) owner->start_time));
	}
	if (r == 0 && home->path && home->has_store)
		r = add_home(json, home);
	if (r == 0)
		return json;
	json_decref(json);
	return NULL;
}

/**
 * journal_mark_write() - give a directory to a container
 * @fd: the directory
 * @owner: the container
 *
 * Return: 0, or a negative errno.
 */
int journal_mark_write(int fd, const JournalOwner *owner)
{
	cleanup_free char *text = NULL, *details = NULL;
	json_auto_t *json = details_of(owner);
	int r;

	details = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!details)
		return -ENOMEM;
	r = owner_text(owner->id, owner->bundle, &text);
	if (r < 0)
		return r;
	/* in this order: without an owner the other says nothing */
	if (fsetxattr(fd, CONTAINER_ATTRIBUTE, details, strlen(details), 0) < 0 ||
	    fsetxattr(fd, OWNER_ATTRIBUTE, text, strlen(text), 0) < 0)
		return -errno;
	return 0;
}
