/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SystemMaxUse= that an image gives its journald, found as journald finds it (journald.conf(5)),
 * so that a drop-in of ours never raises it.
 *
 * journald reads the first journald.conf of four directories and then the drop-ins of all four,
 * sorted by name. Of drop-ins with one name the first directory's counts. The last assignment wins.
 */
#include "journald-limit.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs-util.h"
#include "macro.h"

#define FILE_SIZE_MAX 65536
#define ENTRIES_MAX 1000 /* looked at in a directory */
#define DROP_INS_MAX 100
#define SUFFIX ".conf"
#define BLANKS " \t\r"

static const char *const directories[] = {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd",
					  "/usr/lib/systemd"};

typedef struct DropIn {
	char *name;
	size_t directory;
} DropIn;

typedef struct DropIns {
	DropIn items[DROP_INS_MAX];
	size_t n_items;
} DropIns;

static void drop_ins_done(DropIns *drop_ins)
{
	for (size_t i = 0; i < drop_ins->n_items; i++)
		free(drop_ins->items[i].name);
}

/* take_number() - read digits, and a fraction behind them */
static int take_number(const char **text, uint64_t *ret, double *ret_fraction)
{
	const char *c = *text;
	double scale = 1;

	*ret = 0;
	*ret_fraction = 0;
	if (!isdigit((unsigned char) *c))
		return -EINVAL;
	for (; isdigit((unsigned char) *c); c++)
		if (__builtin_mul_overflow(*ret, 10U, ret) ||
		    __builtin_add_overflow(*ret, (unsigned int) (*c - '0'), ret))
			return -ERANGE;
	if (*c == '.')
		for (c++; isdigit((unsigned char) *c); c++) {
			scale /= 10;
			*ret_fraction += (*c - '0') * scale;
		}
	*text = c;
	return 0;
}

/**
 * journald_parse_size() - read a size as journald does
 * @text: numbers with suffixes E, P, T, G, M, K (powers of 1024), B or none, from large to small
 * @ret: their sum in bytes
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int journald_parse_size(const char *text, uint64_t *ret)
{
	static const char suffixes[] = "EPTGMKB";
	uint64_t sum = 0, number, product;
	const char *suffix = suffixes;
	double fraction;
	int r;

	do {
		unsigned int shift = 0;

		text += strspn(text, BLANKS);
		/* nothing is smaller than a number without a suffix */
		r = suffix ? take_number(&text, &number, &fraction) : -EINVAL;
		if (r < 0)
			return r;
		text += strspn(text, BLANKS);
		suffix = *text ? strchr(suffix, *text) : NULL;
		if (suffix) {
			shift = 10 * (unsigned int) (strlen(suffix) - 1);
			suffix++;
			text++;
		}
		if (number > UINT64_MAX >> shift)
			return -ERANGE;
		product =
			(number << shift) + (uint64_t) (fraction * (double) (UINT64_C(1) << shift));
		if (__builtin_add_overflow(sum, product, &sum))
			return -ERANGE;
	} while (*text);
	*ret = sum;
	return 0;
}

/* strip() - a text without the blanks around it */
static char *strip(char *text)
{
	size_t length;

	text += strspn(text, BLANKS);
	for (length = strlen(text); length > 0 && strchr(BLANKS, text[length - 1]); length--)
		;
	text[length] = '\0';
	return text;
}

static void parse_line(char *line, bool *in_section, uint64_t *limit)
{
	char *value;
	uint64_t size;

	line = strip(line);
	if (*line == '[') {
		*in_section = strcmp(line, "[Journal]") == 0;
		return;
	}
	value = strchr(line, '=');
	if (!*in_section || !value)
		return;
	*value++ = '\0';
	if (strcmp(strip(line), "SystemMaxUse") == 0 &&
	    journald_parse_size(strip(value), &size) >= 0)
		*limit = size;
}

/* goes_on() - whether a line ends in a backslash that no other one escapes */
static bool goes_on(const char *begin, const char *end)
{
	bool is_escape = false;

	for (; begin < end; begin++)
		is_escape = *begin == '\\' && !is_escape;
	return is_escape;
}

/**
 * journald_parse_limit() - read SystemMaxUse= from a file's content
 * @text: the content; it is changed
 * @limit: gets the size, if the file has one that can be read
 */
void journald_parse_limit(char *text, uint64_t *limit)
{
	char *line = text, *next, *begin = NULL, *end = NULL;
	bool in_section = false;

	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line = strip(line);
		if (*line == '#' || *line == ';')
			continue;
		/* a line that ends in a backslash goes on with the next one, a blank between */
		if (!begin)
			begin = end = line;
		memmove(end, line, strlen(line) + 1);
		end += strlen(line);
		if (goes_on(begin, end) && next) {
			end[-1] = ' ';
			continue;
		}
		parse_line(begin, &in_section, limit);
		begin = NULL;
	}
	if (begin)
		parse_line(begin, &in_section, limit);
}

/* read_limit() - read one file; -ENOENT if it is not there */
static int read_limit(int root_fd, const char *path, uint64_t *limit)
{
	cleanup_close int path_fd = -1, fd = -1;
	cleanup_free char *text = NULL;
	size_t size;
	int r;

	path_fd = open_in_root(root_fd, path, O_PATH);
	if (path_fd < 0)
		return path_fd;
	fd = fd_open_regular(path_fd);
	r = fd < 0 ? fd : read_limited(fd, FILE_SIZE_MAX, &text, &size);
	if (r < 0)
		/* a device masks the file; journald reads nothing else either */
		return file_is_at_fault(r) ? 0 : r;
	journald_parse_limit(text, limit);
	return 0;
}

static bool has_drop_in(const DropIns *drop_ins, const char *name)
{
	for (size_t i = 0; i < drop_ins->n_items; i++)
		if (strcmp(drop_ins->items[i].name, name) == 0)
			return true;
	return false;
}

static bool is_drop_in_name(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > strlen(SUFFIX) &&
	       strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

/* list_drop_ins() - add the drop-ins of one directory whose names are new */
static int list_drop_ins(int root_fd, size_t directory, DropIns *drop_ins)
{
	cleanup_dir DIR *dir = NULL;
	cleanup_close int fd = -1;
	struct dirent *entry;
	char path[64];
	int r;

	(void) snprintf(path, sizeof(path), "%s/journald.conf.d", directories[directory]);
	fd = open_in_root(root_fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	r = fd_open_dir(fd, &dir);
	for (size_t i = 0; r >= 0 && i < ENTRIES_MAX && drop_ins->n_items < DROP_INS_MAX; i++) {
		DropIn *item = &drop_ins->items[drop_ins->n_items];

		r = dir_next(dir, &entry);
		if (r <= 0)
			return r;
		if (!is_drop_in_name(entry->d_name) || has_drop_in(drop_ins, entry->d_name))
			continue;
		*item = (DropIn){.name = strdup(entry->d_name), .directory = directory};
		if (!item->name)
			return -ENOMEM;
		drop_ins->n_items++;
	}
	return MIN(r, 0);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const DropIn *) a)->name, ((const DropIn *) b)->name);
}

static int read_drop_ins(int root_fd, DropIns *drop_ins, uint64_t *limit)
{
	int r;

	for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
		r = list_drop_ins(root_fd, i, drop_ins);
		if (r < 0 && !file_is_at_fault(r))
			return r;
	}
	qsort(drop_ins->items, drop_ins->n_items, sizeof(*drop_ins->items), compare);
	for (size_t i = 0; i < drop_ins->n_items; i++) {
		const DropIn *item = &drop_ins->items[i];
		char path[64 + NAME_MAX];

		(void) snprintf(path, sizeof(path), "%s/journald.conf.d/%s",
				directories[item->directory], item->name);
		r = read_limit(root_fd, path, limit);
		if (r < 0 && !file_is_at_fault(r))
			return r;
	}
	return 0;
}

/**
 * journald_limit_find() - find the SystemMaxUse= of an image
 * @root_fd: the container's root file system
 * @ret: the size in bytes, or JOURNALD_NO_LIMIT
 *
 * To be called on the host: files are opened by /proc.
 *
 * Return: 0, or a negative errno if it could not be found out.
 */
int journald_limit_find(int root_fd, uint64_t *ret)
{
	cleanup(drop_ins_done) DropIns drop_ins = {};
	char path[64];
	int r = -ENOENT;

	*ret = JOURNALD_NO_LIMIT;
	for (size_t i = 0; i < ELEMENTSOF(directories) && r < 0; i++) {
		(void) snprintf(path, sizeof(path), "%s/journald.conf", directories[i]);
		r = read_limit(root_fd, path, ret);
		if (r < 0 && !file_is_at_fault(r))
			return r;
	}
	return read_drop_ins(root_fd, &drop_ins, ret);
}

/** journald_default_limit() - what journald takes where nothing is set, for a file system's size */
uint64_t journald_default_limit(uint64_t file_system_size)
{
	const uint64_t least = UINT64_C(1) << 20, most = UINT64_C(4) << 30;

	return MAX(least, MIN(file_system_size / 10, most));
}
