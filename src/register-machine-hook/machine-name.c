/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Under which name a container becomes a machine.
 *
 * A machine's name is a host name on this host (nss-mymachines), so it is one label of a name
 * (RFC 1123), never one that means the host, and nothing that the image could choose unless the
 * admin allows it.
 */
#include "machine-name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "macro.h"

/* `journalctl -M` with these many characters of the container's id is the documented use */
#define ID_LENGTH 32
#define SHORT_ID_LENGTH 12
#define HEAD_LENGTH (MACHINE_NAME_MAX - 1 - SHORT_ID_LENGTH)

static const char *const source_words[_MACHINE_NAME_SOURCE_MAX] = {
	[MACHINE_NAME_FROM_ANNOTATION] = "annotation",
	[MACHINE_NAME_FROM_ENGINE] = "engine",
	[MACHINE_NAME_FROM_HOSTNAME] = "hostname",
	[MACHINE_NAME_FROM_ID] = "id",
};

static int source_from_word(const char *word, size_t length, MachineNameSource *ret)
{
	for (size_t i = 0; i < ELEMENTSOF(source_words); i++)
		if (strlen(source_words[i]) == length &&
		    strncmp(source_words[i], word, length) == 0) {
			*ret = (MachineNameSource) i;
			return 0;
		}
	return -EINVAL;
}

/**
 * machine_name_sources_parse() - read the value of --machine-name
 * @text: words with commas between them, each one once
 * @ret: the sources
 *
 * Return: 0, or -EINVAL.
 */
int machine_name_sources_parse(const char *text, MachineNameSources *ret)
{
	MachineNameSources list = {};
	bool seen[_MACHINE_NAME_SOURCE_MAX] = {};

	for (;;) {
		size_t length = strcspn(text, ",");
		MachineNameSource source;

		if (source_from_word(text, length, &source) < 0 || seen[source])
			return -EINVAL;
		seen[source] = true;
		list.sources[list.n_sources++] = source;

		text += length;
		if (!*text)
			break;
		text++;
	}
	*ret = list;
	return 0;
}

/* strchr() and <ctype.h> would take a locale's or the terminating character */
static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool means_host(const char *name, const char *host_name)
{
	size_t label;

	if (!host_name)
		return false;
	label = strcspn(host_name, ".");
	return strcasecmp(name, host_name) == 0 ||
	       (strlen(name) == label && strncasecmp(name, host_name, label) == 0);
}

/**
 * machine_name_is_valid() - whether a text can be a machine's name as it stands
 * @name: the text
 * @host_name: the host's own name, or NULL
 */
bool machine_name_is_valid(const char *name, const char *host_name)
{
	size_t length = strlen(name);

	if (length == 0 || length > MACHINE_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_alphanumeric(name[i]) && name[i] != '-')
			return false;
	if (name[0] == '-' || name[length - 1] == '-')
		return false;
	return strncasecmp(name, "localhost", strlen("localhost")) != 0 &&
	       !means_host(name, host_name);
}

/* make_label() - the start of a text, with a dash for all that a label cannot have */
static void make_label(const char *text, size_t length, MachineName *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < length && text[i] && n < MACHINE_NAME_MAX; i++) {
		char c = is_alphanumeric(text[i]) ? text[i] : '-';

		if (c != '-' || n > 0)
			ret->text[n++] = c;
	}
	while (n > 0 && ret->text[n - 1] == '-')
		n--;
	ret->text[n] = '\0';
}

static void make_from(MachineNameSource source, const MachineNameInput *input, MachineName *ret)
{
	switch (source) {
	case MACHINE_NAME_FROM_ANNOTATION:
		make_label(input->annotation ?: "", MACHINE_NAME_MAX, ret);
		break;
	case MACHINE_NAME_FROM_ENGINE:
		make_label(input->engine ?: "", MACHINE_NAME_MAX, ret);
		break;
	case MACHINE_NAME_FROM_HOSTNAME:
		/* one label: the first one, which is the host's in its domain */
		make_label(input->hostname ?: "", strcspn(input->hostname ?: "", "."), ret);
		break;
	default:
		make_label(input->container_id, ID_LENGTH, ret);
	}
}

/**
 * machine_name_choose() - make the container's name
 * @sources: where from, in order of preference; the container's id is always the last resort
 * @input: what there is
 * @ret: the name
 *
 * In Kubernetes the same names come again and again on one node: a name that is not the id ends in
 * a short id there.
 */
void machine_name_choose(const MachineNameSources *sources, const MachineNameInput *input,
			 MachineName *ret)
{
	for (size_t i = 0; i < sources->n_sources; i++) {
		MachineNameSource source = sources->sources[i];

		make_from(source, input, ret);
		if (!machine_name_is_valid(ret->text, input->host_name))
			continue;
		if (source != MACHINE_NAME_FROM_ID && input->is_kubernetes)
			machine_name_with_id(ret, input, ret);
		return;
	}

	make_from(MACHINE_NAME_FROM_ID, input, ret);
	if (!machine_name_is_valid(ret->text, input->host_name))
		make_label(input->machine_id, ID_LENGTH, ret);
}

/**
 * machine_name_with_id() - the same name, ending in a short id
 * @name: the name
 * @input: what it was made of
 * @ret: the longer name; may be @name
 *
 * The short id that engines show. For a container whose id is no such number it comes from its
 * machine id: a second container `web`, of another runtime, is to get another name.
 */
void machine_name_with_id(const MachineName *name, const MachineNameInput *input, MachineName *ret)
{
	bool is_hex = strspn(input->container_id, "0123456789abcdef") >= ID_LENGTH;
	const char *id = is_hex ? input->container_id : input->machine_id;
	MachineName head;

	make_label(name->text, HEAD_LENGTH, &head);
	(void) snprintf(ret->text, sizeof(ret->text), "%.*s-%.*s", HEAD_LENGTH, head.text,
			SHORT_ID_LENGTH, id);
}
